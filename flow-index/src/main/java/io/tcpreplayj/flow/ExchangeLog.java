package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The exchanges of a flow while it is being built, one row of longs each. Those whose answer is over can be put aside
 * ({@link #freeze}); until {@link #gather} only the later ones may be asked for.
 */
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
    /** An array's header. */
    private static final int ARRAY_BYTES = 16;

    private long[] cells = new long[STRIDE];
    private byte[][] heads = {NO_BYTES};
    private int size;
    /** Exchanges that are put aside: the first row of {@link #cells} is that of exchange {@code aside}. */
    private int aside;

    private ByteLog settled = new ByteLog();

    int size() {
        return size;
    }

    /**
     * Notes a DATA row; the rows come in stream order with gates that never fall.
     *
     * @return by how many bytes the memory in use has grown
     */
    int onDataRow(final int row, final long gate) {
        if (size > 0 && cells[at(size - 1, GATE)] == gate) {
            cells[at(size - 1, ROWS)]++;
            return 0;
        }
        int grown = 0;
        if ((size - aside) * STRIDE == cells.length) {
            grown = cells.length * Long.BYTES + heads.length * Integer.BYTES;
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
        cells[at(exchange, BROKEN)] = 0;
        heads[exchange - aside] = NO_BYTES;
        return grown;
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
        return heads[exchange - aside];
    }

    void setDigest(final int exchange, final long digest) {
        cells[at(exchange, DIGEST)] = digest;
    }

    /** The answer's digest, or -1 when nothing or not all of it was seen in order. */
    long digest(final int exchange) {
        final long digest = cells[at(exchange, DIGEST)];
        return digest == UNKNOWN || cells[at(exchange, BROKEN)] != 0 ? -1 : digest;
    }

    /** The same of an answer that may not be over; then it is {@code soFar}, unless not all of it was seen. */
    long digestOr(final int exchange, final long soFar) {
        final boolean isOver = cells[at(exchange, DIGEST)] != UNKNOWN || cells[at(exchange, BROKEN)] != 0;
        return isOver ? digest(exchange) : soFar;
    }

    /** The answer of {@code exchange} cannot be told byte by byte. */
    void breakAnswer(final int exchange) {
        cells[at(exchange, BROKEN)] = 1;
    }

    /**
     * More bytes of an answer, {@code headBytes} of which are kept.
     *
     * @return by how many bytes the memory in use has grown
     */
    int onAnswer(
            final int exchange,
            final ByteBuffer bytes,
            final int from,
            final int length,
            final long timeNs,
            final int headBytes) {
        if (cells[at(exchange, FIRST_NS)] == UNKNOWN) {
            cells[at(exchange, FIRST_NS)] = timeNs;
        }
        cells[at(exchange, LAST_NS)] = Math.max(cells[at(exchange, LAST_NS)], timeNs);
        final byte[] head = head(exchange);
        final int more = Math.min(length, headBytes - head.length);
        if (more <= 0 || cells[at(exchange, BROKEN)] != 0) {
            return 0;
        }
        final byte[] longer = Arrays.copyOf(head, head.length + more);
        bytes.get(from, longer, head.length, more);
        heads[exchange - aside] = longer;
        return more + (head.length == 0 ? ARRAY_BYTES : 0);
    }

    private int at(final int exchange, final int cell) {
        return (exchange - aside) * STRIDE + cell;
    }

    /** Bytes of memory in use. */
    int footprint() {
        int bytes = cells.length * Long.BYTES + heads.length * Integer.BYTES + settled.footprint();
        for (int i = 0; i < size - aside; i++) {
            bytes += heads[i].length == 0 ? 0 : ARRAY_BYTES + heads[i].length;
        }
        return bytes;
    }

    /** Bytes that {@link #gather} will bring back. */
    long asideBytes() {
        return settled.length();
    }

    /** @param open the first exchange whose answer may still change */
    void freeze(final int open, final StateBuffer state, final SpillFile spill) {
        final int over = open - aside;
        for (int exchange = aside; exchange < open; exchange++) {
            settle(exchange);
        }
        System.arraycopy(cells, over * STRIDE, cells, 0, (size - open) * STRIDE);
        System.arraycopy(heads, over, heads, 0, size - open);
        aside = open;
        settled.freeze(state, spill);
        state.putInt(size);
        state.putInt(aside);
        state.putLongs(cells, (size - aside) * STRIDE);
        for (int i = 0; i < size - aside; i++) {
            state.putBytes(heads[i], 0, heads[i].length);
        }
    }

    private void settle(final int exchange) {
        final byte[] head = head(exchange);
        final int length = STRIDE * Long.BYTES + Integer.BYTES + head.length;
        settled.extend(length);
        final ByteBuffer to = ByteBuffer.wrap(settled.tail(), settled.tailLength() - length, length);
        for (int cell = 0; cell < STRIDE; cell++) {
            to.putLong(cells[at(exchange, cell)]);
        }
        to.putInt(head.length).put(head);
    }

    static ExchangeLog thaw(final StateBuffer state) {
        final ExchangeLog log = new ExchangeLog();
        log.settled = ByteLog.thaw(state);
        log.size = state.getInt();
        log.aside = state.getInt();
        final int open = log.size - log.aside;
        final long[] cells = state.getLongs();
        log.cells = open == 0 ? log.cells : cells;
        log.heads = new byte[Math.max(1, open)][];
        log.heads[0] = NO_BYTES;
        for (int i = 0; i < open; i++) {
            log.heads[i] = state.getBytes();
        }
        return log;
    }

    /** Brings back all that was put aside. */
    void gather(final SpillFile spill) {
        if (aside == 0) {
            return;
        }
        final long[] allCells = new long[size * STRIDE];
        final byte[][] allHeads = new byte[size][];
        final ByteBuffer from = settled.contents(spill);
        for (int exchange = 0; exchange < aside; exchange++) {
            for (int cell = 0; cell < STRIDE; cell++) {
                allCells[exchange * STRIDE + cell] = from.getLong();
            }
            allHeads[exchange] = new byte[from.getInt()];
            from.get(allHeads[exchange]);
        }
        System.arraycopy(cells, 0, allCells, aside * STRIDE, (size - aside) * STRIDE);
        System.arraycopy(heads, 0, allHeads, aside, size - aside);
        cells = allCells;
        heads = allHeads;
        aside = 0;
    }
}
