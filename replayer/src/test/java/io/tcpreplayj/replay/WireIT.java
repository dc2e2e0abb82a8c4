package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.intercept.KernelRules;
import io.tcpreplayj.intercept.PacketRingTap;
import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.intercept.TunTap;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.Neighbour;
import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.PacketChannel;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.PacketRing;
import io.tcpreplayj.linux.PacketSocket;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.linux.RawSocket;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.linux.TunDevice;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.testdata.HandMadeSegment;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way out, to a real server: a SYN is answered, and who resets the connection is known. */
final class WireIT {
    private static final int CLIENT_PORT = 20_001;
    private static final PortRange POOL = new PortRange(20_000, 20_100);
    private static final int SNAPLEN = 128;
    private static final long RING_BYTES = 1 << 20;
    private static final int SYN_ACK = HandMadeSegment.SYN | HandMadeSegment.ACK;
    private static final long PATIENCE_NS = 5_000_000_000L;

    private NearAndFar hosts;
    private Netns here;
    private Netns there;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip", "ethtool", "nft");
        hosts = NearAndFar.addressed();
        here = hosts.here();
        there = hosts.there();
        NetworkNamespace.enter(here.name());
    }

    @AfterEach
    void remove() throws IOException {
        NetworkNamespace.leave();
        if (hosts != null) {
            hosts.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"packet", "xdp", "raw"})
    void anMtuThatFallsAndRises_isTakenUp_andNeverMoreThanAtFirst(final String transport) throws IOException {
        final IpAddress address = IpAddress.parse("10.77.0.2");
        final Routes.Route route = Routes.to(address);
        try (Wire wire = wire(transport, route, address)) {
            for (final int mtu : new int[] {1280, 1400, 9000}) {
                here.exec("ip", "link", "set", route.link().name(), "mtu", String.valueOf(mtu))
                        .orThrow();
                wire.lookAtLink();
                assertThat(wire.mtu()).isEqualTo(Math.min(mtu, 1500));
            }
            here.exec("ip", "link", "delete", route.link().name()).orThrow();
            wire.lookAtLink();
            assertThat(wire.mtu()).isEqualTo(1500);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "packet, 10.77.0.2",
        "packet, fd77::2",
        "xdp, 10.77.0.2",
        "xdp, fd77::2",
        "raw, 10.77.0.2",
        "raw, fd77::2"
    })
    void withRules_theAnswerIsSeenAndNotReset(final String transport, final String target) throws IOException {
        final IpAddress address = IpAddress.parse(target);
        final Routes.Route route = Routes.to(address);
        try (ServerSocket server = serverThere(address);
                Wire wire = wire(transport, route, address);
                ResponseTap tap = tap(route, address, server.getLocalPort());
                ResponseTap resets = resetsSeenThere(route, server.getLocalPort());
                KernelRules rules = rules(address, server.getLocalPort(), route.source())) {
            assertThat(wire.name()).isEqualTo(transport);
            sendSyn(wire, route.source(), new Endpoint(address, server.getLocalPort()));

            final HandMadeSegment answer = first(tap);

            assertThat(answer.flags()).isEqualTo(SYN_ACK);
            assertThat(answer.acknowledgment()).isEqualTo(1001);
            assertThat(wire.sentPackets()).isEqualTo(1);
            // Once the rule has swallowed the answer, nothing is left that could be reset.
            awaitDrop(rules);
            assertThat(flagsSeen(resets, HandMadeSegment.RST)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"packet, 10.77.0.2", "packet, fd77::2"})
    void withoutRules_theKernelResets(final String transport, final String target) throws IOException {
        final IpAddress address = IpAddress.parse(target);
        final Routes.Route route = Routes.to(address);
        try (ServerSocket server = serverThere(address);
                Wire wire = wire(transport, route, address);
                ResponseTap tap = tap(route, address, server.getLocalPort());
                ResponseTap resets = resetsSeenThere(route, server.getLocalPort())) {
            sendSyn(wire, route.source(), new Endpoint(address, server.getLocalPort()));
            assertThat(first(tap).flags()).isEqualTo(SYN_ACK);

            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            int seen = 0;
            while (seen == 0 && System.nanoTime() < deadlineNs) {
                seen = flagsSeen(resets, HandMadeSegment.RST);
            }
            assertThat(seen).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1", "::1"})
    void rawToLoopback_withRules_isAnswered(final String target) throws IOException {
        final IpAddress address = IpAddress.parse(target);
        final Routes.Route route = Routes.to(address);
        assertThat(route.local()).isTrue();
        try (ServerSocket server = new ServerSocket(0, 8, address.toInetAddress());
                Wire wire = wire("raw", route, address);
                ResponseTap tap = tap(route, address, server.getLocalPort());
                KernelRules rules = rules(address, server.getLocalPort(), address)) {
            sendSyn(wire, address, new Endpoint(address, server.getLocalPort()));
            assertThat(first(tap).flags()).isEqualTo(SYN_ACK);
            awaitDrop(rules);
        }
    }

    @Test
    void tunToLoopback_isAnsweredWithoutRules() throws IOException {
        final IpAddress localhost = IpAddress.parse("127.0.0.1");
        try (TunDevice tun = TunDevice.open(1500);
                ServerSocket server = new ServerSocket(0, 8, localhost.toInetAddress());
                Wire wire =
                        new TunWire(tun.packets(), tun.mtu(), List.of(new Endpoint(localhost, server.getLocalPort())));
                ResponseTap tap = new TunTap(tun.packets(), tun::drops)) {
            tun.addAddress(IpAddress.parse("198.18.0.1"), 20);
            sendSyn(wire, IpAddress.parse("198.18.0.2"), new Endpoint(localhost, server.getLocalPort()));
            assertThat(first(tap).flags()).isEqualTo(SYN_ACK);
            assertThat(tap.drops()).isZero();
            assertThat(wire.sentPackets()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"packet", "xdp", "raw"})
    void anotherDestination_isRefused(final String transport) throws IOException {
        final IpAddress target = IpAddress.parse("10.77.0.2");
        try (ServerSocket neighbour = serverThere(target);
                Wire wire = wire(transport, Routes.to(target), target)) {
            assertThat(neighbour.isBound()).isTrue();
            assertRefused(wire, "10.77.0.1", "10.77.0.3");
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.1, 10.77.0.3", "fd77::1, fd77::3"})
    void anotherDestination_isRefusedByTunToo(final String client, final String other) throws IOException {
        final List<Endpoint> targets = Stream.of("10.77.0.2", "fd77::2")
                .map(text -> new Endpoint(IpAddress.parse(text), 1))
                .toList();
        try (PacketChannel.Pair pair = PacketChannel.Pair.open();
                Wire wire = new TunWire(pair.near(), 1500, targets)) {
            assertRefused(wire, client, other);
            assertThat(wire.sentPackets()).isZero();
        }
    }

    private static void assertRefused(final Wire wire, final String client, final String other) {
        final HandMadeSegment stray = HandMadeSegment.syn(
                IpAddress.parse(client).toInetAddress(),
                1,
                IpAddress.parse(other).toInetAddress(),
                1);
        final ByteBuffer frame = wire.frame();
        assertThat(frame).isNotNull();
        final int length = stray.write(frame, wire.offset());
        assertThatThrownBy(() -> wire.send(length)).isInstanceOf(IllegalArgumentException.class);
    }

    private ServerSocket serverThere(final IpAddress address) throws IOException {
        NetworkNamespace.enter(there.name());
        try {
            return new ServerSocket(0, 8, address.toInetAddress());
        } finally {
            NetworkNamespace.enter(here.name());
        }
    }

    private ResponseTap resetsSeenThere(final Routes.Route route, final int serverPort) throws IOException {
        NetworkNamespace.enter(there.name());
        try {
            final PacketFilter fromClient =
                    PacketFilter.tcpFrom(route.source(), CLIENT_PORT, serverPort, serverPort, SNAPLEN);
            return new PacketRingTap(PacketRing.open(Link.byName("vb"), fromClient, SNAPLEN, RING_BYTES));
        } finally {
            NetworkNamespace.enter(here.name());
        }
    }

    private static Wire wire(final String transport, final Routes.Route route, final IpAddress target)
            throws IOException {
        if (transport.equals("raw")) {
            return new RawWire(RawSocket.open(target, route.mtu()), route);
        }
        try (Neighbour neighbour = new Neighbour(route.link(), route.nextHop())) {
            final long mac = neighbour.resolve(PATIENCE_NS);
            return transport.equals("xdp") ? PacketWire.xdp(target, route, mac) : PacketWire.packet(target, route, mac);
        }
    }

    private static ResponseTap tap(final Routes.Route route, final IpAddress target, final int port)
            throws IOException {
        final PacketFilter answers = PacketFilter.tcpFrom(target, port, POOL.first(), POOL.last(), SNAPLEN);
        return new PacketRingTap(PacketRing.open(route.link(), answers, SNAPLEN, RING_BYTES));
    }

    private static KernelRules rules(final IpAddress target, final int port, final IpAddress client)
            throws IOException {
        return KernelRules.drop(List.of(new KernelRules.Answers(new Endpoint(target, port), client, POOL)));
    }

    private static void sendSyn(final Wire wire, final IpAddress from, final Endpoint to) throws IOException {
        final ByteBuffer frame = wire.frame();
        assertThat(frame).isNotNull();
        final HandMadeSegment syn = HandMadeSegment.syn(
                from.toInetAddress(), CLIENT_PORT, to.address().toInetAddress(), to.port());
        wire.send(syn.write(frame, wire.offset()));
        wire.flush();
        assertThat(wire.droppedPackets()).isZero();
    }

    private static void awaitDrop(final KernelRules rules) throws IOException {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (rules.droppedPackets() == 0 && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertThat(rules.droppedPackets()).isPositive();
    }

    private static HandMadeSegment first(final ResponseTap tap) throws IOException {
        final HandMadeSegment[] first = new HandMadeSegment[1];
        final Poller poller = new Poller(tap.fd());
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (first[0] == null && System.nanoTime() < deadlineNs) {
            poller.await(deadlineNs - System.nanoTime());
            tap.poll(
                    (buffer, offset, caplen, origlen, timeNs, linktype) ->
                            first[0] = HandMadeSegment.read(buffer, ip(offset, linktype)),
                    1);
        }
        assertThat(first[0]).as("an answer").isNotNull();
        return first[0];
    }

    private static int flagsSeen(final ResponseTap tap, final int flag) throws IOException {
        final int[] seen = {0};
        tap.poll(
                (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                    if ((HandMadeSegment.read(buffer, ip(offset, linktype)).flags() & flag) != 0) {
                        seen[0]++;
                    }
                },
                64);
        return seen[0];
    }

    private static int ip(final int offset, final int linktype) {
        return linktype == Linktype.ETHERNET ? offset + PacketSocket.ETHERNET_HEADER : offset;
    }
}
