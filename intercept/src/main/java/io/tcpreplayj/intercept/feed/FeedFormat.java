package io.tcpreplayj.intercept.feed;

/** The numbers of the feed protocol; {@code intercept/PROTOCOL.md} has the same, and {@code ProtocolDocTest} compares. */
public final class FeedFormat {
    /** "tJ". */
    static final int MAGIC = 0x744a;

    static final int VERSION = 1;

    /** Bytes of a frame's header. */
    public static final int HEADER = 20;

    static final int CRC_OFFSET = 16;

    /** The longest payload of a frame, bytes. */
    static final int MAX_PAYLOAD = 65_536;

    /** The longest payload of a peer that has not introduced itself. */
    public static final int MAX_HELLO = 4_096;

    /** Bytes before the packets of {@link FrameType#PACKETS}: batch number and count. */
    static final int BATCH_HEADER = 10;

    /** Bytes before each packet. */
    static final int PACKET_HEADER = 16;

    /** Packets in one batch at most, so that a reader's own batches have a bound. */
    static final int MAX_BATCH = 64;

    /** What is kept of a packet at most, bytes: so that one always fits a batch. */
    static final int MAX_CAPLEN = MAX_PAYLOAD - BATCH_HEADER - PACKET_HEADER;

    /** The flag of a packet whose TCP checksum needs no look. */
    static final int CHECKSUM_KNOWN = 1;

    public static final long HEARTBEAT_NS = 250_000_000L;

    /** Silence after which a replayer must send nothing new. */
    static final long LEASE_NS = 1_000_000_000L;

    private FeedFormat() {}
}
