package io.tcpreplayj.cli.export;

import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.packet.TcpOptions;
import java.nio.ByteBuffer;

/**
 * The server's stream as the database can tell it again, segment by segment: how long each answer was, when its first and
 * its last byte came, and the first bytes of each. What came between is spread evenly over segments of the size that the
 * client asked for; their lengths are true together, not one by one. A hole has its length, but not its place.
 */
final class ServerSide {
    private static final byte[] NO_BYTES = {};
    /** RFC 9293 3.7.1 has 536 for who says nothing; on Ethernet, which captures come from, nobody does less than this. */
    private static final int USUAL_MSS = 1460;

    private static final int LEAST_MSS = 536;
    private static final int GREATEST_MSS = 65_000;

    private final FlowRecord flow;
    private final Exchanges exchanges;
    private final int mss;
    /** Of the whole stream. */
    private final long bytes;
    /** -1 is what the server said before the client's first bytes; then the exchanges. */
    private int part = -1;

    private long partBytes;
    private long inPart;
    private long sent;
    /** Where the bytes that the capture lacks are left out. */
    private final long holeBegin;

    private final long holeEnd;

    ServerSide(final FlowRecord flow) {
        this.flow = flow;
        exchanges = flow.exchanges();
        mss = mss(flow.opening().synOptions());
        final boolean seen = flow.serverStream().packets() > 0;
        bytes = seen ? flow.serverStream().bytes() + flow.serverStream().gapBytes() : 0;
        // Where they were is not in the record: before the last byte, so that there is a byte behind them.
        holeEnd = flow.serverStream().bytes() > 0 ? bytes - 1 : bytes;
        holeBegin = seen ? holeEnd - flow.serverStream().gapBytes() : holeEnd;
        partBytes = Math.min(
                bytes, exchanges.size() == 0 ? bytes : Math.max(0, flow.events().gate(exchanges.firstEvent(0))));
        skipEmptyParts();
    }

    private static int mss(final byte[] synOptions) {
        final TcpOptions options = new TcpOptions();
        options.parse(ByteBuffer.wrap(synOptions), 0, synOptions.length);
        return options.mss() < 0 ? USUAL_MSS : Math.min(GREATEST_MSS, Math.max(LEAST_MSS, options.mss()));
    }

    private void skipEmptyParts() {
        while (inPart == partBytes && sent < bytes) {
            part++;
            inPart = 0;
            // What no answer accounts for comes last: it is no one's, but it was there.
            partBytes =
                    Math.min(bytes - sent, part < exchanges.size() ? exchanges.responseBytes(part) : Long.MAX_VALUE);
        }
    }

    boolean hasNext() {
        return sent < bytes;
    }

    /** Bytes of the stream before the next segment. */
    long sent() {
        return sent;
    }

    /** Bytes of the whole stream, its FIN not counted. */
    long bytes() {
        return bytes;
    }

    /** Payload bytes of the next segment. */
    int length() {
        final long edge = sent < holeBegin ? holeBegin : sent < holeEnd ? holeEnd : bytes;
        return (int) Math.min(mss, Math.min(partBytes - inPart, edge - sent));
    }

    /** The next segment's bytes were sent but are not in the capture. */
    boolean isHole() {
        return sent >= holeBegin && sent < holeEnd;
    }

    boolean isLastOfAnswer() {
        return inPart + length() == partBytes;
    }

    /** When the next segment was seen, ns since the flow's start. */
    long timeNs() {
        if (part < 0) {
            return exchanges.size() == 0 ? flow.endNs() - flow.startNs() : beforeFirstRequestNs();
        }
        if (part >= exchanges.size()) {
            // The end of a stream that no exchange accounts for.
            return flow.endNs() - flow.startNs();
        }
        final long firstNs = exchanges.firstResponseNs(part);
        if (firstNs < 0) {
            return flow.events().sentNs(exchanges.firstEvent(part) + exchanges.eventCount(part) - 1);
        }
        final long spanNs = Math.max(0, exchanges.lastResponseNs(part) - firstNs);
        final long others = (partBytes - 1) / mss;
        final long number = inPart / mss;
        return others == 0 ? firstNs : firstNs + (long) ((double) spanNs / others * number);
    }

    /** The client thought that long after the last of these bytes. */
    private long beforeFirstRequestNs() {
        final int first = exchanges.firstEvent(0);
        return Math.max(0, flow.events().sentNs(first) - flow.events().delayNs(first));
    }

    /** How many bytes of the next segment are known. */
    int known() {
        return (int) Math.max(0, Math.min(length(), head().length - inPart));
    }

    /** Copies the known bytes to the beginning of {@code target}. */
    void copyKnown(final ByteBuffer target) {
        final int known = known();
        if (known > 0) {
            target.put(0, head(), (int) inPart, known);
        }
    }

    private byte[] head() {
        return part >= 0 && part < exchanges.size() ? exchanges.head(part) : NO_BYTES;
    }

    void advance() {
        final int length = length();
        inPart += length;
        sent += length;
        skipEmptyParts();
    }
}
