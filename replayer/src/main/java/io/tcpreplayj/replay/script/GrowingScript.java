package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.replay.protocol.RequestCount;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a client does that is being captured: grows row by row. On one thread with whoever plays it. A row is not due before
 * it was captured, however early the server answers: what is not known to come cannot be waited for. What nobody needs any
 * more is forgotten, so a flow may go on for ever.
 */
public final class GrowingScript implements Script {
    private static final StreamSummary NOTHING_YET = new StreamSummary(0, 0, 0, 0, 0, 0, 0, -1, null);
    private static final int FIRST_BYTES = 512;
    /** About what a flow, a row and an exchange take in memory, with what else is kept of each. */
    private static final long FLOW_BYTES = 2_048;

    private static final long ROW_BYTES = 64;
    private static final long EXCHANGE_BYTES = 128;

    /** Less is not worth the copying of what stays. */
    private static final int LEAST_FREED_BYTES = 4_096;

    private static final int LEAST_FREED_ROWS = 64;

    private final FlowRecord flow;
    private final long startNs;
    private final long delayNs;
    private final ClientEvents.Growing events = new ClientEvents.Growing();
    private final Exchanges.Growing exchanges = new Exchanges.Growing();
    private final @Nullable RequestCount requests;
    private ByteBuffer bytes = ByteBuffer.allocate(FIRST_BYTES).limit(0);
    /** Bytes of the stream before them. */
    private long start;
    /** Whoever sends urgent data looks for it from the first row on: all is kept. */
    private boolean urgent;

    private long requestsBegun;
    /** Sessions that are over and in the books: what is captured from then on is in nobody's. */
    private int entered;

    private int lastExchange = -1;
    private long requestsAfter;
    private long bytesAfter;
    private long serverBytes;
    private int answers;
    private long headBytes;
    /** By how much the clock of another host that captures runs ahead. */
    private long aheadNs;

    private boolean whole;

    /**
     * @param startNs the flow's start by the replay clock
     * @param delayNs how much later than captured a row is due at the earliest
     */
    public GrowingScript(final OpenFlow opened, final long startNs, final long delayNs) {
        this.startNs = startNs;
        this.delayNs = delayNs;
        requests = opened.app() == FlowRecord.App.HTTP ? new RequestCount() : null;
        flow = new FlowRecord(
                opened.id(),
                0,
                opened.client(),
                opened.server(),
                opened.tunnel(),
                opened.startNs(),
                opened.startNs(),
                NOTHING_YET,
                NOTHING_YET,
                opened.midstream() ? FlowRecord.Handshake.NONE : FlowRecord.Handshake.PARTIAL,
                FlowRecord.Close.NONE,
                opened.midstream(),
                opened.app(),
                0,
                null,
                opened.opening(),
                events.rows(),
                exchanges.rows());
    }

    /**
     * The next row; its bytes are copied. A row that is here was captured, so one whose time is yet to come says that the clock
     * of its capture is ahead.
     *
     * @param nowNs the replay clock
     * @return requests that begin in it
     */
    public int append(final ClientRow row, final long nowNs) {
        aheadNs = Math.max(aheadNs, startNs + row.sentNs() - nowNs);
        final int index = events.rows().size();
        serverBytes = Math.max(serverBytes, row.serverBytes());
        final int last = exchanges.rows().size() - 1;
        if (last >= answers && row.serverLastNs() >= 0) {
            exchanges.onAnswering(last, row.serverLastNs());
        }
        urgent |= (row.flags() & ClientEvents.URG) != 0;
        events.append(row.kind(), row.flags(), row.length(), row.urgent(), row.gate(), row.delayNs(), row.sentNs());
        if (row.kind() != ClientEvents.DATA) {
            return 0;
        }
        final int from = bytes.limit();
        extend(row.length());
        bytes.put(from, row.bytes(), row.offset(), row.length());
        if (row.exchange() > last) {
            exchanges.begin(index, row.serverNextNs());
        }
        final int begun = begun(row, bytes, from);
        exchanges.onRow(begun);
        requestsBegun += begun;
        after(row, begun, entered);
        return begun;
    }

    /** The next row, which no session will play any more. Returns requests that begin in it. */
    public int pass(final ClientRow row, final int sessions) {
        if (row.kind() != ClientEvents.DATA) {
            return 0;
        }
        final int begun = begun(row, ByteBuffer.wrap(row.bytes(), 0, row.offset() + row.length()), row.offset());
        after(row, begun, sessions);
        return begun;
    }

    private void after(final ClientRow row, final int begun, final int sessions) {
        requestsAfter += (long) begun * sessions;
        bytesAfter += (long) row.length() * sessions;
    }

    private int begun(final ClientRow row, final ByteBuffer from, final int offset) {
        final boolean first = row.exchange() > lastExchange;
        lastExchange = row.exchange();
        return requests == null ? (first ? 1 : 0) : requests.onBytes(from, offset, from.limit());
    }

    /** A session that played this is over, and is in the books with what was captured by now. */
    public void entered() {
        entered++;
    }

    /** Requests captured after a session that would have sent them was over, of each such session. */
    public long requestsAfter() {
        return requestsAfter;
    }

    /** The same of client bytes. */
    public long bytesAfter() {
        return bytesAfter;
    }

    private void extend(final int count) {
        final int length = bytes.limit() + count;
        if (length > bytes.capacity()) {
            final ByteBuffer longer = ByteBuffer.allocate(Math.max(length, 2 * bytes.capacity()));
            longer.put(0, bytes, 0, bytes.limit());
            bytes = longer;
        }
        bytes.limit(length);
    }

    /** The next recorded answer is complete, if there is an exchange for it; parameters as the columns of {@link Exchanges}. */
    public void answer(
            final long responseBytes,
            final long firstResponseNs,
            final long lastResponseNs,
            final long digest,
            final byte[] head) {
        if (answers < exchanges.rows().size()) {
            exchanges.onAnswer(answers++, responseBytes, firstResponseNs, lastResponseNs, digest, head);
            headBytes += head.length;
        }
    }

    /** Frees what nobody needs any more, where that is at least half: so what stays is copied about once. */
    public void forget(final ScriptNeeds needs) {
        forget(needs, LEAST_FREED_BYTES, LEAST_FREED_ROWS);
    }

    void forget(final ScriptNeeds needs, final int leastBytes, final int leastRows) {
        if (urgent) {
            return;
        }
        final int doneBytes = (int) (Math.min(needs.offset(), clientLength()) - start);
        final int leftBytes = bytes.limit() - doneBytes;
        if (doneBytes >= Math.max(leftBytes, leastBytes)) {
            final ByteBuffer shorter = ByteBuffer.allocate(Math.max(2 * leftBytes, FIRST_BYTES));
            bytes = shorter.put(0, bytes, doneBytes, leftBytes).limit(leftBytes);
            start += doneBytes;
        }
        final int firstRow = Math.min(needs.row(), events.rows().size());
        if (firstRow - events.rows().first() >= Math.max(events.rows().size() - firstRow, leastRows)) {
            events.forget(firstRow);
        }
        final int firstExchange =
                Math.min(needs.exchange(), Math.min(answers, exchanges.rows().size() - 1));
        if (firstExchange - exchanges.rows().first()
                >= Math.max(exchanges.rows().size() - firstExchange, leastRows)) {
            for (int i = exchanges.rows().first(); i < firstExchange; i++) {
                headBytes -= exchanges.rows().head(i).length;
            }
            exchanges.forget(firstExchange);
        }
    }

    /** Nothing more comes; so long was the server's stream. */
    public void end(final long serverLength) {
        serverBytes = Math.max(serverBytes, serverLength);
        whole = true;
    }

    /** How many recorded answers are complete, from the first on. */
    public int answers() {
        return answers;
    }

    /** About so many bytes of memory are taken. */
    public long heldBytes() {
        return FLOW_BYTES
                + bytes.capacity()
                + events.kept() * ROW_BYTES
                + exchanges.kept() * EXCHANGE_BYTES
                + headBytes;
    }

    @Override
    public FlowRecord flow() {
        return flow;
    }

    @Override
    public ByteBuffer clientBytes() {
        return bytes;
    }

    @Override
    public long clientStart() {
        return start;
    }

    @Override
    public long requests() {
        return requestsBegun;
    }

    @Override
    public boolean isWhole() {
        return whole;
    }

    @Override
    public boolean expectsAnswer() {
        return serverBytes > 0 || !whole;
    }

    @Override
    public long serverBytes() {
        return serverBytes;
    }

    @Override
    public long earliestNs(final int row) {
        return row < events.rows().size() ? capturedNs(row) + delayNs : 0;
    }

    /** When the row was captured, by the replay clock. */
    public long capturedNs(final int row) {
        return startNs + events.rows().sentNs(row) - aheadNs;
    }

    @Override
    public Script from(final int exchange) {
        throw new IllegalStateException(
                "flow " + flow.id() + " is being captured, and goes on over no other connection");
    }
}
