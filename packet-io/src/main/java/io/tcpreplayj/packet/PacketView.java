package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * The decoded headers of one TCP packet, or of one UDP datagram, which has no sequence numbers, flags, window and options
 * (all 0); one instance is reused for every packet. Filled by {@link PacketDecoder},
 * valid as long as the borrowed buffer is.
 *
 * <p>Lengths that a header claims and bytes that are really there are kept apart: {@link #payloadLength} is what the
 * IP header claims (never more than the frame on the wire could hold), {@link #payloadCaplen} what the capture holds of it (less when the snaplen cut the packet).
 */
public final class PacketView {
    /** In place of a digest: nobody has computed it. */
    public static final long NO_DIGEST = -1;

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    ByteBuffer buffer = NONE;
    int ipVersion;
    int ipId;
    int trafficClass;
    int hopLimit;
    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int sourcePort;
    int destinationPort;
    int segSeq;
    int segAck;
    int segFlags;
    int segWnd;
    int segUp;
    int tcpChecksum;
    int optionsOffset;
    int optionsLength;
    int payloadOffset;
    int payloadLength;
    int payloadCaplen;
    long tunnel;
    boolean copy;
    boolean linkGroup;
    /** Where on the link layer the packet was seen, see {@link CopyFinder#placeOf}. */
    long linkPlace;

    boolean toMany;
    long payloadDigest = NO_DIGEST;

    /** Of a {@link Verdict#FRAGMENT}, whose addresses, tunnel and payload are filled in too. */
    int fragmentId;

    int fragmentProtocol;
    int fragmentOffset;
    boolean moreFragments;

    /** The borrowed buffer that {@link #optionsOffset()} and {@link #payloadOffset()} point into. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** What the segment was carried in, see {@link Tunnel}; 0 for nothing. */
    public long tunnel() {
        return tunnel;
    }

    /** Whether the capture holds this packet once more, if {@link CopyFinder} was asked. */
    public boolean isCopy() {
        return copy;
    }

    /** Explicit Congestion Notification of the innermost IP header: 0 to 3, where 3 is CE (RFC 3168 5). */
    public int ecn() {
        return trafficClass & 3;
    }

    /** Differentiated Services Code Point of the innermost IP header: 0 to 63 (RFC 2474 3). */
    public int dscp() {
        return trafficClass >> 2;
    }

    /** Time to Live, or Hop Limit, of the innermost IP header as it was captured: 0 to 255. */
    public int hopLimit() {
        return hopLimit;
    }

    /** 4 or 6, of the innermost IP header. */
    public int ipVersion() {
        return ipVersion;
    }

    /** The source address as in {@link IpAddress}. */
    public long sourceHigh() {
        return sourceHigh;
    }

    public long sourceLow() {
        return sourceLow;
    }

    public long destinationHigh() {
        return destinationHigh;
    }

    public long destinationLow() {
        return destinationLow;
    }

    public int sourcePort() {
        return sourcePort;
    }

    public int destinationPort() {
        return destinationPort;
    }

    /** SEG.SEQ. */
    public int segSeq() {
        return segSeq;
    }

    /** SEG.ACK; meaningless without the ACK flag. */
    public int segAck() {
        return segAck;
    }

    /** The control bits, see {@link TcpFlags}. */
    public int segFlags() {
        return segFlags;
    }

    public boolean hasFlag(final int flag) {
        return (segFlags & flag) != 0;
    }

    /** SEG.WND as it stands in the header, unscaled (0 to 65535). */
    public int segWnd() {
        return segWnd;
    }

    /** SEG.UP as it stands in the header; meaningless without the URG flag. */
    public int segUp() {
        return segUp;
    }

    /** SEG.LEN: payload plus one each for SYN and FIN (RFC 9293 3.3.1). */
    public int segLen() {
        return payloadLength + ((segFlags >> 1) & 1) + (segFlags & 1);
    }

    /**
     * Of a UDP datagram: whether it went to more than one host, as its IP address says (multicast, 255.255.255.255) or its
     * frame's (which also tells a subnet's broadcast). Of a segment it means nothing.
     */
    public boolean isToMany() {
        return toMany;
    }

    /** Where the TCP options begin in {@link #buffer()}. */
    public int optionsOffset() {
        return optionsOffset;
    }

    /** Bytes of TCP options that are really there (0 to 40). */
    public int optionsLength() {
        return optionsLength;
    }

    /** Where the payload begins in {@link #buffer()}. */
    public int payloadOffset() {
        return payloadOffset;
    }

    /** Payload bytes as the IP header claims them, but never more than the frame on the wire could hold. */
    public int payloadLength() {
        return payloadLength;
    }

    /** Payload bytes that {@link #buffer()} really holds; at most {@link #payloadLength()}. */
    public int payloadCaplen() {
        return payloadCaplen;
    }

    /** CRC-32C of the payload bytes that are there, if {@link #noteDigest} was told it, else {@link #NO_DIGEST}. */
    public long payloadDigest() {
        return payloadDigest;
    }

    /** For who looks at the payload while it is in the cache: what it is the digest of. Good until the view is filled again. */
    public void noteDigest(final long crc32c) {
        payloadDigest = crc32c;
    }

    /** Copies what is borrowed: options and payload; the view then is valid until it is filled again. */
    public void detach() {
        final byte[] own = new byte[optionsLength + payloadCaplen];
        buffer.get(optionsOffset, own, 0, optionsLength);
        buffer.get(payloadOffset, own, optionsLength, payloadCaplen);
        buffer = ByteBuffer.wrap(own);
        optionsOffset = 0;
        payloadOffset = optionsLength;
    }
}
