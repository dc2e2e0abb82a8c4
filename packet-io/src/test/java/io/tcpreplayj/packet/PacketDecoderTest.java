package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Frames.PAYLOAD;
import static io.tcpreplayj.packet.Frames.ethernet;
import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.ipv6;
import static io.tcpreplayj.packet.Frames.join;
import static io.tcpreplayj.packet.Frames.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class PacketDecoderTest {
    /** Packets never begin at the buffer's first byte. */
    private static final int OFFSET = 13;

    private static final byte[] NO_OPTIONS = {};
    private static final byte[] SEGMENT = tcp(NO_OPTIONS, PAYLOAD);

    private final PacketView view = new PacketView();

    private Verdict decode(final int linktype, final byte[] packet) {
        return decode(linktype, packet, packet.length, packet.length);
    }

    private Verdict decode(final int linktype, final byte[] packet, final int caplen, final int origlen) {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(OFFSET + caplen);
        buffer.put(OFFSET, packet, 0, caplen);
        return new PacketDecoder().decode(buffer, OFFSET, caplen, origlen, linktype, view);
    }

    private void assertWholeSegment() {
        assertThat(view.payloadLength()).isEqualTo(PAYLOAD.length);
        assertThat(view.payloadCaplen()).isEqualTo(PAYLOAD.length);
        assertThat(capturedPayload()).isEqualTo(PAYLOAD);
        assertThat(view.sourcePort()).isEqualTo(40000);
    }

    private byte[] capturedPayload() {
        final byte[] payload = new byte[view.payloadCaplen()];
        view.buffer().get(view.payloadOffset(), payload);
        return payload;
    }

    @Test
    void everyFieldOfAnIpv4SegmentIsRead() {
        final byte[] options = hex("0204 05b4 0101 0402");

        assertThat(decode(Linktype.ETHERNET, ethernet("0800", ipv4(6, tcp(options, PAYLOAD)))))
                .isEqualTo(Verdict.TCP);

        assertWholeSegment();
        assertThat(view.ipVersion()).isEqualTo(4);
        assertThat(new IpAddress(view.sourceHigh(), view.sourceLow())).isEqualTo(IpAddress.parse("10.0.0.1"));
        assertThat(new IpAddress(view.destinationHigh(), view.destinationLow())).isEqualTo(IpAddress.parse("10.0.0.2"));
        assertThat(view.destinationPort()).isEqualTo(80);
        assertThat(view.segSeq()).isEqualTo(0x01020304);
        assertThat(view.segAck()).isEqualTo(0x05060708);
        assertThat(view.segFlags()).isEqualTo(TcpFlags.PSH | TcpFlags.ACK);
        assertThat(view.segWnd()).isEqualTo(501);
        assertThat(view.segUp()).isEqualTo(7);
        assertThat(view.segLen()).isEqualTo(PAYLOAD.length);
        assertThat(view.optionsOffset()).isEqualTo(OFFSET + 14 + 20 + 20);
        assertThat(view.optionsLength()).isEqualTo(8);
        assertThat(view.payloadOffset()).isEqualTo(OFFSET + 14 + 20 + 28);
    }

    @Test
    void everyFieldOfAnIpv6SegmentIsRead() {
        assertThat(decode(Linktype.ETHERNET, ethernet("86dd", ipv6(6, SEGMENT))))
                .isEqualTo(Verdict.TCP);

        assertWholeSegment();
        assertThat(view.ipVersion()).isEqualTo(6);
        assertThat(new IpAddress(view.sourceHigh(), view.sourceLow())).isEqualTo(IpAddress.parse("2001:db8::1"));
        assertThat(new IpAddress(view.destinationHigh(), view.destinationLow()))
                .isEqualTo(IpAddress.parse("2001:db8::2"));
    }

    @Test
    void vlanTagsOfEveryKindAreSteppedOver() {
        final byte[] packet = ipv4(6, SEGMENT);
        for (final String types : new String[] {
            "8100 0005 0800", "88a8 0005 8100 0006 0800", "9100 0001 9100 0002 88a8 0003 8100 0004 0800"
        }) {
            assertThat(decode(Linktype.ETHERNET, ethernet(types, packet)))
                    .as(types)
                    .isEqualTo(Verdict.TCP);
            assertWholeSegment();
        }
    }

    @Test
    void fiveVlanTagsAreNotIp() {
        final String types = "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800";

        assertThat(decode(Linktype.ETHERNET, ethernet(types, ipv4(6, SEGMENT)))).isEqualTo(Verdict.NOT_IP);
    }

    @Test
    void frameThatEndsInsideItsVlanTagIsMalformed() {
        assertThat(decode(Linktype.ETHERNET, ethernet("8100 0005 08", NO_OPTIONS)))
                .isEqualTo(Verdict.MALFORMED_LINK);
    }

    @Test
    void linuxCookedOfBothVersionsIsRead() {
        final byte[] v1 = hex("0000 0001 0006 020000000001 0000");
        final byte[] v2 = hex("0000 00000002 0001 00 06 020000000001 0000");

        assertThat(decode(Linktype.LINUX_SLL, join(v1, hex("0800"), ipv4(6, SEGMENT))))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
        assertThat(decode(Linktype.LINUX_SLL, join(v1, hex("8100 0005 86dd"), ipv6(6, SEGMENT))))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
        assertThat(decode(Linktype.LINUX_SLL2, join(hex("0800"), v2, ipv4(6, SEGMENT))))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
        assertThat(decode(Linktype.LINUX_SLL2, join(hex("8100"), v2, hex("0005 0800"), ipv4(6, SEGMENT))))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
        assertThat(decode(Linktype.LINUX_SLL, v1)).isEqualTo(Verdict.MALFORMED_LINK);
    }

    @Test
    void loopbackOfEveryByteOrderAndFamilyIsRead() {
        for (final String family : new String[] {"00000002", "02000000"}) {
            assertThat(decode(Linktype.NULL, join(hex(family), ipv4(6, SEGMENT))))
                    .isEqualTo(Verdict.TCP);
            assertThat(decode(Linktype.LOOP, join(hex(family), ipv4(6, SEGMENT))))
                    .isEqualTo(Verdict.TCP);
        }
        for (final String family : new String[] {"0a000000", "00000017", "18000000", "1c000000", "0000001e"}) {
            assertThat(decode(Linktype.NULL, join(hex(family), ipv6(6, SEGMENT))))
                    .isEqualTo(Verdict.TCP);
        }
        assertThat(decode(Linktype.NULL, join(hex("07000000"), ipv4(6, SEGMENT))))
                .isEqualTo(Verdict.NOT_IP);
        assertThat(decode(Linktype.NULL, hex("020000"))).isEqualTo(Verdict.MALFORMED_LINK);
    }

    @Test
    void rawIpIsReadUnderAllItsNumbers() {
        for (final int linktype : new int[] {Linktype.RAW, 12, 14}) {
            assertThat(decode(linktype, ipv4(6, SEGMENT))).isEqualTo(Verdict.TCP);
            assertThat(decode(linktype, ipv6(6, SEGMENT))).isEqualTo(Verdict.TCP);
            assertThat(decode(linktype, hex("50"))).isEqualTo(Verdict.NOT_IP);
            assertThat(decode(linktype, NO_OPTIONS)).isEqualTo(Verdict.MALFORMED_LINK);
        }
        assertThat(decode(Linktype.IPV4, ipv4(6, SEGMENT))).isEqualTo(Verdict.TCP);
        assertThat(decode(Linktype.IPV6, ipv6(6, SEGMENT))).isEqualTo(Verdict.TCP);
        assertThat(decode(Linktype.IPV4, ipv6(6, SEGMENT))).isEqualTo(Verdict.MALFORMED_IP);
        assertThat(decode(Linktype.IPV6, ipv4(6, SEGMENT))).isEqualTo(Verdict.MALFORMED_IP);
    }

    @Test
    void otherPacketsAreToldApart() {
        assertThat(decode(147, SEGMENT)).isEqualTo(Verdict.UNKNOWN_LINKTYPE);
        assertThat(decode(Linktype.ETHERNET, ethernet("0806", SEGMENT))).isEqualTo(Verdict.NOT_IP);
        assertThat(decode(Linktype.ETHERNET, hex("02000000"))).isEqualTo(Verdict.MALFORMED_LINK);
        assertThat(decode(Linktype.RAW, ipv4(17, SEGMENT))).isEqualTo(Verdict.NOT_TCP);
        assertThat(decode(Linktype.RAW, ipv6(59, NO_OPTIONS))).isEqualTo(Verdict.NOT_TCP);
    }

    @Test
    void segmentQuotedInIcmpIsNotASegment() {
        final byte[] quoted = join(hex("0301 0000 00000000"), ipv4(6, SEGMENT));

        assertThat(decode(Linktype.RAW, ipv4(1, quoted))).isEqualTo(Verdict.NOT_TCP);
        assertThat(decode(Linktype.RAW, ipv6(58, join(hex("0100 0000 00000000"), ipv6(6, SEGMENT)))))
                .isEqualTo(Verdict.NOT_TCP);
    }

    @Test
    void segmentInATunnelIsNotASegment() {
        assertThat(decode(Linktype.RAW, ipv4(4, ipv4(6, SEGMENT)))).isEqualTo(Verdict.NOT_TCP);
    }

    @Test
    void paddingOfAShortFrameIsNotPayload() {
        final byte[] padded = join(ethernet("0800", ipv4(6, tcp(NO_OPTIONS, NO_OPTIONS))), new byte[6]);

        assertThat(padded).hasSize(60);
        assertThat(decode(Linktype.ETHERNET, padded)).isEqualTo(Verdict.TCP);
        assertThat(view.payloadLength()).isZero();
        assertThat(view.payloadCaplen()).isZero();
    }

    @Test
    void zeroTotalLengthTakesTheLengthOfTheFrame() {
        final byte[] big = new byte[70_000];
        final byte[] packet = ethernet("0800", ipv4(6, 0, 0x4000, NO_OPTIONS, tcp(NO_OPTIONS, big)));

        assertThat(decode(Linktype.ETHERNET, packet)).isEqualTo(Verdict.TCP);
        assertThat(view.payloadLength()).isEqualTo(70_000);
        assertThat(decode(Linktype.ETHERNET, packet, 96, packet.length)).isEqualTo(Verdict.TCP);
        assertThat(view.payloadLength()).isEqualTo(70_000);
        assertThat(view.payloadCaplen()).isEqualTo(96 - 54);
    }

    @Test
    void zeroPayloadLengthOfIpv6TakesTheLengthOfTheFrame() {
        final byte[] big = new byte[70_000];
        final byte[] jumbo = join(hex("06 00 c2 04 00011184"), tcp(NO_OPTIONS, big));

        assertThat(decode(Linktype.ETHERNET, ethernet("86dd", ipv6(0, 0, jumbo))))
                .isEqualTo(Verdict.TCP);
        assertThat(view.payloadLength()).isEqualTo(70_000);
    }

    @Test
    void payloadThatTheSnaplenCutCountsAsClaimed() {
        final byte[] packet = ipv4(6, SEGMENT);

        assertThat(decode(Linktype.RAW, packet, 45, packet.length)).isEqualTo(Verdict.TCP);
        assertThat(view.payloadLength()).isEqualTo(PAYLOAD.length);
        assertThat(view.payloadCaplen()).isEqualTo(5);
    }

    @Test
    void claimedLengthBeyondTheFrameEndsWithTheFrame() {
        assertThat(decode(Linktype.RAW, ipv4(6, 65_535, 0x4000, NO_OPTIONS, SEGMENT)))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
        assertThat(decode(Linktype.RAW, ipv6(6, 65_535, SEGMENT))).isEqualTo(Verdict.TCP);
        assertWholeSegment();
        assertThat(decode(Linktype.RAW, ipv4(6, 65_535, 0x4000, NO_OPTIONS, SEGMENT), 58, 100))
                .isEqualTo(Verdict.TCP);
        assertThat(view.payloadLength()).isEqualTo(60);
        assertThat(view.payloadCaplen()).isEqualTo(PAYLOAD.length);
    }

    @Test
    void snaplenInsideTheOptionsKeepsTheHeader() {
        final byte[] packet = ipv4(6, tcp(hex("0101 080a 00000001 00000002"), PAYLOAD));

        assertThat(decode(Linktype.RAW, packet, 44, packet.length)).isEqualTo(Verdict.TCP);
        assertThat(view.optionsLength()).isEqualTo(4);
        assertThat(view.payloadLength()).isEqualTo(PAYLOAD.length);
        assertThat(view.payloadCaplen()).isZero();
        assertThat(view.payloadOffset()).isEqualTo(OFFSET + 44);
    }

    @Test
    void origlenBelowCaplenIsALie() {
        final byte[] packet = ipv4(6, 0, 0x4000, NO_OPTIONS, SEGMENT);

        assertThat(decode(Linktype.RAW, packet, packet.length, 0)).isEqualTo(Verdict.TCP);
        assertWholeSegment();
    }

    @Test
    void ipv4HeadersThatLieAreMalformed() {
        final byte[] good = ipv4(6, SEGMENT);
        for (final int ihl : new int[] {0, 4}) {
            final byte[] bad = good.clone();
            bad[0] = (byte) (0x40 | ihl);
            assertThat(decode(Linktype.RAW, bad)).isEqualTo(Verdict.MALFORMED_IP);
        }
        final byte[] beyond = good.clone();
        beyond[0] = 0x4f;
        assertThat(decode(Linktype.RAW, beyond)).isEqualTo(Verdict.MALFORMED_IP);
        assertThat(decode(Linktype.RAW, ipv4(6, 19, 0, NO_OPTIONS, SEGMENT))).isEqualTo(Verdict.MALFORMED_IP);
        assertThat(decode(Linktype.RAW, ipv4(6, 39, 0, NO_OPTIONS, SEGMENT))).isEqualTo(Verdict.MALFORMED_TCP);
    }

    @Test
    void ipv4OptionsAreSteppedOver() {
        final byte[] options = hex("94040000");

        assertThat(decode(Linktype.RAW, ipv4(6, 24 + SEGMENT.length, 0, options, SEGMENT)))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
    }

    @Test
    void dataOffsetsThatLieAreMalformed() {
        for (final int words : new int[] {0, 4, 15}) {
            final byte[] segment = tcp(NO_OPTIONS, PAYLOAD);
            segment[12] = (byte) (words << 4);
            assertThat(decode(Linktype.RAW, ipv4(6, segment))).isEqualTo(Verdict.MALFORMED_TCP);
        }
    }

    @Test
    void fragmentsOfEitherVersionAreFragments() {
        assertThat(decode(Linktype.RAW, ipv4(6, 20 + SEGMENT.length, 0x2000, NO_OPTIONS, SEGMENT)))
                .isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(Linktype.RAW, ipv4(17, 20 + SEGMENT.length, 0x0001, NO_OPTIONS, SEGMENT)))
                .isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(Linktype.RAW, ipv6(44, join(hex("06 00 0001 00000001"), SEGMENT))))
                .isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(Linktype.RAW, ipv6(44, join(hex("06 00 0008 00000001"), SEGMENT))))
                .isEqualTo(Verdict.FRAGMENT);
    }

    @Test
    void atomicFragmentIsWhole() {
        assertThat(decode(Linktype.RAW, ipv6(44, join(hex("06 00 0006 00000001"), SEGMENT))))
                .isEqualTo(Verdict.TCP);
        assertWholeSegment();
    }

    @Test
    void extensionHeadersOfIpv6AreSteppedOver() {
        final byte[] chain = join(
                hex("2b 00 0104 00000000"), // hop-by-hop
                hex("3c 02 0400 00000000 20010db8 00000000 00000000 00000001"), // routing
                hex("87 00 0104 00000000"), // destination options
                hex("33 00 0000 00000000"), // mobility
                hex("06 04 0000 00000001 00000002 000000000000000000000000"), // authentication
                SEGMENT);

        assertThat(decode(Linktype.RAW, ipv6(0, chain))).isEqualTo(Verdict.TCP);
        assertWholeSegment();
    }

    @Test
    void nineExtensionHeadersAreMalformed() {
        final byte[] one = hex("3c 00 0104 00000000");
        final byte[] last = hex("06 00 0104 00000000");

        assertThat(decode(Linktype.RAW, ipv6(60, join(one, one, one, one, one, one, one, last, SEGMENT))))
                .isEqualTo(Verdict.TCP);
        assertThat(decode(Linktype.RAW, ipv6(60, join(one, one, one, one, one, one, one, one, last, SEGMENT))))
                .isEqualTo(Verdict.MALFORMED_IP);
    }

    @Test
    void extensionHeaderBeyondThePayloadIsMalformed() {
        assertThat(decode(Linktype.RAW, ipv6(60, join(hex("06 ff 0104 00000000"), SEGMENT))))
                .isEqualTo(Verdict.MALFORMED_IP);
        assertThat(decode(Linktype.RAW, ipv6(60, 7, join(hex("06 00 0104 00000000"), SEGMENT))))
                .isEqualTo(Verdict.MALFORMED_IP);
    }
}
