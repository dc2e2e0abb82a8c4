package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Datagrams from "va" here to "vb" there, seen by raw sockets there. */
final class RawCaptureIT {
    private static final long PATIENCE_NS = 5_000_000_000L;
    private static final int PORT = 5353;
    private static final int TRAFFIC_CLASS = 0x28;
    private static final PacketFilter ALL = PacketFilter.everything(LiveCapture.SNAPLEN);

    private NearAndFar hosts;
    private Link vb;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip", "ethtool");
        hosts = NearAndFar.addressed();
        NetworkNamespace.enter(hosts.there().name());
        vb = Link.byName("vb");
    }

    @AfterEach
    void remove() throws IOException {
        NetworkNamespace.leave();
        if (hosts != null) {
            hosts.close();
        }
    }

    private record Seen(int linktype, int origlen, long captureTimeNs, byte[] bytes) {}

    private RawCapture open(final PacketFilter filter, final long queueBytes) throws IOException {
        NetworkNamespace.enter(hosts.there().name());
        try {
            return RawCapture.open(vb, filter, queueBytes);
        } finally {
            NetworkNamespace.enter(hosts.here().name());
        }
    }

    private static void send(final boolean v4, final int count, final int port) throws IOException {
        final StandardProtocolFamily family = v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        try (DatagramChannel channel = DatagramChannel.open(family)) {
            channel.setOption(StandardSocketOptions.IP_TOS, TRAFFIC_CLASS);
            for (int i = 0; i < count; i++) {
                final ByteBuffer data = ByteBuffer.allocate(500).putInt(0, i);
                channel.send(data, new InetSocketAddress(v4 ? "10.77.0.2" : "fd77::2", port));
            }
        }
    }

    private static List<Seen> poll(final RawCapture capture, final int wanted) throws IOException {
        final List<Seen> seen = new ArrayList<>();
        final Poller poller = new Poller(capture.fds());
        final long endNs = System.nanoTime() + PATIENCE_NS;
        while (seen.size() < wanted && System.nanoTime() < endNs) {
            final int count = capture.poll(
                    (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                        final byte[] bytes = new byte[caplen];
                        buffer.get(offset, bytes);
                        seen.add(new Seen(linktype, origlen, timeNs, bytes));
                    },
                    1000);
            if (count == 0) {
                poller.await(10_000_000);
            }
        }
        assertThat(seen).hasSize(wanted);
        return seen;
    }

    @Test
    void packetsOfBothVersions_beginWithTheirIpHeaders_inOrder() throws IOException {
        final long beginNs = new Clock().realtimeNs();
        try (RawCapture capture = open(ALL, 1 << 20)) {
            for (final boolean v4 : new boolean[] {true, false}) {
                send(v4, 200, PORT);
                final List<Seen> seen = poll(capture, 200);
                for (int i = 0; i < seen.size(); i++) {
                    final Seen packet = seen.get(i);
                    final ByteBuffer bytes = ByteBuffer.wrap(packet.bytes);
                    final int header = v4 ? 20 : 40;
                    assertThat(packet.linktype).isEqualTo(Linktype.RAW);
                    assertThat(packet.origlen).isEqualTo(packet.bytes.length).isEqualTo(header + 8 + 500);
                    assertThat(packet.captureTimeNs).isBetween(beginNs, new Clock().realtimeNs());
                    assertThat(bytes.getShort(header + 2)).isEqualTo((short) PORT);
                    assertThat(bytes.getInt(header + 8)).isEqualTo(i);
                    if (!v4) {
                        assertThat(bytes.getInt(0)).isEqualTo(6 << 28 | TRAFFIC_CLASS << 20);
                        assertThat(bytes.getShort(4)).isEqualTo((short) 508);
                        assertThat(bytes.get(6)).as("UDP").isEqualTo((byte) 17);
                        assertThat(bytes.get(7)).as("hop limit").isEqualTo((byte) 64);
                        assertThat(IpAddress.of(Arrays.copyOfRange(packet.bytes, 8, 24)))
                                .isEqualTo(IpAddress.parse("fd77::1"));
                        assertThat(IpAddress.of(Arrays.copyOfRange(packet.bytes, 24, 40)))
                                .isEqualTo(IpAddress.parse("fd77::2"));
                    }
                }
            }
            capture.count();
            assertThat(capture.seen()).isEqualTo(400);
            assertThat(capture.drops()).isZero();
        }
    }

    /** Of IPv6 the program runs where the header is out of sight. */
    @Test
    void filter_isOfTheIpHeader_inBothVersions_andMayChange() throws IOException {
        try (RawCapture capture = open(toPort(PORT), 1 << 20)) {
            for (final boolean v4 : new boolean[] {true, false}) {
                send(v4, 10, PORT + 1);
                send(v4, 10, PORT);
                assertThat(poll(capture, 10))
                        .allSatisfy(
                                seen -> assertThat(ByteBuffer.wrap(seen.bytes).getShort((v4 ? 20 : 40) + 2))
                                        .isEqualTo((short) PORT));
            }
            capture.filter(toPort(PORT + 1));
            send(true, 10, PORT);
            send(true, 5, PORT + 1);
            poll(capture, 5);
            capture.stop();
            send(true, 5, PORT + 1);
            assertThat(capture.poll((buffer, offset, caplen, origlen, timeNs, linktype) -> {}, 1))
                    .isZero();
        }
    }

    /** Packets without options or extension headers, of either version. */
    private static PacketFilter toPort(final int port) {
        // ldb [0]; and #0xf0; jeq #0x60, 0, 2; ldh [42]; ja 2; ldxb 4*([0]&0xf); ldh [x+2]; jeq #port, 0, 1; ret; ret
        final ByteBuffer program = ByteBuffer.allocate(80);
        instruction(program, 0x30, 0, 0, 0);
        instruction(program, 0x54, 0, 0, 0xf0);
        instruction(program, 0x15, 0, 2, 0x60);
        instruction(program, 0x28, 0, 0, 42);
        instruction(program, 0x05, 0, 0, 2);
        instruction(program, 0xb1, 0, 0, 0);
        instruction(program, 0x48, 0, 0, 2);
        instruction(program, 0x15, 0, 1, port);
        instruction(program, 0x06, 0, 0, -1);
        instruction(program, 0x06, 0, 0, 0);
        return PacketFilter.compiled(program.flip(), LiveCapture.SNAPLEN);
    }

    private static void instruction(
            final ByteBuffer program, final int code, final int ifTrue, final int ifFalse, final int operand) {
        program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(operand);
    }

    @Test
    void whatFindsNoRoom_isCounted_andTheRestIsThere() throws IOException {
        try (RawCapture capture = open(ALL, 1 << 18)) {
            send(true, 5000, PORT);
            capture.count();
            assertThat(capture.drops()).isBetween(1L, 4999L);
            assertThat(capture.queueBytes()).isEqualTo(1 << 18);
            poll(capture, (int) (5000 - capture.drops()));
            assertThat(capture.seen()).isEqualTo(5000);
            assertThat(capture.fill()).isZero();
        }
    }

    @Test
    void polling_allocatesNothing() throws IOException {
        try (RawCapture capture = open(ALL, 1 << 20)) {
            final long bytes = new Allocation()
                    .during(10_000, () -> capture.poll((buffer, offset, caplen, origlen, t, l) -> {}, 1));
            assertThat(bytes).isLessThan(10_000);
        }
    }
}
