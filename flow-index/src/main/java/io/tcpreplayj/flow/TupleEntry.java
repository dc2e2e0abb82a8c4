package io.tcpreplayj.flow;

/** What a table keeps for an address pair, in the order of {@link FlowKey}. */
abstract class TupleEntry {
    final long lesserHigh;
    final long lesserLow;
    final long greaterHigh;
    final long greaterLow;
    final int ports;

    TupleEntry(final FlowKey key) {
        lesserHigh = key.lesserHigh;
        lesserLow = key.lesserLow;
        greaterHigh = key.greaterHigh;
        greaterLow = key.greaterLow;
        ports = key.ports;
    }

    final boolean hasKey(final FlowKey key) {
        return ports == key.ports
                && lesserLow == key.lesserLow
                && greaterLow == key.greaterLow
                && lesserHigh == key.lesserHigh
                && greaterHigh == key.greaterHigh;
    }

    final boolean hasKeyOf(final TupleEntry other) {
        return ports == other.ports
                && lesserLow == other.lesserLow
                && greaterLow == other.greaterLow
                && lesserHigh == other.lesserHigh
                && greaterHigh == other.greaterHigh;
    }
}
