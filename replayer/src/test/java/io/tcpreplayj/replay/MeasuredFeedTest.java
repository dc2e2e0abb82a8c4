package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.intercept.feed.LocalFeed;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MeasuredFeedTest {
    private static final long MS = 1_000_000L;

    @Test
    void segments_areMeasuredFromWhereTheyWereSeen() throws IOException {
        final MeasuredFeed feed = new MeasuredFeed(new LocalFeed(new Elsewhere(5)));
        final List<Integer> sequences = new ArrayList<>();

        assertThat(feed.poll(segment -> sequences.add(segment.segSeq()), 64)).isEqualTo(1);

        assertThat(sequences).containsExactly(7);
        final ReplayResult.Percentiles delay = feed.delay();
        assertThat(delay.count()).isEqualTo(1);
        // Milliseconds are what the other clock tells, and three digits what is kept.
        assertThat(delay.p50()).isBetween(3 * MS, 10_000 * MS);
    }

    @Test
    void segmentFromTheFuture_countsAsQuick() throws IOException {
        final MeasuredFeed feed = new MeasuredFeed(new LocalFeed(new Elsewhere(-60_000)));

        feed.poll(segment -> {}, 64);

        assertThat(feed.delay().count()).isEqualTo(1);
        assertThat(feed.delay().max()).isZero();
    }

    /** One segment, seen so many milliseconds ago. */
    private record Elsewhere(long agoMs) implements ResponseTap {
        @Override
        public int poll(final PacketHandler handler, final int limit) throws IOException {
            final ByteBuffer packet = ByteBuffer.allocate(100);
            final HandMadeSegment segment = new HandMadeSegment(
                    IpAddress.parse("10.77.0.2").toInetAddress(),
                    8080,
                    IpAddress.parse("10.77.0.1").toInetAddress(),
                    9,
                    7,
                    0,
                    HandMadeSegment.ACK,
                    new byte[3]);
            final int length = segment.write(packet, 0);
            final long seenNs = (System.currentTimeMillis() - agoMs) * MS;
            handler.onPacket(packet, 0, length, length, seenNs, Linktype.RAW);
            return 1;
        }

        @Override
        public boolean checksumKnown() {
            return false;
        }

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public long drops() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
