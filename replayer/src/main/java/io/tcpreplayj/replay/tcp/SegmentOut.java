package io.tcpreplayj.replay.tcp;

import java.nio.ByteBuffer;

/**
 * One segment that a {@link ClientSession} wants to send, before addresses and checksums; one instance is reused for
 * all. Public fields: it is a message, not an object.
 */
public final class SegmentOut {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    /** SEG.SEQ. */
    public int seq;
    /** SEG.ACK; 0 without the ACK flag. */
    public int ack;
    /** Control bits, see {@link io.tcpreplayj.packet.TcpFlags}. */
    public int flags;
    /** Explicit Congestion Notification in the IP header (RFC 3168 5), 0 to 3. */
    public int ecn;
    /** Differentiated Services Code Point (RFC 2474 3), 0 to 63; the session's. */
    public int dscp;
    /** Time to Live, or Hop Limit; the session's. */
    public int hopLimit = Likeness.USUAL_HOP_LIMIT;
    /** The window field as it goes on the wire, already scaled (0 to 65535). */
    public int window;
    /** The urgent pointer field. */
    public int urgent;
    /** TCP options, padded to a multiple of 4. */
    public final byte[] options = new byte[40];
    /** Bytes of {@link #options} in use (0, 4, …, 40). */
    public int optionsLength;
    /** Where the payload is. */
    public ByteBuffer payload = NONE;
    /** Absolute index of the payload in {@link #payload}. */
    public int payloadOffset;
    /** Payload bytes (0 to the effective MSS). */
    public int payloadLength;
}
