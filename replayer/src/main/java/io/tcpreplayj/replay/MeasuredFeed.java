package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.LocalFeed;
import io.tcpreplayj.intercept.feed.ResponseFeed;
import io.tcpreplayj.intercept.feed.ResponseHandler;
import io.tcpreplayj.linux.Clock;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.packet.IcmpError;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.replay.judge.FeedDelay;
import java.io.IOException;

/** A feed from intercepts: measures how long each segment was on its way. Allocates nothing for one. */
final class MeasuredFeed implements ResponseFeed {
    /** So often the wall clock is looked at, which somebody may set; in between, time passes by the other. */
    private static final long LOOK_NS = 1_000_000_000L;

    private static final ResponseHandler NOBODY = segment -> {};

    private final LocalFeed feed;
    private final Clock clock = new Clock();
    private final FeedDelay delay = new FeedDelay();
    private final ResponseHandler measure = new Measure();
    private ResponseHandler receiver = NOBODY;
    private long wallMinusMonotonicNs;
    private long lookedNs;

    MeasuredFeed(final LocalFeed feed) throws LinuxException {
        this.feed = feed;
        look(System.nanoTime());
    }

    private void look(final long nowNs) throws LinuxException {
        lookedNs = nowNs;
        wallMinusMonotonicNs = clock.realtimeNs() - nowNs;
    }

    @Override
    public int poll(final ResponseHandler handler, final int limit) throws IOException {
        final long nowNs = System.nanoTime();
        if (nowNs - lookedNs > LOOK_NS) {
            look(nowNs);
        }
        receiver = handler;
        return feed.poll(measure, limit);
    }

    /** From where an intercept saw a segment to its session. */
    ReplayResult.Percentiles delay() {
        return delay.percentiles();
    }

    @Override
    public int fd() {
        return feed.fd();
    }

    @Override
    public long drops() {
        return feed.drops();
    }

    @Override
    public boolean isAlive() {
        return feed.isAlive();
    }

    @Override
    public String ended() {
        return feed.ended();
    }

    @Override
    public void close() {
        feed.close();
    }

    private final class Measure implements ResponseHandler {
        @Override
        public void onResponse(final PacketView segment) {
            delay.onSegment(feed.captureTimeNs(), System.nanoTime() + wallMinusMonotonicNs);
            receiver.onResponse(segment);
        }

        @Override
        public void onIcmpError(final IcmpError error) {
            receiver.onIcmpError(error);
        }
    }
}
