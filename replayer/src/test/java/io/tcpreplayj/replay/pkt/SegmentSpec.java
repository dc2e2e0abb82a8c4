package io.tcpreplayj.replay.pkt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One segment as a script writes it; numbers are relative to each side's SYN.
 *
 * @param flags control bits, see {@link io.tcpreplayj.packet.TcpFlags}
 * @param seq SEG.SEQ
 * @param length payload bytes
 * @param ack SEG.ACK; meaningless without the ACK bit
 * @param window the window field as on the wire, or -1 for any
 * @param urgent the urgent pointer field
 * @param options in their order, or null for any
 */
record SegmentSpec(
        int flags,
        Number seq,
        int length,
        long ack,
        int window,
        int urgent,
        @Nullable List<OptionSpec> options) {
    static final int ANY_WINDOW = -1;

    /**
     * A sequence number.
     *
     * @param value relative to the sender's SYN, unless absolute
     * @param absolute as on the wire: an answer to a segment without ACK has SEQ=0
     */
    record Number(long value, boolean absolute) {
        @Override
        public String toString() {
            return (absolute ? "=" : "") + value;
        }
    }
}
