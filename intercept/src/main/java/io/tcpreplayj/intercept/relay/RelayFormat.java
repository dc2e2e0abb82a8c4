package io.tcpreplayj.intercept.relay;

/** The numbers of what is relayed; {@code intercept/PROTOCOL.md} has the same, and {@code RelayTest} compares. */
final class RelayFormat {
    /** Bytes of a batch at most, which is the payload of one frame. */
    static final int MAX_BATCH_BYTES = 262_144;

    /** Bytes before the packets of a batch: number and count. */
    static final int BATCH_HEADER = 12;

    /** Bytes before each packet: captureTimeNs, caplen, origlen, linktype. */
    static final int PACKET_HEADER = 20;

    /** What is kept of a packet at most, bytes: so that one always fits a batch. */
    static final int MAX_CAPLEN = MAX_BATCH_BYTES - BATCH_HEADER - PACKET_HEADER;

    /** Of a packet's linktype: its flow was given up with it. No link type has so high a number. */
    static final int CUT = 1 << 31;

    private RelayFormat() {}
}
