package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.packet.Cidr;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The answer to a {@link Hello} that is in order.
 *
 * @param nextBatch number of the first batch that will come; more than one above the replayer's last: batches are lost
 * @param swallows no answer leaves its target's host: real clients' addresses may be used
 * @param payloadBytes how much of each segment's payload will come
 * @param clients networks whose answers the replayer gets
 * @param mode how answers are seen and kept, for people: "egress on eth0, sink tj0"
 */
record Welcome(long nextBatch, boolean swallows, int payloadBytes, List<Cidr> clients, String mode) {
    void encode(final ByteBuffer out) {
        out.putLong(nextBatch).put((byte) (swallows ? 1 : 0)).putShort((short) payloadBytes);
        Fields.putNetworks(out, clients);
        Fields.putText(out, mode);
    }

    static Welcome decode(final ByteBuffer in) throws FeedException {
        final long nextBatch = in.getLong();
        final int swallows = in.get();
        if (nextBatch < 1 || swallows < 0 || swallows > 1) {
            throw new FeedException("welcome with batch " + nextBatch + " and flag " + swallows);
        }
        return new Welcome(
                nextBatch, swallows == 1, in.getShort() & 0xffff, Fields.getNetworks(in), Fields.getText(in));
    }
}
