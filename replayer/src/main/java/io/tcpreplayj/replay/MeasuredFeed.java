package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.LocalFeed;
import io.tcpreplayj.intercept.feed.ResponseFeed;
import io.tcpreplayj.intercept.feed.ResponseHandler;
import io.tcpreplayj.linux.WallClock;
import io.tcpreplayj.packet.IcmpError;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.replay.judge.FeedDelay;
import java.io.IOException;

/** A feed from intercepts: measures how long each segment was on its way. Allocates nothing for one. */
final class MeasuredFeed implements ResponseFeed {
    private static final ResponseHandler NOBODY = segment -> {};

    private final LocalFeed feed;
    private final WallClock clock = new WallClock();
    private final FeedDelay delay = new FeedDelay();
    private final ResponseHandler measure = new Measure();
    private ResponseHandler receiver = NOBODY;

    MeasuredFeed(final LocalFeed feed) {
        this.feed = feed;
    }

    @Override
    public int poll(final ResponseHandler handler, final int limit) throws IOException {
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
            delay.onSegment(feed.captureTimeNs(), clock.nowNs());
            receiver.onResponse(segment);
        }

        @Override
        public void onIcmpError(final IcmpError error) {
            receiver.onIcmpError(error);
        }
    }
}
