package io.tcpreplayj.replay;

import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentSink;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Segments leave here. A session whose segments find no room on the wire or under the limit, or whose answers nobody would hear,
 * waits for its {@link Turns turn}. On the agent's thread.
 */
final class Departures implements SegmentSink {
    private final Wire wire;
    private final FeedLease lease;
    private final Turns turns;
    private final SegmentWriter writer =
            new SegmentWriter(ThreadLocalRandom.current().nextInt());
    private int index;
    private long nowNs;

    Departures(final Wire wire, final FeedLease lease, final Turns turns) {
        this.wire = wire;
        this.lease = lease;
        this.turns = turns;
    }

    /** Sends what session {@code which} has to send, as much as may leave. */
    void serve(final int which, final ClientSession session, final long atNs) {
        index = which;
        nowNs = atNs;
        session.poll(this, nowNs);
    }

    @Override
    public boolean send(final ClientSession session, final SegmentOut segment) {
        if (!lease.held() || !turns.admits(index, nowNs)) {
            turns.waits(index);
            return false;
        }
        try {
            ByteBuffer frame = wire.frame();
            if (frame == null) {
                wire.flush();
                frame = wire.frame();
            }
            if (frame == null) {
                turns.waits(index);
                return false;
            }
            final int bytes = writer.write(segment, session.local(), session.target(), frame, wire.offset());
            wire.send(bytes);
            turns.spent(ByteLimit.packet(bytes), nowNs);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return true;
    }
}
