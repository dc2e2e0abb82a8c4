package io.tcpreplayj.flow;

/**
 * What the captured client told its server of what had come: one row for each of its segments, in order of time, that
 * acknowledged more than the one before or offered another window. There only when the capture was indexed with
 * {@code --acks}. Kept as it is stored, three varints a row, because thousands of sessions hold theirs in memory at once:
 * bytes acknowledged since the row before, delay in ns, change of the window (zigzag).
 */
public final class ClientAcks {
    public static final ClientAcks NONE = new ClientAcks(0, 0, new byte[0]);

    private final int size;
    private final long first;
    private final byte[] rows;

    /**
     * @param size rows
     * @param first what the first row acknowledges: offset in the server's stream, whose FIN counts one
     * @param rows taken over, not copied
     * @throws IllegalArgumentException when these are not so many rows
     */
    public ClientAcks(final int size, final long first, final byte[] rows) {
        this.size = size;
        this.first = first;
        this.rows = rows;
        if (size < 0 || first < 0 || !isWhole()) {
            throw new IllegalArgumentException(rows.length + " bytes are not " + size + " acknowledgements");
        }
    }

    private boolean isWhole() {
        final Cursor cursor = new Cursor(this);
        for (int row = 0; row < size; row++) {
            if (!cursor.advance() || cursor.offset < 0 || cursor.delayNs < 0 || cursor.window < 0) {
                return false;
            }
        }
        return cursor.at == rows.length;
    }

    public int size() {
        return size;
    }

    /** What the first row acknowledges. */
    public long first() {
        return first;
    }

    /** What it told of what lies behind the first {@code serverBytes}, for a connection of its own; its window stays in bytes. */
    public ClientAcks from(final long serverBytes) {
        return AckLog.behind(serverBytes, this);
    }

    /** The rows as they are stored. Borrowed: must not be written to. */
    public byte[] rows() {
        return rows;
    }

    /** Goes through the rows. */
    public static final class Cursor {
        private static final int VARINT_BITS = 7;
        private static final int LONG_BITS = 63;

        private final ClientAcks acks;
        private int row;
        private int at;
        private boolean broken;
        private long offset;
        private long delayNs;
        private long window;

        public Cursor(final ClientAcks acks) {
            this.acks = acks;
        }

        /** Moves to the first row, then to the next one; false behind the last. */
        public boolean advance() {
            if (row == acks.size || broken) {
                return false;
            }
            final long more = varint();
            offset = row == 0 ? acks.first : offset + more;
            delayNs = varint();
            final long change = varint();
            window += change >>> 1 ^ -(change & 1);
            row++;
            return !broken;
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; shift < LONG_BITS && at < acks.rows.length; shift += VARINT_BITS) {
                final byte next = acks.rows[at++];
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            broken = true;
            return 0;
        }

        /** Offset in the server's stream up to which all is acknowledged; the server's FIN counts one. */
        public long offset() {
            return offset;
        }

        /** From the last of those bytes to the acknowledgement, as the capture saw both; 0 when it saw only this one. */
        public long delayNs() {
            return delayNs;
        }

        /** The window offered, bytes. */
        public long window() {
            return window;
        }
    }
}
