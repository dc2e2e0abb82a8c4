package io.tcpreplayj.flow;

import java.nio.ByteBuffer;

/**
 * One row of {@link ClientEvents} as it is captured, with what was known of the server by then. Reused. Can be written to a
 * buffer and read back, to get from one thread to another.
 */
public final class ClientRow {
    private static final byte[] NO_BYTES = {};

    private static final int LENGTH = 0;
    private static final int URGENT = 4;
    private static final int EXCHANGE = 8;
    private static final int KIND = 12;
    private static final int FLAGS = 13;
    private static final int GATE = 16;
    private static final int DELAY_NS = 24;
    private static final int SENT_NS = 32;
    private static final int SERVER_BYTES = 40;
    private static final int SERVER_LAST_NS = 48;
    private static final int SERVER_NEXT_NS = 56;
    private static final int BYTES = 64;

    private byte kind;
    private byte flags;
    private int urgent;
    private int length;
    private int exchange;
    private long gate;
    private long delayNs;
    private long sentNs;
    private long serverBytes;
    private long serverLastNs = -1;
    private long serverNextNs = -1;
    private byte[] bytes = NO_BYTES;
    private int offset;
    /** Bytes that were read back. */
    private byte[] own = NO_BYTES;

    /** As the columns of {@link ClientEvents}. */
    public byte kind() {
        return kind;
    }

    public byte flags() {
        return flags;
    }

    public int urgent() {
        return urgent;
    }

    public int length() {
        return length;
    }

    public long gate() {
        return gate;
    }

    public long delayNs() {
        return delayNs;
    }

    public long sentNs() {
        return sentNs;
    }

    /** The exchange that a DATA row belongs to, see {@link Exchanges}; of others, the last one before. */
    public int exchange() {
        return exchange;
    }

    /** Bytes that the server has sent by now, its FIN not counted: a gate beyond them includes that. */
    public long serverBytes() {
        return serverBytes;
    }

    /** Capture time of the last of the server's bytes that the client acknowledged, ns since the flow's start, or -1. */
    public long serverLastNs() {
        return serverLastNs;
    }

    /** The same of the first byte behind the gate, or -1 when the server had sent none by now. */
    public long serverNextNs() {
        return serverNextNs;
    }

    /** Holds the client bytes of a DATA row, {@link #length} of them, from {@link #offset} on; borrowed. */
    public byte[] bytes() {
        return bytes;
    }

    public int offset() {
        return offset;
    }

    /** A row without bytes. */
    public ClientRow closing(final byte what) {
        kind = what;
        flags = 0;
        urgent = 0;
        length = 0;
        bytes = NO_BYTES;
        offset = 0;
        return this;
    }

    /** A row with bytes, which are borrowed; {@code bits} are its flags. */
    public ClientRow data(final byte bits, final int pointer, final byte[] source, final int from, final int count) {
        kind = ClientEvents.DATA;
        flags = bits;
        urgent = pointer;
        bytes = source;
        offset = from;
        length = count;
        return this;
    }

    /** Its columns but for those of {@link #data}. */
    public ClientRow at(final int ofExchange, final long seen, final long thinkNs, final long timeNs) {
        exchange = ofExchange;
        gate = seen;
        delayNs = thinkNs;
        sentNs = timeNs;
        return this;
    }

    /** What was known of the server by then. */
    public ClientRow server(final long sentBytes, final long lastNs, final long nextNs) {
        serverBytes = sentBytes;
        serverLastNs = lastNs;
        serverNextNs = nextNs;
        return this;
    }

    /** Bytes that {@link #write} takes. */
    public int writtenLength() {
        return BYTES + length;
    }

    public void write(final ByteBuffer to, final int at) {
        to.putInt(at + LENGTH, length);
        to.putInt(at + URGENT, urgent);
        to.putInt(at + EXCHANGE, exchange);
        to.put(at + KIND, kind);
        to.put(at + FLAGS, flags);
        to.putLong(at + GATE, gate);
        to.putLong(at + DELAY_NS, delayNs);
        to.putLong(at + SENT_NS, sentNs);
        to.putLong(at + SERVER_BYTES, serverBytes);
        to.putLong(at + SERVER_LAST_NS, serverLastNs);
        to.putLong(at + SERVER_NEXT_NS, serverNextNs);
        to.put(at + BYTES, bytes, offset, length);
    }

    /** What {@link #write} wrote. */
    public void read(final ByteBuffer from, final int at) {
        length = from.getInt(at + LENGTH);
        urgent = from.getInt(at + URGENT);
        exchange = from.getInt(at + EXCHANGE);
        kind = from.get(at + KIND);
        flags = from.get(at + FLAGS);
        gate = from.getLong(at + GATE);
        delayNs = from.getLong(at + DELAY_NS);
        sentNs = from.getLong(at + SENT_NS);
        serverBytes = from.getLong(at + SERVER_BYTES);
        serverLastNs = from.getLong(at + SERVER_LAST_NS);
        serverNextNs = from.getLong(at + SERVER_NEXT_NS);
        if (own.length < length) {
            own = new byte[Math.max(length, 2 * own.length)];
        }
        from.get(at + BYTES, own, 0, length);
        bytes = own;
        offset = 0;
    }
}
