package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Makes a script that can be played of a flow with holes in its client's stream: cut off at the first, or with zeros in each,
 * or without them.
 *
 * <p>What the client had seen when it sent the missing bytes is missing, too. If the row behind them had seen more than the row
 * before, some of that may be the answer to them: so the zeros do not wait for it, but leave half way between the row before
 * and that answer, and nothing waits for an answer to what was never sent.
 */
public final class HoleMender {
    /** Of zeros, in one flow: a hostile capture can claim any number. */
    private static final long MOST_BYTES = 16L << 20;

    private HoleMender() {}

    /** Whether the policy can make anything of the flow: it is known where bytes are missing, and not too many are. */
    public static boolean canMend(final FlowRecord flow, final Gaps policy) {
        final ClientEvents events = flow.events();
        final int hole = events.firstHole();
        return switch (policy) {
            case DROP_FLOW -> false;
            case SKIP -> true;
            case TRUNCATE -> events.size() > 0 && events.kind(0) == ClientEvents.DATA && cut(flow) > 0;
            case FILL -> hole >= 0 && missing(events) <= MOST_BYTES;
        };
    }

    /** The flow with its holes mended; one without comes back as it is. */
    public static FlowScript mend(final FlowScript script, final Gaps policy) {
        final ClientEvents events = script.flow().events();
        final boolean sound = sum(events, events.size()) == script.clientLength();
        if (sound && policy == Gaps.TRUNCATE && cut(script.flow()) > 0) {
            return truncated(script, cut(script.flow()));
        }
        if (!sound || events.firstHole() < 0) {
            return script;
        }
        return switch (policy) {
            case FILL -> filled(script);
            case SKIP -> events.missingBefore(0) > 0 && events.gate(0) > 0 ? begunLate(script) : script;
            default -> script;
        };
    }

    /**
     * The first row that is not sent, or -1 when it is not known that anything is missing. Behind the last row, too, something
     * may be: what the server acknowledged and the capture does not hold.
     */
    private static int cut(final FlowRecord flow) {
        final ClientEvents events = flow.events();
        final boolean open = events.size() > 0 && events.kind(events.size() - 1) == ClientEvents.DATA;
        final boolean tailLost = open && flow.clientStream().unseenBytes() > 1;
        if (events.firstHole() >= 0) {
            return events.firstHole();
        }
        // Databases before version 4 know that there are holes, not where.
        return tailLost && flow.clientStream().gapBytes() == 0 ? events.size() : -1;
    }

    private static long missing(final ClientEvents events) {
        long missing = 0;
        for (int row = 0; row < events.size() && missing <= MOST_BYTES; row++) {
            missing += Math.min(events.missingBefore(row), MOST_BYTES + 1);
        }
        return missing;
    }

    private static long sum(final ClientEvents events, final int rows) {
        long bytes = 0;
        for (int row = 0; row < rows; row++) {
            bytes += events.length(row);
        }
        return bytes;
    }

    /** The rows before {@code hole}, and a FIN when the row behind the hole was due. */
    private static FlowScript truncated(final FlowScript script, final int hole) {
        final ClientEvents all = script.flow().events();
        final Rows rows = new Rows(hole + 1);
        for (int row = 0; row < hole; row++) {
            rows.copy(all, row);
        }
        final boolean behind = hole < all.size();
        final long gate = all.gate(behind ? hole : hole - 1);
        rows.add(ClientEvents.FIN, 0, gate, behind ? all.delayNs(hole) : 0, all.sentNs(behind ? hole : hole - 1));
        final ByteBuffer bytes = script.clientBytes().slice(0, (int) sum(all, hole));
        final Exchanges of = script.flow().exchanges();
        int count = 0;
        while (count < of.size() && of.firstEvent(count) < hole) {
            count++;
        }
        final int[] firstEvents = new int[count];
        final int[] eventCounts = new int[count];
        for (int i = 0; i < count; i++) {
            firstEvents[i] = of.firstEvent(i);
            eventCounts[i] = Math.min(of.eventCount(i), hole - of.firstEvent(i));
        }
        // Answers to what is not sent are not waited for.
        final long serverBytes = Math.min(script.serverBytes(), gate);
        return script.rewritten(rows.build(), of.withRows(firstEvents, eventCounts), bytes, serverBytes);
    }

    /** The first row does not wait for the answer to what is missing before it; further ones have an answer to go by. */
    private static FlowScript begunLate(final FlowScript script) {
        final ClientEvents all = script.flow().events();
        final Rows rows = new Rows(all.size());
        for (int row = 0; row < all.size(); row++) {
            rows.copy(all, row);
        }
        rows.at(0, 0, Math.max(0, all.sentNs(0) - establishedNs(script)));
        return script.rewritten(rows.build(), script.flow().exchanges(), script.clientBytes(), script.serverBytes());
    }

    private static FlowScript filled(final FlowScript script) {
        final ClientEvents all = script.flow().events();
        int holes = 0;
        for (int row = 0; row < all.size(); row++) {
            holes += all.missingBefore(row) > 0 ? 1 : 0;
        }
        final Rows rows = new Rows(all.size() + holes);
        final int[] newRow = new int[all.size()];
        final ByteBuffer bytes = ByteBuffer.allocate((int) (script.clientLength() + missing(all)));
        int from = 0;
        for (int row = 0; row < all.size(); row++) {
            final int missing = (int) all.missingBefore(row);
            final boolean apart = isApart(all, row);
            if (missing > 0) {
                addZeros(rows, script, row, apart);
                bytes.position(bytes.position() + missing);
            }
            final boolean together = missing > 0 && !apart;
            newRow[row] = rows.size() - (together && all.kind(row) == ClientEvents.DATA ? 1 : 0);
            rows.copy(all, row);
            if (together) {
                rows.at(rows.size() - 1, all.gate(row), 0);
            }
            bytes.put(bytes.position(), script.clientBytes(), from, all.length(row));
            bytes.position(bytes.position() + all.length(row));
            from += all.length(row);
        }
        return script.rewritten(rows.build(), regrouped(script, newRow, rows), bytes.rewind(), script.serverBytes());
    }

    /** @param apart half way between the row before and what the row behind waits for, else in place of the row behind */
    private static void addZeros(final Rows rows, final FlowScript script, final int row, final boolean apart) {
        final ClientEvents all = script.flow().events();
        final int missing = (int) all.missingBefore(row);
        if (!apart) {
            rows.add(ClientEvents.DATA, missing, all.gate(row), all.delayNs(row), all.sentNs(row));
            return;
        }
        final long beforeNs = row == 0 ? establishedNs(script) : all.sentNs(row - 1);
        final long halfNs = Math.max(0, all.sentNs(row) - all.delayNs(row) - beforeNs) / 2;
        rows.add(ClientEvents.DATA, missing, gateBefore(all, row), halfNs, beforeNs + halfNs);
    }

    /** Whether the row waits for what may answer the bytes that are missing before it. */
    private static boolean isApart(final ClientEvents events, final int row) {
        return events.missingBefore(row) > 0 && events.gate(row) > gateBefore(events, row);
    }

    private static long gateBefore(final ClientEvents events, final int row) {
        return row == 0 ? 0 : events.gate(row - 1);
    }

    private static long establishedNs(final FlowScript script) {
        return Math.max(0, script.flow().opening().roundTripNs());
    }

    /** Zeros that leave apart belong to no exchange: what they bring about is not the request's before them. */
    private static Exchanges regrouped(final FlowScript script, final int[] newRow, final Rows rows) {
        final Exchanges of = script.flow().exchanges();
        final ClientEvents all = script.flow().events();
        final int[] firstEvents = new int[of.size()];
        final int[] eventCounts = new int[of.size()];
        for (int i = 0; i < of.size(); i++) {
            firstEvents[i] = newRow[of.firstEvent(i)];
            final int end = of.firstEvent(i) + of.eventCount(i);
            final int newEnd = end < all.size() ? newRow[end] - (isApart(all, end) ? 1 : 0) : rows.size();
            eventCounts[i] = newEnd - firstEvents[i];
        }
        return of.withRows(firstEvents, eventCounts);
    }

    /** Rows in the making. */
    private static final class Rows {
        private final byte[] kinds;
        private final byte[] flags;
        private final int[] lengths;
        private final int[] urgents;
        private final long[] gates;
        private final long[] delaysNs;
        private final long[] sentNs;
        private int size;

        Rows(final int most) {
            kinds = new byte[most];
            flags = new byte[most];
            lengths = new int[most];
            urgents = new int[most];
            gates = new long[most];
            delaysNs = new long[most];
            sentNs = new long[most];
        }

        int size() {
            return size;
        }

        void copy(final ClientEvents from, final int row) {
            flags[size] = from.flags(row);
            urgents[size] = from.urgent(row);
            add(from.kind(row), from.length(row), from.gate(row), from.delayNs(row), from.sentNs(row));
        }

        void add(final byte kind, final int length, final long gate, final long delayNs, final long atNs) {
            kinds[size] = kind;
            lengths[size] = length;
            gates[size] = gate;
            delaysNs[size] = delayNs;
            sentNs[size] = atNs;
            size++;
        }

        /** The row waits for that gate, and so long. */
        void at(final int row, final long gate, final long delayNs) {
            gates[row] = gate;
            delaysNs[row] = delayNs;
        }

        ClientEvents build() {
            return new ClientEvents(
                    Arrays.copyOf(kinds, size),
                    Arrays.copyOf(flags, size),
                    Arrays.copyOf(lengths, size),
                    Arrays.copyOf(urgents, size),
                    Arrays.copyOf(gates, size),
                    Arrays.copyOf(delaysNs, size),
                    Arrays.copyOf(sentNs, size));
        }
    }
}
