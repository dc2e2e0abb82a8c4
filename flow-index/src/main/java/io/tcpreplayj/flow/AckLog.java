package io.tcpreplayj.flow;

/** The client's acknowledgements and windows on their way to {@link ClientAcks}. */
final class AckLog {
    /** Some hundred thousand rows; of a longer flow the first are kept. */
    private static final int MAX_BYTES = 1 << 20;

    private final AckRows rows;

    AckLog() {
        this(new AckRows());
    }

    private AckLog(final AckRows rows) {
        this.rows = rows;
    }

    /**
     * A segment of the client acknowledged {@code ack}.
     *
     * @param delayNs since what it acknowledged came, 0 when unknown
     * @param offered the window, bytes
     * @return by how many bytes the log grew in memory
     */
    int onSegment(final long ack, final long delayNs, final long offered) {
        final boolean fresh =
                rows.size() == 0 || ack > rows.offset() || (ack == rows.offset() && offered != rows.window());
        if (!fresh || rows.length() > MAX_BYTES - AckRows.MAX_ROW_BYTES) {
            return 0;
        }
        final int before = rows.footprint();
        rows.add(ack, delayNs, offered);
        return rows.footprint() - before;
    }

    /** @param serverStart position of the first byte of the server's stream */
    ClientAcks acks(final long serverStart) {
        final long unseen = serverStart - rows.first();
        final ClientAcks all = rows.from(Math.max(0, -unseen));
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
        return kept.rows.size() == 0 ? ClientAcks.NONE : kept.acks(unseen);
    }

    int footprint() {
        return rows.footprint();
    }

    void freeze(final StateBuffer state) {
        rows.freeze(state);
    }

    static AckLog thaw(final StateBuffer state) {
        return new AckLog(AckRows.thaw(state));
    }
}
