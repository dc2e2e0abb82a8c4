package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

final class LocalFeedTest {
    private final FakeTap tap = new FakeTap();
    private final LocalFeed feed = new LocalFeed(tap);
    private final List<Integer> ports = new ArrayList<>();

    @Test
    void segmentsArePassedOn_andTheRestIsCounted() throws IOException {
        tap.add(segment(7001));
        tap.add(ByteBuffer.wrap(new byte[] {0x45, 0, 0}));
        final ByteBuffer udp = segment(7002);
        udp.put(9, (byte) 17);
        tap.add(udp);
        tap.add(segment(7003));

        assertThat(feed.poll(segment -> ports.add(segment.destinationPort()), 10))
                .isEqualTo(2);

        assertThat(ports).containsExactly(7001, 7003);
        assertThat(feed.count(Verdict.TCP)).isEqualTo(2);
        assertThat(feed.count(Verdict.MALFORMED_IP)).isEqualTo(1);
        assertThat(feed.count(Verdict.NOT_TCP)).isEqualTo(1);
    }

    @Test
    void damagedSegment_isDroppedAndCounted_whereNobodyElseLooked() throws IOException {
        final ByteBuffer damaged = segment(7001);
        damaged.put(25, (byte) (damaged.get(25) ^ 4));
        tap.add(damaged);
        tap.add(segment(7002));
        tap.checksumKnown = false;
        feed.poll(segment -> ports.add(segment.destinationPort()), 10);
        assertThat(ports).containsExactly(7002);
        assertThat(feed.drops()).isEqualTo(9 + 1);

        tap.checksumKnown = true;
        tap.add(damaged);
        feed.poll(segment -> ports.add(segment.destinationPort()), 10);
        assertThat(ports).containsExactly(7002, 7001);
    }

    @Test
    void limit_isKept() throws IOException {
        for (int port = 1; port <= 5; port++) {
            tap.add(segment(port));
        }
        assertThat(feed.poll(segment -> ports.add(segment.destinationPort()), 2))
                .isEqualTo(2);
        assertThat(feed.poll(segment -> ports.add(segment.destinationPort()), 10))
                .isEqualTo(3);
        assertThat(feed.poll(segment -> ports.add(segment.destinationPort()), 10))
                .isZero();
        assertThat(ports).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void descriptorDropsAndClose_areTheTaps() {
        assertThat(feed.fd()).isEqualTo(42);
        assertThat(feed.drops()).isEqualTo(9);
        feed.close();
        assertThat(tap.closed).isTrue();
    }

    private static ByteBuffer segment(final int destinationPort) {
        final InetAddress server = IpAddress.parse("127.0.0.1").toInetAddress();
        final InetAddress client = IpAddress.parse("198.18.0.2").toInetAddress();
        final ByteBuffer packet = ByteBuffer.allocate(40);
        new HandMadeSegment(server, 80, client, destinationPort, 1, 2, HandMadeSegment.ACK, new byte[0])
                .write(packet, 0);
        return packet;
    }

    private static final class FakeTap implements ResponseTap {
        private final Queue<ByteBuffer> packets = new ArrayDeque<>();
        private boolean closed;
        private boolean checksumKnown = true;

        @Override
        public boolean checksumKnown() {
            return checksumKnown;
        }

        void add(final ByteBuffer packet) {
            packets.add(packet);
        }

        @Override
        public int poll(final PacketHandler handler, final int limit) {
            int count = 0;
            while (count < limit && !packets.isEmpty()) {
                final ByteBuffer packet = packets.remove();
                handler.onPacket(packet, 0, packet.capacity(), packet.capacity(), 0, Linktype.RAW);
                count++;
            }
            return count;
        }

        @Override
        public int fd() {
            return 42;
        }

        @Override
        public long drops() {
            return 9;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
