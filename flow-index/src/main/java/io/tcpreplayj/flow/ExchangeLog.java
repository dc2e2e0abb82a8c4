package io.tcpreplayj.flow;

import java.util.Arrays;

/** The exchanges of a flow while it is being built, one row of longs each. */
final class ExchangeLog {
    /** In place of a time or a digest: not known yet. */
    static final long UNKNOWN = Long.MIN_VALUE;

    private static final int GATE = 0;
    private static final int FIRST_ROW = 1;
    private static final int ROWS = 2;
    private static final int FIRST_NS = 3;
    private static final int LAST_NS = 4;
    private static final int DIGEST = 5;
    private static final int BROKEN = 6;
    private static final int STRIDE = 7;
    private static final byte[] NO_BYTES = {};

    private long[] cells = new long[STRIDE];
    private byte[][] heads = {NO_BYTES};
    private int size;

    int size() {
        return size;
    }

    /** Notes a DATA row; the rows come in stream order with gates that never fall. */
    void onDataRow(final int row, final long gate) {
        if (size > 0 && cells[at(size - 1, GATE)] == gate) {
            cells[at(size - 1, ROWS)]++;
            return;
        }
        if (size * STRIDE == cells.length) {
            cells = Arrays.copyOf(cells, cells.length * 2);
            heads = Arrays.copyOf(heads, heads.length * 2);
        }
        final int exchange = size++;
        cells[at(exchange, GATE)] = gate;
        cells[at(exchange, FIRST_ROW)] = row;
        cells[at(exchange, ROWS)] = 1;
        cells[at(exchange, FIRST_NS)] = UNKNOWN;
        cells[at(exchange, LAST_NS)] = UNKNOWN;
        cells[at(exchange, DIGEST)] = UNKNOWN;
        heads[exchange] = NO_BYTES;
    }

    long gate(final int exchange) {
        return cells[at(exchange, GATE)];
    }

    int firstRow(final int exchange) {
        return (int) cells[at(exchange, FIRST_ROW)];
    }

    int rows(final int exchange) {
        return (int) cells[at(exchange, ROWS)];
    }

    long firstNs(final int exchange) {
        return cells[at(exchange, FIRST_NS)];
    }

    long lastNs(final int exchange) {
        return cells[at(exchange, LAST_NS)];
    }

    byte[] head(final int exchange) {
        return heads[exchange];
    }

    void setDigest(final int exchange, final long digest) {
        cells[at(exchange, DIGEST)] = digest;
    }

    /** The answer's digest, or -1 when nothing or not all of it was seen in order. */
    long digest(final int exchange) {
        final long digest = cells[at(exchange, DIGEST)];
        return digest == UNKNOWN || cells[at(exchange, BROKEN)] != 0 ? -1 : digest;
    }

    /** The answer of {@code exchange} cannot be told byte by byte. */
    void breakAnswer(final int exchange) {
        cells[at(exchange, BROKEN)] = 1;
    }

    /** More bytes of an answer, {@code headBytes} of which are kept. */
    void onAnswer(
            final int exchange,
            final byte[] bytes,
            final int offset,
            final int length,
            final long timeNs,
            final int headBytes) {
        if (cells[at(exchange, FIRST_NS)] == UNKNOWN) {
            cells[at(exchange, FIRST_NS)] = timeNs;
        }
        cells[at(exchange, LAST_NS)] = Math.max(cells[at(exchange, LAST_NS)], timeNs);
        final byte[] head = heads[exchange];
        final int more = Math.min(length, headBytes - head.length);
        if (more > 0 && cells[at(exchange, BROKEN)] == 0) {
            final byte[] longer = Arrays.copyOf(head, head.length + more);
            System.arraycopy(bytes, offset, longer, head.length, more);
            heads[exchange] = longer;
        }
    }

    private static int at(final int exchange, final int cell) {
        return exchange * STRIDE + cell;
    }
}
