package io.tcpreplayj.intercept.feed;

import java.nio.ByteBuffer;

/**
 * A sign of life.
 *
 * @param lastBatch from the replayer: it has this batch and all before; from the intercept: the last one sent
 * @param dropped from the intercept: packets for this replayer, and of its tap, that were lost so far; else 0
 */
record Heartbeat(long lastBatch, long dropped) {
    void encode(final ByteBuffer out) {
        out.putLong(lastBatch).putLong(dropped);
    }

    static Heartbeat decode(final ByteBuffer in) throws FeedException {
        final Heartbeat heartbeat = new Heartbeat(in.getLong(), in.getLong());
        if (heartbeat.lastBatch < 0 || heartbeat.dropped < 0) {
            throw new FeedException("heartbeat " + heartbeat.lastBatch + ", " + heartbeat.dropped);
        }
        return heartbeat;
    }
}
