package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Encapsulated.FRAME;
import static io.tcpreplayj.packet.Encapsulated.IPV4;
import static io.tcpreplayj.packet.Encapsulated.IPV6;
import static io.tcpreplayj.packet.Encapsulated.SEGMENT;
import static io.tcpreplayj.packet.Frames.PAYLOAD;
import static io.tcpreplayj.packet.Frames.ethernet;
import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.ipv6;
import static io.tcpreplayj.packet.Frames.join;
import static io.tcpreplayj.packet.Frames.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One segment in every link layer and tunnel: whole, cut anywhere, and with headers that lie. */
final class EncapsulationTest {
    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final PacketView view = new PacketView();

    /** The buffer ends where the packet does: one byte too far is an exception. */
    private Verdict decode(final int linktype, final byte[] packet) {
        return decode(linktype, packet, packet.length);
    }

    private Verdict decode(final int linktype, final byte[] packet, final int caplen) {
        return decoder.decode(ByteBuffer.wrap(Arrays.copyOf(packet, caplen)), 0, caplen, packet.length, linktype, view);
    }

    private void assertWholeSegment() {
        final byte[] payload = new byte[view.payloadCaplen()];
        view.buffer().get(view.payloadOffset(), payload);
        assertThat(payload).isEqualTo(PAYLOAD);
        assertThat(view.payloadLength()).isEqualTo(PAYLOAD.length);
        assertThat(view.sourcePort()).isEqualTo(40000);
        assertThat(view.destinationPort()).isEqualTo(80);
        assertThat(view.optionsLength()).isEqualTo(8);
    }

    static List<Encapsulated> all() {
        return Stream.concat(Encapsulated.links().stream(), Encapsulated.tunnels().stream())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    void segmentIsFound_andItsTunnelIsNoted(final Encapsulated encapsulated) {
        assertThat(decode(encapsulated.linktype, encapsulated.packet)).isEqualTo(Verdict.TCP);

        assertWholeSegment();
        assertThat(Tunnel.text(view.tunnel())).isEqualTo(encapsulated.tunnel);
    }

    /** Padding to Ethernet's least length, a frame check sequence: what is behind the inner packet is none of it. */
    @ParameterizedTest
    @MethodSource("all")
    void bytesBehindThePacketAreNotPayload(final Encapsulated encapsulated) {
        assertThat(decode(encapsulated.linktype, join(encapsulated.packet, new byte[9])))
                .isEqualTo(Verdict.TCP);

        assertWholeSegment();
    }

    @ParameterizedTest
    @MethodSource("all")
    void cutAnywhere_itIsASegmentOrCounted(final Encapsulated encapsulated) {
        final int headers = encapsulated.packet.length - PAYLOAD.length;
        for (int caplen = 0; caplen < encapsulated.packet.length; caplen++) {
            final Verdict verdict = decode(encapsulated.linktype, encapsulated.packet, caplen);
            // Behind the fixed TCP header only options and payload are missing.
            if (caplen >= headers - 8) {
                assertThat(verdict).as("cut at %d", caplen).isEqualTo(Verdict.TCP);
                assertThat(view.payloadCaplen()).isEqualTo(Math.max(0, caplen - headers));
                assertThat(view.payloadLength()).isEqualTo(PAYLOAD.length);
            } else {
                assertThat(verdict).as("cut at %d", caplen).isNotEqualTo(Verdict.TCP);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyByteChangedToEveryValue_hasAVerdict(final Encapsulated encapsulated) {
        final byte[] packet = encapsulated.packet.clone();
        for (int at = 0; at < packet.length - PAYLOAD.length; at++) {
            final byte right = packet[at];
            for (int value = 0; value < 256; value++) {
                packet[at] = (byte) value;
                if (decode(encapsulated.linktype, packet) == Verdict.TCP) {
                    assertThat(view.payloadOffset() + view.payloadCaplen()).isLessThanOrEqualTo(packet.length);
                }
            }
            packet[at] = right;
        }
    }

    @Test
    void randomBytes_haveAVerdict() {
        final SplittableRandom random = new SplittableRandom(0x5eed_0002L);
        final int[] linktypes =
                all().stream().mapToInt(one -> one.linktype).distinct().toArray();
        for (int i = 0; i < 300_000; i++) {
            final byte[] packet = new byte[random.nextInt(120)];
            random.nextBytes(packet);
            assertThat(decode(linktypes[random.nextInt(linktypes.length)], packet))
                    .isNotNull();
        }
    }

    /** What answers a replay comes to a host, which opens what is addressed to it; the decoder does not do it again. */
    @Test
    void decoderOfLiveTraffic_opensNoTunnel() {
        for (final Encapsulated encapsulated : Encapsulated.tunnels()) {
            final byte[] packet = encapsulated.packet;
            final Verdict verdict = new PacketDecoder()
                    .decode(ByteBuffer.wrap(packet), 0, packet.length, packet.length, encapsulated.linktype, view);
            assertThat(verdict).as(encapsulated.name).isIn(Verdict.NOT_TCP, Verdict.NOT_IP);
        }
    }

    @Test
    void eightTunnelsAreOpened_theNinthIsNot() {
        byte[] packet = IPV4;
        for (int layers = 1; layers <= 8; layers++) {
            packet = ipv4(4, packet);
            assertThat(decode(Linktype.RAW, packet)).isEqualTo(Verdict.TCP);
            assertThat(Tunnel.layers(view.tunnel())).isEqualTo(layers);
        }
        assertThat(decode(Linktype.RAW, ipv4(4, packet))).isEqualTo(Verdict.NOT_TCP);
        assertThat(decode(Linktype.ETHERNET, ethernet("8847 000101ff", packet))).isEqualTo(Verdict.NOT_TCP);
    }

    @Test
    void labelStackWithoutBottom_isNoPacket() {
        assertThat(decode(Linktype.ETHERNET, ethernet("8847", new byte[64]))).isEqualTo(Verdict.MALFORMED_LINK);
        assertThat(decode(Linktype.ETHERNET, ethernet("8847", new byte[68]))).isEqualTo(Verdict.NOT_IP);
    }

    @Test
    void encryptedAndAggregatedFramesOfIeee80211_areCountedApart() {
        final String stations = "020000000001 020000000002 020000000003";

        assertThat(decode(105, join(hex("0841 0000" + stations + "1000"), FRAME)))
                .isEqualTo(Verdict.ENCRYPTED);
        assertThat(decode(105, join(hex("8801 0000" + stations + "1000 8000"), FRAME)))
                .as("A-MSDU")
                .isEqualTo(Verdict.NOT_WHOLE);
        assertThat(decode(105, join(hex("0805 0000" + stations + "1000"), FRAME)))
                .as("more fragments")
                .isEqualTo(Verdict.NOT_WHOLE);
        assertThat(decode(105, join(hex("0801 0000" + stations + "1100"), FRAME)))
                .as("second fragment")
                .isEqualTo(Verdict.NOT_WHOLE);
        assertThat(decode(105, join(hex("8000 0000" + stations + "1000"), FRAME)))
                .as("beacon")
                .isEqualTo(Verdict.NOT_IP);
        assertThat(decode(105, hex("4801 0000" + stations + "1000")))
                .as("no data")
                .isEqualTo(Verdict.NOT_IP);
        assertThat(decode(105, hex("0801 0000"))).isEqualTo(Verdict.MALFORMED_LINK);
    }

    /** Each of these was seen on such a port by somebody: a port alone opens nothing. */
    @ParameterizedTest
    @CsvSource({
        "4789, 00000000 00002a00, VXLAN without a VNI",
        "4789, 08000001 00002a00, VXLAN with reserved bits",
        "4789, 0c000003 00002a00, VXLAN-GPE on VXLAN's port",
        "4790, 08000000 00002a00, VXLAN on VXLAN-GPE's port",
        "4790, 0c000004 00002a00, VXLAN-GPE with a service header",
        "4789, 08000000 00002a01, VXLAN with a reserved byte",
        "6081, 4000655800000100, Geneve version 1",
        "6081, 0001655800000100, Geneve with reserved bits",
        "6081, 0000655800000101, Geneve with a reserved byte",
        "6081, 3f00655800000100, Geneve with more options than bytes",
        "2152, 30fe005400000001, GTP end marker",
        "2152, 50ff005400000001, GTP version 2",
        "2152, 20ff005400000001, GTP prime",
        "2152, 38ff005400000001, GTP with the spare bit",
        "2152, 34ff00640000000100000085 00000000, GTP with an extension of length 0",
        "4754, 4000080000000000, GRE with routing",
        "4754, 00020800, GRE version 2",
        "4754, 00010800, PPTP without PPP",
        "3544, 00, Teredo without its addresses",
        "53, 0800000000002a00, another port"
    })
    void portAloneIsNotBelieved(final int port, final String header, final String what) {
        for (final byte[] inner : new byte[][] {FRAME, IPV4, IPV6}) {
            assertThat(decode(Linktype.RAW, ipv4(17, udp(50000, port, join(hex(header), inner)))))
                    .as(what)
                    .isEqualTo(Verdict.UDP);
        }
    }

    @Test
    void innerPacketThatDoesNotParse_leavesUdpWhatItWas() {
        final byte[] header = hex("08000000 00002a00");
        final byte[] liar = IPV4.clone();
        liar[0] = 0x41;

        assertThat(decode(Linktype.RAW, ipv4(17, udp(1, 4789, join(header, ethernet("0800", liar))))))
                .isEqualTo(Verdict.UDP);
        assertThat(view.destinationPort()).isEqualTo(4789);
        assertThat(view.tunnel()).isEqualTo(Tunnel.NONE);
        assertThat(decode(Linktype.RAW, ipv4(17, udp(1, 4789, join(header, ethernet("0806", IPV4))))))
                .isEqualTo(Verdict.NOT_TCP);
        assertThat(decode(Linktype.RAW, ipv4(17, udp(1, 4789, join(header, ethernet("0800", ipv4(17, SEGMENT)))))))
                .isEqualTo(Verdict.MALFORMED_UDP);
    }

    @Test
    void datagramInsideATunnel_isRead() {
        final byte[] query = ipv4(17, udp(40_000, 53, new byte[33]));
        assertThat(decode(
                        Linktype.RAW, ipv4(17, udp(1, 4789, join(hex("08000000 00002a00"), ethernet("0800", query))))))
                .isEqualTo(Verdict.UDP);
        assertThat(Tunnel.text(view.tunnel())).isEqualTo("vxlan 42");
        assertThat(view.sourcePort()).isEqualTo(40_000);
        assertThat(view.destinationPort()).isEqualTo(53);
        assertThat(view.payloadLength()).isEqualTo(33);
    }

    @Test
    void innerPacketEndsWithItsTunnel() {
        final byte[] greedy = ipv4(6, 65_535, 0x4000, new byte[0], SEGMENT);

        assertThat(decode(Linktype.ETHERNET, join(ethernet("0800", ipv4(4, greedy)), new byte[20])))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
        assertThat(decode(Linktype.ETHERNET, join(ethernet("86dd", ipv6(4, greedy)), new byte[20])))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
    }

    @Test
    void partsMakeATunnel_andComeBack() {
        for (final Tunnel.Kind kind : Tunnel.Kind.values()) {
            for (final long id : new long[] {-1, 0, 1, 0xffff_ffffL}) {
                if (kind != Tunnel.Kind.NONE) {
                    final long tunnel = Tunnel.of(kind, 3, id);
                    assertThat(Tunnel.kind(tunnel)).isEqualTo(kind);
                    assertThat(Tunnel.layers(tunnel)).isEqualTo(3);
                    assertThat(Tunnel.id(tunnel)).isEqualTo(id);
                }
            }
        }
        assertThat(Tunnel.kind(Tunnel.NONE)).isEqualTo(Tunnel.Kind.NONE);
        for (final long[] bad : new long[][] {{0, 0}, {9, 0}, {1, -2}, {1, 1L << 32}}) {
            assertThatThrownBy(() -> Tunnel.of(Tunnel.Kind.GRE, (int) bad[0], bad[1]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Tunnel.of(Tunnel.Kind.NONE, 1, -1)).isInstanceOf(IllegalArgumentException.class);
    }
}
