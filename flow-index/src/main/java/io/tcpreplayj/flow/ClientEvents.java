package io.tcpreplayj.flow;

import java.util.Arrays;

/**
 * What the captured client did, in stream order: one row a segment that carried new bytes, one for its FIN, one for its
 * RST. Columns, because a replay walks them by index.
 *
 * <p>The <b>gate</b> of a row is how many bytes of the server's stream the client had seen when it sent it (the ACK field
 * of that very segment; a server's FIN counts as one byte). The <b>delay</b> is the think time: time of the send minus
 * capture time of the last first-copy server byte under the gate, at least 0; for a row without any new server byte since
 * the row before, the time since that row; for the first row with gate 0, the time since the connection was established.
 */
public final class ClientEvents {
    /** Client bytes. */
    public static final byte DATA = 0;
    /** The client closed its side (FIN). */
    public static final byte FIN = 1;
    /** The client reset the connection (RST). */
    public static final byte RST = 2;

    /** Bit of {@link #flags(int)}: the segment had PSH set. */
    public static final byte PSH = 1;
    /** Bit of {@link #flags(int)}: the segment had URG set; {@link #urgent(int)} holds. */
    public static final byte URG = 2;

    /** Of rows between which nothing is known to be missing. */
    public static final long[] NOTHING_MISSING = {};

    private final long[] missing;
    private byte[] kinds;
    private byte[] flags;
    private int[] lengths;
    private int[] urgents;
    private long[] gates;
    private long[] delaysNs;
    private long[] sentNs;
    private int size;
    /** The row at index 0 of the columns. */
    private int first;

    /**
     * Rows between which nothing is known to be missing; otherwise as the other constructor.
     *
     * @param urgents urgent pointer relative to the row's first byte, 0 without URG
     * @param sentNs capture time of the row, ns since the flow's {@code startNs}
     */
    public ClientEvents(
            final byte[] kinds,
            final byte[] flags,
            final int[] lengths,
            final int[] urgents,
            final long[] gates,
            final long[] delaysNs,
            final long[] sentNs) {
        this(kinds, flags, lengths, urgents, gates, delaysNs, sentNs, NOTHING_MISSING);
    }

    /**
     * The arrays are taken over, not copied; all have the same length.
     *
     * @param urgents urgent pointer relative to the row's first byte, 0 without URG
     * @param sentNs capture time of the row, ns since the flow's {@code startNs}
     * @param missing bytes of the client's stream right before the row (of a UDP conversation: of the row, at its end) that
     *     the capture does not hold; an empty array when there are none
     */
    public ClientEvents(
            final byte[] kinds,
            final byte[] flags,
            final int[] lengths,
            final int[] urgents,
            final long[] gates,
            final long[] delaysNs,
            final long[] sentNs,
            final long[] missing) {
        this.kinds = kinds;
        this.flags = flags;
        this.lengths = lengths;
        this.urgents = urgents;
        this.gates = gates;
        this.delaysNs = delaysNs;
        this.sentNs = sentNs;
        this.missing = missing;
        this.size = kinds.length;
    }

    /** The rows from {@code firstRow} on, as if the connection began there: gates count from its gate, and it need not think. */
    public ClientEvents from(final int firstRow) {
        final int n = size;
        final long[] gatesFrom = Arrays.copyOfRange(gates, firstRow, n);
        final long base = gatesFrom[0];
        for (int i = 0; i < gatesFrom.length; i++) {
            gatesFrom[i] = Math.max(0, gatesFrom[i] - base);
        }
        final long[] delaysFrom = Arrays.copyOfRange(delaysNs, firstRow, n);
        delaysFrom[0] = 0;
        return new ClientEvents(
                Arrays.copyOfRange(kinds, firstRow, n),
                Arrays.copyOfRange(flags, firstRow, n),
                Arrays.copyOfRange(lengths, firstRow, n),
                Arrays.copyOfRange(urgents, firstRow, n),
                gatesFrom,
                delaysFrom,
                Arrays.copyOfRange(sentNs, firstRow, n),
                missing.length == 0 ? missing : Arrays.copyOfRange(missing, firstRow, n));
    }

    /** The same, the first row {@code ns} later, and with it all the others. */
    public ClientEvents delayedBy(final long ns) {
        final long[] delays = delaysNs.clone();
        if (delays.length > 0) {
            delays[0] += ns;
        }
        return new ClientEvents(kinds, flags, lengths, urgents, gates, delays, sentNs, missing);
    }

    /** The same rows with other lengths; the arrays are taken over. */
    public ClientEvents withLengths(final int[] newLengths, final int[] newUrgents) {
        return new ClientEvents(kinds, flags, newLengths, newUrgents, gates, delaysNs, sentNs, missing);
    }

    /** Of a flow that is still being captured: how many there are by now. */
    public int size() {
        return size;
    }

    /** The first row that is kept: 0, but where rows were forgotten behind which a flow goes on that is being captured. */
    public int first() {
        return first;
    }

    public byte kind(final int row) {
        return kinds[row - first];
    }

    public byte flags(final int row) {
        return flags[row - first];
    }

    /** Bytes of a DATA row, 0 for the others. */
    public int length(final int row) {
        return lengths[row - first];
    }

    public int urgent(final int row) {
        return urgents[row - first];
    }

    /** Bytes of the server's stream that the client had seen. */
    public long gate(final int row) {
        return gates[row - first];
    }

    /** Think time at captured speed, ns, at least 0. */
    public long delayNs(final int row) {
        return delaysNs[row - first];
    }

    /** Capture time, ns since the flow's start. */
    public long sentNs(final int row) {
        return sentNs[row - first];
    }

    /** Bytes of the client's stream right before the row that the capture does not hold; of UDP see {@link #caplen}. */
    public long missingBefore(final int row) {
        return missing.length == 0 ? 0 : missing[row];
    }

    /** Of a UDP conversation, where what is missing is the end of a row's datagram: bytes of it that were captured. */
    public int caplen(final int row) {
        return (int) (lengths[row] - missingBefore(row));
    }

    /** Where in the client's stream something is missing first: the row behind it, or -1 when nothing is. */
    public int firstHole() {
        for (int row = 0; row < missing.length; row++) {
            if (missing[row] > 0) {
                return row;
            }
        }
        return -1;
    }

    /** The rows of a flow that is still being captured; on one thread with whoever reads them. */
    public static final class Growing {
        private static final int FIRST_ROWS = 8;

        private final ClientEvents rows = new ClientEvents(
                new byte[FIRST_ROWS],
                new byte[FIRST_ROWS],
                new int[FIRST_ROWS],
                new int[FIRST_ROWS],
                new long[FIRST_ROWS],
                new long[FIRST_ROWS],
                new long[FIRST_ROWS]);

        public Growing() {
            rows.size = 0;
        }

        /** What is there by now, and will be there later. */
        public ClientEvents rows() {
            return rows;
        }

        /** Parameters as the columns of {@link ClientEvents}. */
        public void append(
                final byte kind,
                final byte flags,
                final int length,
                final int urgent,
                final long gate,
                final long delayNs,
                final long sentNs) {
            if (kept() == rows.kinds.length) {
                reserve(0, 2 * kept());
            }
            final int row = kept();
            rows.size++;
            rows.kinds[row] = kind;
            rows.flags[row] = flags;
            rows.lengths[row] = length;
            rows.urgents[row] = urgent;
            rows.gates[row] = gate;
            rows.delaysNs[row] = delayNs;
            rows.sentNs[row] = sentNs;
        }

        /** Rows that take memory. */
        public int kept() {
            return rows.size - rows.first;
        }

        /** Nobody will ask for the rows before {@code row} any more; the others keep their numbers. */
        public void forget(final int row) {
            reserve(row - rows.first, Math.max(FIRST_ROWS, 2 * (rows.size - row)));
            rows.first = row;
        }

        /** Leaves out the first {@code count}, and has room for {@code capacity}. */
        private void reserve(final int count, final int capacity) {
            rows.kinds = Arrays.copyOfRange(rows.kinds, count, count + capacity);
            rows.flags = Arrays.copyOfRange(rows.flags, count, count + capacity);
            rows.lengths = Arrays.copyOfRange(rows.lengths, count, count + capacity);
            rows.urgents = Arrays.copyOfRange(rows.urgents, count, count + capacity);
            rows.gates = Arrays.copyOfRange(rows.gates, count, count + capacity);
            rows.delaysNs = Arrays.copyOfRange(rows.delaysNs, count, count + capacity);
            rows.sentNs = Arrays.copyOfRange(rows.sentNs, count, count + capacity);
        }
    }
}
