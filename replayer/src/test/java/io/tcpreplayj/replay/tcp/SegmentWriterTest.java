package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.TcpPacket;

/** What {@link SegmentWriter} writes, read by pcap4j. */
class SegmentWriterTest {
    private static final Endpoint CLIENT4 = new Endpoint(IpAddress.parse("198.18.0.1"), 40001);
    private static final Endpoint TARGET4 = new Endpoint(IpAddress.parse("127.0.0.1"), 80);
    private static final Endpoint CLIENT6 = new Endpoint(IpAddress.parse("fd00:1:2:3:4:5:6:7"), 65535);
    private static final Endpoint TARGET6 = new Endpoint(IpAddress.parse("2001:db8::80"), 443);

    private final SegmentWriter writer = new SegmentWriter(99);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(2000);

    private byte[] write(final SegmentOut segment, final Endpoint from, final Endpoint to) {
        final int length = writer.write(segment, from, to, buffer, 14);
        final byte[] packet = new byte[length];
        buffer.get(14, packet);
        return packet;
    }

    private static SegmentOut random(final Random random) {
        final byte[] options = new byte[4 * random.nextInt(11)];
        Arrays.fill(options, (byte) 1);
        final byte[] data = new byte[random.nextInt(1400)];
        random.nextBytes(data);
        final SegmentOut out = Packets.segment(
                random.nextInt(), random.nextInt(), random.nextInt(64), random.nextInt(65536), options, data);
        out.urgent = random.nextInt(65536);
        return out;
    }

    private static void check(final TcpPacket tcp, final SegmentOut out, final Endpoint from, final Endpoint to) {
        final TcpPacket.TcpHeader header = tcp.getHeader();
        assertThat(header.getSrcPort().valueAsInt()).isEqualTo(from.port());
        assertThat(header.getDstPort().valueAsInt()).isEqualTo(to.port());
        assertThat(header.getSequenceNumber()).isEqualTo(out.seq);
        assertThat(header.getAcknowledgmentNumber()).isEqualTo(out.ack);
        assertThat(header.getWindowAsInt()).isEqualTo(out.window);
        assertThat(header.getUrgentPointerAsInt()).isEqualTo(out.urgent);
        assertThat(header.getReserved()).isZero();
        assertThat(header.getDataOffsetAsInt()).isEqualTo(5 + out.optionsLength / 4);
        assertThat(header.getFin()).isEqualTo((out.flags & 1) != 0);
        assertThat(header.getSyn()).isEqualTo((out.flags & 2) != 0);
        assertThat(header.getRst()).isEqualTo((out.flags & 4) != 0);
        assertThat(header.getPsh()).isEqualTo((out.flags & 8) != 0);
        assertThat(header.getAck()).isEqualTo((out.flags & 16) != 0);
        assertThat(header.getUrg()).isEqualTo((out.flags & 32) != 0);
        assertThat(tcp.hasValidChecksum(
                        from.address().toInetAddress(), to.address().toInetAddress(), false))
                .isTrue();
        final byte[] payload =
                tcp.getPayload() == null ? new byte[0] : tcp.getPayload().getRawData();
        final byte[] wanted = new byte[out.payloadLength];
        out.payload.get(out.payloadOffset, wanted);
        assertThat(payload).isEqualTo(wanted);
    }

    @Test
    void tf08_ipv4_pcap4jReadsTheSame_andBothChecksumsHold() throws Exception {
        final Random random = new Random(4);
        for (int i = 0; i < 500; i++) {
            final SegmentOut out = random(random);
            final byte[] packet = write(out, CLIENT4, TARGET4);
            final IpV4Packet ip = IpV4Packet.newPacket(packet, 0, packet.length);
            assertThat(ip.getHeader().hasValidChecksum(false)).isTrue();
            assertThat(ip.getHeader().getTotalLengthAsInt()).isEqualTo(packet.length);
            assertThat(ip.getHeader().getDontFragmentFlag()).isTrue();
            assertThat(ip.getHeader().getTtlAsInt()).isEqualTo(64);
            assertThat(ip.getHeader().getIdentificationAsInt()).isEqualTo(i);
            assertThat(ip.getHeader().getSrcAddr()).isEqualTo(CLIENT4.address().toInetAddress());
            assertThat(ip.getHeader().getDstAddr()).isEqualTo(TARGET4.address().toInetAddress());
            check(ip.get(TcpPacket.class), out, CLIENT4, TARGET4);
        }
    }

    @Test
    void tf45_ipv6_pcap4jReadsTheSame_flowLabelIsStableAndNotZero() throws Exception {
        final Random random = new Random(6);
        int label = 0;
        for (int i = 0; i < 500; i++) {
            final SegmentOut out = random(random);
            final byte[] packet = write(out, CLIENT6, TARGET6);
            final IpV6Packet ip = IpV6Packet.newPacket(packet, 0, packet.length);
            assertThat(ip.getHeader().getPayloadLengthAsInt()).isEqualTo(packet.length - 40);
            assertThat(ip.getHeader().getHopLimitAsInt()).isEqualTo(64);
            assertThat(ip.getHeader().getSrcAddr()).isEqualTo(CLIENT6.address().toInetAddress());
            assertThat(ip.getHeader().getDstAddr()).isEqualTo(TARGET6.address().toInetAddress());
            final int now = ip.getHeader().getFlowLabel().value();
            assertThat(now).isNotZero();
            label = i == 0 ? now : label;
            assertThat(now).isEqualTo(label);
            check(ip.get(TcpPacket.class), out, CLIENT6, TARGET6);
        }
    }

    private int flowLabel(final SegmentWriter of, final Endpoint from, final Endpoint to) {
        of.write(Packets.segment(1, 0, 2, 1, new byte[0], new byte[0]), from, to, buffer, 0);
        return buffer.getInt(0) & 0xf_ffff;
    }

    /** RFC 6437 3: as if drawn at random for each connection, with all that makes one. */
    @Test
    void tf45_flowLabel_isAnotherForEachConnection() {
        final String[][] ends = {
            {"2001:db8::1", "2001:db8::80"},
            {"2001:db8::2", "2001:db8::80"},
            {"2001:db8:0:1::1", "2001:db8::80"},
            {"2001:db8::1", "2001:db8::81"},
            {"2001:db8::1", "2001:db8:0:1::80"},
        };
        final Set<Integer> labels = new HashSet<>();
        int count = 0;
        for (final String[] end : ends) {
            for (final int[] ports : new int[][] {{1, 80}, {2, 80}, {80, 1}, {80, 2}, {3, 81}}) {
                final Endpoint from = new Endpoint(IpAddress.parse(end[0]), ports[0]);
                labels.add(flowLabel(writer, from, new Endpoint(IpAddress.parse(end[1]), ports[1])));
                count++;
            }
        }
        assertThat(labels).hasSize(count);
        assertThat(flowLabel(new SegmentWriter(98), CLIENT6, TARGET6))
                .isNotEqualTo(flowLabel(writer, CLIENT6, TARGET6));
    }

    @Test
    void tf45_flowLabelsOfNeighbouringPorts_areEvenlySpread() {
        final int[] ones = new int[20];
        final Set<Integer> labels = new HashSet<>();
        final int connections = 2000;
        for (int port = 1; port <= connections; port++) {
            final int label = flowLabel(writer, new Endpoint(CLIENT6.address(), port), TARGET6);
            labels.add(label);
            for (int bit = 0; bit < ones.length; bit++) {
                ones[bit] += label >> bit & 1;
            }
        }
        // Four standard deviations of a fair coin, and as many twins as chance makes of a million labels.
        for (final int count : ones) {
            assertThat(count).isBetween(connections / 2 - 90, connections / 2 + 90);
        }
        assertThat(labels).hasSizeGreaterThan(connections - 12);
    }

    /** 10.0.0.1:1 to 10.0.0.2:2, SYN, seq 1, window 1: checksums added up by hand. */
    @Test
    void tf08_aSynByHand() {
        final Endpoint from = new Endpoint(IpAddress.parse("10.0.0.1"), 1);
        final Endpoint to = new Endpoint(IpAddress.parse("10.0.0.2"), 2);
        final byte[] packet = write(Packets.segment(1, 0, 2, 1, new byte[0], new byte[0]), from, to);
        // IP: 4500+0028+0000+4000+4006+0a00+0001+0a00+0002 = d931
        assertThat(ByteBuffer.wrap(packet).getShort(10) & 0xffff).isEqualTo(~0xd931 & 0xffff);
        // TCP: 0a00+0001+0a00+0002+0006+0014 + 0001+0002+0000+0001+5002+0001 = 6424
        assertThat(ByteBuffer.wrap(packet).getShort(36) & 0xffff).isEqualTo(~0x6424 & 0xffff);
    }
}
