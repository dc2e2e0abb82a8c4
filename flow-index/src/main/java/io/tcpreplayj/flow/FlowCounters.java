package io.tcpreplayj.flow;

/** The counters of one {@link FlowAssembler}; owned by its thread. The order of the enum is nowhere stored. */
@SuppressWarnings("EnumOrdinal")
public final class FlowCounters {
    private static final FlowCounter[] ALL = FlowCounter.values();

    private final long[] values = new long[ALL.length];

    FlowCounters() {}

    void add(final FlowCounter counter, final long amount) {
        values[counter.ordinal()] += amount;
    }

    public long get(final FlowCounter counter) {
        return values[counter.ordinal()];
    }
}
