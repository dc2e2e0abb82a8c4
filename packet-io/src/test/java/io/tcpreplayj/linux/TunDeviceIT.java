package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class TunDeviceIT {
    private static final long PATIENCE_NS = 5_000_000_000L;
    private static final long SYN_AGAIN_NS = 1_000_000_000L;

    @RegisterExtension
    final OwnNamespace namespace = new OwnNamespace("tun");

    private TunDevice tun;

    @BeforeEach
    void open() throws IOException {
        tun = TunDevice.open(TunDevice.MAX_MTU);
    }

    @AfterEach
    void close() throws IOException {
        if (tun != null) {
            tun.close();
        }
    }

    @Test
    void synToLoopback_isAnsweredToTheForeignClient() throws IOException {
        tun.addAddress(IpAddress.parse("198.18.0.1"), 15);

        assertThat(answerToSyn("198.18.0.5", "127.0.0.1").source())
                .isEqualTo(IpAddress.parse("127.0.0.1").toInetAddress());
    }

    @Test
    void synToAnotherLocalAddress_isAnswered() throws IOException {
        tun.addAddress(IpAddress.parse("198.18.0.1"), 15);

        answerToSyn("198.19.255.254", "198.18.0.1");
    }

    @Test
    void ipv6SynToLocalAddress_isAnswered() throws IOException {
        tun.addAddress(IpAddress.parse("fd7a:1:2:3::1"), 64);
        namespace
                .netns()
                .exec("ip", "addr", "add", "2001:db8::7/128", "dev", "lo")
                .orThrow();

        answerToSyn("fd7a:1:2:3::5", "fd7a:1:2:3::1");
        answerToSyn("fd7a:1:2:3::6", "2001:db8::7");
    }

    /**
     * The kernel takes its time to make the device's own address a local one (addrconf_dad_work), but the way to clients is there
     * at once: a replay's first SYN is not lost.
     */
    @Test
    void firstSynFromANewIpv6Network_isAnsweredAtOnce() throws IOException {
        namespace
                .netns()
                .exec("ip", "addr", "add", "2001:db8::7/128", "dev", "lo")
                .orThrow();
        for (int i = 0; i < 50; i++) {
            tun.close();
            tun = TunDevice.open(1500);
            tun.addAddress(IpAddress.parse("fd7a:1:2:" + i + "::1"), 64);

            answerToSyn("fd7a:1:2:" + i + "::5", "2001:db8::7");
        }
    }

    @Test
    void addressesInUse_areNotFree() throws IOException {
        final AddressPool first = AddressPool.findFree(100).orElseThrow();
        assertThat(first).hasToString("198.18.0.0/20");
        tun.addAddress(first.device(), first.prefixLength());

        final AddressPool second = AddressPool.findFree(100).orElseThrow();

        assertThat(second).hasToString("198.18.16.0/20");
        assertThat(AddressPool.findFree(100_000)).isEmpty();
        assertThat(second.client(0)).hasToString("198.18.16.2");
    }

    @Test
    void deviceAndRoute_vanishWithTheDescriptor() throws IOException {
        tun.addAddress(IpAddress.parse("198.18.0.1"), 15);
        assertThat(namespace.netns().exec("ip", "route").orThrow().stdout())
                .contains("198.18.0.0/15 dev " + tun.name());

        tun.close();

        assertThat(namespace.netns().exec("ip", "route").orThrow().stdout()).doesNotContain("198.18.0.0");
        assertThatThrownBy(() -> Link.byName(tun.name()))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo("ENODEV"));
    }

    @Test
    void twoDevices_haveTwoNames() throws IOException {
        try (TunDevice second = TunDevice.open(1500)) {
            assertThat(second.name()).isNotEqualTo(tun.name());
            assertThat(Link.byName(second.name()).mtu()).isEqualTo(1500);
        }
    }

    @Test
    void whatIsNoIpPacket_isRefusedByName() {
        tun.packets().frame().put(0, (byte) 0);
        assertThatThrownBy(() -> tun.packets().write(64)).isInstanceOfSatisfying(LinuxException.class, e -> {
            assertThat(e.call()).isEqualTo("write");
            assertThat(e.errno()).isEqualTo("EINVAL");
        });
    }

    @Test
    void idleDevice_saysNothingByItself() throws IOException {
        tun.addAddress(IpAddress.parse("198.18.0.1"), 15);
        tun.addAddress(IpAddress.parse("fd7a:1:2:3::1"), 64);
        try (ServerSocket server =
                new ServerSocket(0, 1, IpAddress.parse("198.18.0.1").toInetAddress())) {
            final List<HandMadeSegment> seen = exchange("198.18.0.5", "198.18.0.1", server.getLocalPort(), 1);
            assertThat(seen).as("packets before the answer").hasSize(1);
        }
    }

    @Test
    void writeAndRead_doNotAllocate() throws IOException {
        tun.addAddress(IpAddress.parse("198.18.0.1"), 15);
        final int length = synToClosedPort();
        final long[] answers = {0};
        final PacketHandler count = (buffer, offset, caplen, origlen, timeNs, linktype) -> answers[0]++;

        final long bytes = new Allocation().during(10_000, () -> {
            tun.packets().write(length);
            tun.packets().poll(count, 64);
        });

        assertThat(answers[0]).isGreaterThanOrEqualTo(10_000);
        assertThat(bytes).as("bytes per 10,000 packets each way").isLessThan(10_000 / 20);
    }

    @Test
    void slowReader_isToldWhatItLost() throws IOException {
        tun.addAddress(IpAddress.parse("198.18.0.1"), 15);
        final int length = synToClosedPort();
        final int count = 12_000;
        for (int i = 0; i < count; i++) {
            assertThat(tun.packets().write(length)).isTrue();
        }
        final PacketHandler ignore = (buffer, offset, caplen, origlen, timeNs, linktype) -> {};

        final int read = tun.packets().poll(ignore, count);

        assertThat(read).isEqualTo(10_000);
        assertThat(tun.drops()).isEqualTo(count - read);
    }

    @Test
    void interfaceOutOfOurHands_isNamed() throws IOException {
        tun.addAddress(IpAddress.parse("198.18.0.1"), 15);
        final int length = synToClosedPort();
        namespace.netns().exec("ip", "link", "set", tun.name(), "down").orThrow();
        assertThatThrownBy(() -> tun.packets().write(length)).hasMessageContaining("write: EIO (" + tun.name());

        namespace.netns().exec("ip", "link", "del", tun.name()).orThrow();
        final PacketHandler ignore = (buffer, offset, caplen, origlen, timeNs, linktype) -> {};
        assertThatThrownBy(() -> tun.packets().poll(ignore, 1)).hasMessageContaining("read: EBADFD");
    }

    @Test
    void closedDevice_isRefused() {
        tun.close();
        assertThatThrownBy(() -> tun.packets().write(40)).hasMessageContaining("EBADF");
    }

    /** Puts a SYN into the frame that the kernel answers at once with a RST; returns its length. */
    private int synToClosedPort() throws IOException {
        final InetAddress client = IpAddress.parse("198.18.0.5").toInetAddress();
        final InetAddress target = IpAddress.parse("198.18.0.1").toInetAddress();
        return HandMadeSegment.syn(client, 9, target, 9).write(tun.packets().frame(), 0);
    }

    private HandMadeSegment answerToSyn(final String client, final String target) throws IOException {
        try (ServerSocket server = listen(target)) {
            final HandMadeSegment answer =
                    exchange(client, target, server.getLocalPort(), 1).get(0);
            assertThat(answer.flags()).isEqualTo(HandMadeSegment.SYN | HandMadeSegment.ACK);
            assertThat(answer.acknowledgment()).isEqualTo(1001);
            assertThat(answer.destination()).isEqualTo(IpAddress.parse(client).toInetAddress());
            return answer;
        }
    }

    /** As soon as the kernel has made the address a local one, which for IPv6 it does later (addrconf_dad_work). */
    private static ServerSocket listen(final String target) throws IOException {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (true) {
            try {
                return new ServerSocket(0, 16, IpAddress.parse(target).toInetAddress());
            } catch (final BindException e) {
                if (System.nanoTime() > deadlineNs) {
                    throw e;
                }
                Thread.yield();
            }
        }
    }

    /**
     * Sends a SYN, again each second as clients do: of IPv6 an address can be listened at a moment before it is reached. Returns the
     * first {@code count} packets that come, all of which must be TCP.
     */
    private List<HandMadeSegment> exchange(final String client, final String target, final int port, final int count)
            throws IOException {
        final HandMadeSegment syn = HandMadeSegment.syn(
                IpAddress.parse(client).toInetAddress(),
                40_000,
                IpAddress.parse(target).toInetAddress(),
                port);
        final List<HandMadeSegment> seen = new ArrayList<>();
        final Poller poller = new Poller(tun.packets().fd());
        long synNs = System.nanoTime();
        final long deadlineNs = synNs + PATIENCE_NS;
        while (seen.size() < count && System.nanoTime() < deadlineNs) {
            if (seen.isEmpty() && System.nanoTime() >= synNs) {
                assertThat(tun.packets().write(syn.write(tun.packets().frame(), 0)))
                        .isTrue();
                synNs += SYN_AGAIN_NS;
            }
            final long untilNs = seen.isEmpty() ? Math.min(deadlineNs, synNs) : deadlineNs;
            poller.await(Math.max(0, untilNs - System.nanoTime()));
            tun.packets()
                    .poll(
                            (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                                assertThat(linktype).isEqualTo(Linktype.RAW);
                                assertThat(Math.abs(timeNs / 1_000_000 - System.currentTimeMillis()))
                                        .isLessThan(5_000);
                                assertThat(HandMadeSegment.isTcp(buffer, offset, caplen))
                                        .isTrue();
                                assertThat(HandMadeSegment.checksumsAreRight(buffer, offset))
                                        .isTrue();
                                seen.add(HandMadeSegment.read(buffer, offset));
                            },
                            16);
        }
        assertThat(seen).hasSizeGreaterThanOrEqualTo(count);
        return seen;
    }
}
