package io.tcpreplayj.replay.sim;

/**
 * One packet on its way; the summary is of the segment as it was sent.
 *
 * @param connection whose it is
 * @param bytes from the IP header on
 * @param seq SEG.SEQ
 * @param flags control bits
 * @param payload bytes of the segment's text
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Packet(Connection connection, byte[] bytes, int seq, int flags, int payload) {
    boolean has(final int flag) {
        return (flags & flag) != 0;
    }

    boolean pureAck() {
        return payload == 0 && flags == ServerTcp.ACK;
    }

    Packet with(final byte[] changed) {
        return new Packet(connection, changed, seq, flags, payload);
    }
}
