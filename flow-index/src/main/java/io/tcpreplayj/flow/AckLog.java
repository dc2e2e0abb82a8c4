package io.tcpreplayj.flow;

import java.util.Arrays;

/** The client's acknowledgements and windows on their way to {@link ClientAcks}. */
final class AckLog {
    /** Some hundred thousand rows; of a longer flow the first are kept. */
    private static final int MAX_BYTES = 1 << 20;

    private static final int MAX_ROW_BYTES = 27;
    private static final byte[] NO_BYTES = {};

    private byte[] rows = NO_BYTES;
    private int length;
    private int size;
    private long first;
    private long position;
    private long window = -1;

    /**
     * A segment of the client acknowledged {@code ack}.
     *
     * @param delayNs since what it acknowledged came, 0 when unknown
     * @param offered the window, bytes
     * @return by how many bytes the log grew in memory
     */
    int onSegment(final long ack, final long delayNs, final long offered) {
        final boolean fresh = size == 0 || ack > position || (ack == position && offered != window);
        if (!fresh || length > MAX_BYTES - MAX_ROW_BYTES) {
            return 0;
        }
        final int before = rows.length;
        if (rows.length - length < MAX_ROW_BYTES) {
            rows = Arrays.copyOf(rows, Math.max(2 * MAX_ROW_BYTES, rows.length * 2));
        }
        if (size == 0) {
            first = ack;
            position = ack;
            window = 0;
        }
        varint(ack - position);
        varint(Math.max(0, delayNs));
        final long change = offered - window;
        varint(change << 1 ^ change >> 63);
        position = ack;
        window = offered;
        size++;
        return rows.length - before;
    }

    private void varint(final long value) {
        long rest = value;
        while (rest > 0x7f) {
            rows[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        rows[length++] = (byte) rest;
    }

    /** @param serverStart position of the first byte of the server's stream */
    ClientAcks acks(final long serverStart) {
        final long unseen = serverStart - first;
        final ClientAcks all = new ClientAcks(size, Math.max(0, -unseen), Arrays.copyOf(rows, length));
        return unseen > 0 ? behind(unseen, all) : all;
    }

    /** The rows that acknowledge at least {@code unseen} bytes, as if the stream began there. */
    static ClientAcks behind(final long unseen, final ClientAcks all) {
        final AckLog kept = new AckLog();
        final ClientAcks.Cursor row = new ClientAcks.Cursor(all);
        while (row.advance()) {
            if (row.offset() >= unseen) {
                kept.onSegment(row.offset(), row.delayNs(), row.window());
            }
        }
        return kept.size == 0 ? ClientAcks.NONE : kept.acks(unseen);
    }

    int footprint() {
        return rows.length;
    }

    void freeze(final StateBuffer state) {
        state.putInt(size);
        state.putLong(first);
        state.putLong(position);
        state.putLong(window);
        state.putBytes(rows, 0, length);
    }

    static AckLog thaw(final StateBuffer state) {
        final AckLog log = new AckLog();
        log.size = state.getInt();
        log.first = state.getLong();
        log.position = state.getLong();
        log.window = state.getLong();
        log.rows = state.getBytes();
        log.length = log.rows.length;
        return log;
    }
}
