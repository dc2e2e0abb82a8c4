package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Frames by AF_PACKET, sent and received. */
final class PacketSocketIT extends FramesBetweenTwoHosts {
    private static final int SERVER_PORT = 8080;

    @Test
    void tenThousandFrames_allArriveInTheRing() throws IOException {
        final int count = 10_000;
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN))) {
            for (int i = 0; i < count; i++) {
                sender.add(segment(nextFrame(sender), i, 0));
            }
            assertThat(sender.flush()).isZero();
            assertThat(sender.sent()).isEqualTo(count);

            final BitSet seen = new BitSet(count);
            drain(ring, (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                assertThat(linktype).isEqualTo(Linktype.ETHERNET);
                assertThat(caplen).isEqualTo(origlen).isEqualTo(IP + 40);
                assertThat(Math.abs(timeNs / 1_000_000 - System.currentTimeMillis()))
                        .isLessThan(60_000);
                final int sequence = HandMadeSegment.read(buffer, offset + IP).sequence();
                assertThat(seen.get(sequence)).as("twice: " + sequence).isFalse();
                seen.set(sequence);
            });
            assertThat(seen.cardinality()).isEqualTo(count);
            assertThat(ring.drops()).isZero();
        }
    }

    @Test
    void fullRing_countsWhatItDropped() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN), 1 << 20)) {
            final int count = 10_000;
            for (int i = 0; i < count; i++) {
                sender.add(segment(nextFrame(sender), i, 0));
            }
            sender.flush();
            final int[] received = {0};
            drain(ring, (buffer, offset, caplen, origlen, timeNs, linktype) -> received[0]++);

            assertThat(ring.drops()).isPositive();
            assertThat(received[0] + ring.drops()).isEqualTo(count);
        }
    }

    @Test
    void longFrames_areCutToTheSnaplen() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(60))) {
            sender.add(segment(nextFrame(sender), 7, 1000));
            sender.flush();
            final int[] lengths = new int[2];
            assertThat(drain(ring, (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                        lengths[0] = caplen;
                        lengths[1] = origlen;
                    }))
                    .isEqualTo(1);
            assertThat(lengths).containsExactly(60, IP + 40 + 1000);
        }
    }

    @Test
    void filter_takesOnlyTheAnswersOfOneServer() throws IOException {
        final PacketFilter filter = PacketFilter.tcpFrom(IpAddress.of(server), SERVER_PORT, 20_000, 20_002, SNAPLEN);
        assertThat(portsThatPass(filter, server, client)).containsExactly(20_000, 20_001, 20_002);
    }

    @Test
    void filter_takesOnlyTheAnswersOfOneServer_overIpv6() throws IOException {
        final InetAddress server6 = IpAddress.parse("fd77::2").toInetAddress();
        final PacketFilter filter = PacketFilter.tcpFrom(IpAddress.of(server6), SERVER_PORT, 20_000, 20_002, SNAPLEN);
        assertThat(portsThatPass(filter, server6, IpAddress.parse("fd77::1").toInetAddress()))
                .containsExactly(20_000, 20_001, 20_002);
    }

    /** Sends what should pass among what differs in just one thing; returns the destination ports that came through. */
    private List<Integer> portsThatPass(final PacketFilter filter, final InetAddress from, final InetAddress to)
            throws IOException {
        final List<Integer> ports = new ArrayList<>();
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(filter)) {
            for (int port = 19_998; port < 20_005; port++) {
                send(sender, new HandMadeSegment(from, SERVER_PORT, to, port, 0, 0, 16, new byte[3]));
            }
            send(sender, new HandMadeSegment(from, SERVER_PORT + 1, to, 20_000, 0, 0, 16, new byte[0]));
            send(sender, new HandMadeSegment(to, SERVER_PORT, to, 20_000, 0, 0, 16, new byte[0]));
            notTcp(sender, new HandMadeSegment(from, SERVER_PORT, to, 20_000, 0, 0, 16, new byte[0]));
            if (from.getAddress().length == 4) {
                fragment(sender, new HandMadeSegment(from, SERVER_PORT, to, 20_000, 0, 0, 16, new byte[0]));
            }
            sender.flush();
            drain(
                    ring,
                    (buffer, offset, caplen, origlen, timeNs, linktype) ->
                            ports.add(HandMadeSegment.read(buffer, offset + IP).destinationPort()));
        }
        return ports;
    }

    @Test
    void frameLongerThanTheMtu_isDroppedAndTheRestLeaves() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN))) {
            here.exec("ip", "link", "set", "va", "mtu", "1300").orThrow();
            sender.add(segment(nextFrame(sender), 1, 1400));
            sender.add(segment(nextFrame(sender), 2, 10));

            assertThat(sender.flush()).isZero();

            assertThat(sender.sent()).isEqualTo(1);
            assertThat(sender.dropped()).isEqualTo(1);
            assertThat(sender.lastRefusal()).isEqualTo("EMSGSIZE");
            assertThat(drain(ring, IGNORE)).isEqualTo(1);
        }
    }

    @Test
    void linkDown_losesFrames_andLinkUpSendsAgain() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va)) {
            here.exec("ip", "link", "set", "va", "down").orThrow();
            sender.add(segment(nextFrame(sender), 1, 0));
            assertThat(sender.flush()).isZero();
            assertThat(sender.dropped()).isEqualTo(1);
            assertThat(sender.lastRefusal()).isEqualTo("ENETDOWN");

            // Down and up again between two sends: the stale ENETDOWN must cost no frame.
            here.exec("ip", "link", "set", "va", "up").orThrow();
            here.exec("ip", "link", "set", "va", "down").orThrow();
            here.exec("ip", "link", "set", "va", "up").orThrow();
            sender.add(segment(nextFrame(sender), 2, 0));
            assertThat(sender.flush()).isZero();
            assertThat(sender.sent()).isEqualTo(1);
            assertThat(sender.dropped()).isEqualTo(1);
        }
    }

    @Test
    void interfaceGone_isAnError() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va)) {
            here.exec("ip", "link", "del", "va").orThrow();
            sender.add(segment(nextFrame(sender), 1, 0));
            assertThatThrownBy(() -> {
                        sender.flush();
                        sender.add(segment(nextFrame(sender), 1, 0));
                        sender.flush();
                    })
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo("ENXIO"));
        }
    }

    @Test
    void fullQueue_keepsFramesUntilThereIsRoom() throws IOException {
        here.exec("tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "8mbit", "burst", "3k", "limit", "6k")
                .orThrow();
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN))) {
            for (int i = 0; i < 50; i++) {
                sender.add(segment(nextFrame(sender), i, 1000));
            }
            assertThat(sender.flush()).isPositive().isEqualTo(sender.queued());
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (sender.flush() > 0 && System.nanoTime() < deadlineNs) {
                Thread.onSpinWait();
            }
            assertThat(sender.sent()).isEqualTo(50);
            assertThat(sender.dropped()).isZero();
            assertThat(drainUntil(ring, 50)).isEqualTo(50);
        }
    }

    @Test
    void interfaceSetDown_leavesTheRingEmpty_untilItIsUpAgain() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN))) {
            there.exec("ip", "link", "set", "vb", "down").orThrow();
            for (int i = 0; i < 1_000; i++) {
                assertThat(ring.poll(IGNORE, 1)).isZero();
            }
            there.exec("ip", "link", "set", "vb", "up").orThrow();
            sender.add(segment(nextFrame(sender), 1, 0));
            sender.flush();
            assertThat(drainUntil(ring, 1)).isEqualTo(1);
        }
    }

    @Test
    void filter_takesWhatIcmpSaysOfLostPackets_andNothingElseOfIt() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN))) {
            for (int type = 0; type < 16; type++) {
                final ByteBuffer frame = nextFrame(sender);
                final int length = segment(frame, 1, 0);
                frame.put(IP + 9, (byte) 1);
                frame.put(IP + 20, (byte) type);
                sender.add(length);
            }
            sender.flush();
            final List<Integer> types = new ArrayList<>();
            drain(
                    ring,
                    (buffer, offset, caplen, origlen, timeNs, linktype) ->
                            types.add((int) buffer.get(offset + IP + 20)));
            assertThat(types).containsExactly(3, 11);
        }
    }

    @Test
    void ringOfAnInterfaceThatIsGone_leavesNothingMapped() throws IOException {
        here.exec("ip", "link", "del", "va").orThrow();
        final long before = mappedRings();

        assertThatThrownBy(() -> PacketRing.open(va, ours(SNAPLEN), SNAPLEN, RING_BYTES))
                .hasMessageContaining("bind: ENODEV (va)");
        assertThatThrownBy(() -> CaptureRing.open(
                        va, new CaptureRing.Settings(PacketFilter.everything(SNAPLEN), RING_BYTES, 1, false)))
                .hasMessageContaining("bind: ENODEV (va)");

        assertThat(mappedRings()).isEqualTo(before);
    }

    /** Sockets that this process has mapped (proc_pid_maps(5)). */
    private static long mappedRings() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(map -> map.contains("socket:[")).count();
        }
    }

    @Test
    void closedRing_isRefused() throws IOException {
        final PacketRing ring = ringThere(ours(SNAPLEN));
        ring.close();
        ring.close();
        assertThatThrownBy(() -> ring.poll(IGNORE, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(ring::drops).hasMessageContaining("EBADF");
    }

    @Test
    void loopback_showsEachPacketOnce() throws IOException {
        final Link lo = Link.byName("lo");
        assertThat(lo.loopback()).isTrue();
        final IpAddress localhost = IpAddress.parse("127.0.0.1");
        try (PacketRing ring = PacketRing.open(
                        lo, PacketFilter.tcpFrom(localhost, 9, 1, 65535, SNAPLEN), SNAPLEN, RING_BYTES);
                RawSocket raw = RawSocket.open(localhost, 1500)) {
            final InetAddress address = localhost.toInetAddress();
            // A RST to a port without a connection is silently taken.
            final HandMadeSegment reset = new HandMadeSegment(address, 9, address, 10, 5, 0, 4, new byte[0]);
            raw.add(reset.write(Objects.requireNonNull(raw.frame()), 0));
            assertThat(raw.flush()).isZero();
            assertThat(drain(ring, IGNORE)).isEqualTo(1);
        }
    }

    @Test
    void sendAndPoll_doNotAllocate() throws IOException {
        try (PacketSocket sender = PacketSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN))) {
            for (final ByteBuffer frame : sender.frames()) {
                segment(frame, 1, 0);
            }
            final long bytes = new Allocation().during(1_000, () -> {
                for (int i = 0; i < 10; i++) {
                    sender.frame();
                    sender.add(IP + 40);
                }
                sender.flush();
                ring.poll(IGNORE, 64);
            });
            assertThat(bytes).as("bytes per 10,000 frames").isLessThan(10_000 / 20);
        }
    }

    @Test
    void route_namesInterfaceSourceAndNextHop() throws IOException {
        here.exec("ip", "route", "add", "10.99.0.0/16", "via", "10.77.0.2", "mtu", "1400")
                .orThrow();

        final Routes.Route direct = Routes.to(IpAddress.of(server));
        assertThat(direct.local()).isFalse();
        assertThat(direct.link()).isEqualTo(va);
        assertThat(direct.source()).isEqualTo(IpAddress.of(client));
        assertThat(direct.nextHop()).isEqualTo(IpAddress.of(server));
        assertThat(direct.mtu()).isEqualTo(1500);

        final Routes.Route far = Routes.to(IpAddress.parse("10.99.1.1"));
        assertThat(far.nextHop()).isEqualTo(IpAddress.of(server));
        assertThat(far.mtu()).isEqualTo(1400);

        assertThat(Routes.to(IpAddress.parse("127.0.0.1")).local()).isTrue();
        assertThat(Routes.to(IpAddress.of(client)).local()).isTrue();
        assertThat(Routes.to(IpAddress.parse("fd77::1")).local()).isTrue();
        assertThat(Routes.to(IpAddress.parse("fd77::2")).source()).hasToString("fd77::1");
        assertThatThrownBy(() -> Routes.to(IpAddress.parse("192.0.2.1"))).hasMessageContaining("ENETUNREACH");
    }

    @Test
    void neighbour_isFoundByTheKernel() throws IOException {
        for (final String nextHop : List.of("10.77.0.2", "fd77::2")) {
            try (Neighbour neighbour = new Neighbour(va, IpAddress.parse(nextHop))) {
                assertThat(neighbour.resolve(5_000_000_000L)).isEqualTo(vb.mac());
                assertThat(neighbour.refresh()).isEqualTo(vb.mac());
            }
        }
        assertThat(vb.mac()).isEqualTo(macInText());
    }

    @Test
    void absentNeighbour_isUnreachable() throws IOException {
        try (Neighbour nobody = new Neighbour(va, IpAddress.parse("10.77.0.99"))) {
            assertThatThrownBy(() -> nobody.resolve(50_000_000L)).hasMessageContaining("EHOSTUNREACH");
        }
    }

    private static final PacketHandler IGNORE = (buffer, offset, caplen, origlen, timeNs, linktype) -> {};

    private long macInText() {
        final String text = there.exec("cat", "/sys/class/net/vb/address")
                .orThrow()
                .stdout()
                .strip();
        return Long.parseLong(text.replace(":", "").toLowerCase(Locale.ROOT), 16);
    }

    private PacketRing ringThere(final PacketFilter filter) throws IOException {
        return ringThere(filter, RING_BYTES);
    }

    private static int drain(final PacketRing ring, final PacketHandler handler) throws IOException {
        int count = 0;
        int more = 1;
        while (more > 0) {
            more = ring.poll(handler, 256);
            count += more;
        }
        return count;
    }

    private static int drainUntil(final PacketRing ring, final int expected) throws IOException {
        final Poller poller = new Poller(ring.fd());
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        int count = 0;
        while (count < expected && System.nanoTime() < deadlineNs) {
            poller.await(deadlineNs - System.nanoTime());
            count += ring.poll(IGNORE, 256);
        }
        return count;
    }

    private ByteBuffer nextFrame(final PacketSocket sender) throws IOException {
        final ByteBuffer frame = sender.frame();
        if (frame != null) {
            return frame;
        }
        sender.flush();
        return Objects.requireNonNull(sender.frame());
    }

    private void send(final PacketSocket sender, final HandMadeSegment segment) throws IOException {
        sender.add(fill(nextFrame(sender), segment));
    }

    private void notTcp(final PacketSocket sender, final HandMadeSegment segment) throws IOException {
        final ByteBuffer frame = nextFrame(sender);
        final int length = fill(frame, segment);
        frame.put(IP + (segment.source().getAddress().length == 4 ? 9 : 6), (byte) 17);
        sender.add(length);
    }

    private void fragment(final PacketSocket sender, final HandMadeSegment segment) throws IOException {
        final ByteBuffer frame = nextFrame(sender);
        final int length = fill(frame, segment);
        frame.putShort(IP + 6, (short) 3);
        sender.add(length);
    }
}
