package io.tcpreplayj.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Messages as routers send them, and what is not one. */
class IcmpErrorTest {
    private static final int AT = 5;
    /** 10.0.0.1 to 10.0.0.2: fragmentation needed, MTU 1280, quoting 198.18.0.7:40000 > 10.9.9.9:80, seq 0x01020304. */
    private static final String TOO_BIG_V4 = "45000038000000004001000" + "00a0000010a000002" + "0304000000000500"
            + "450005dc00004000400600" + "00c61200070a090909" + "9c40005001020304";

    private static final String TOO_BIG_V6 = "6000000000403a40"
            + "fd000000000000000000000000000001fd000000000000000000000000000002"
            + "0200000000000514"
            + "600000000014064" + "0"
            + "fd0000000000000000000000000000aafd0000000000000000000000000000bb"
            + "9c400050fffefdfc";

    private final IcmpError error = new IcmpError();

    private boolean parse(final String hex) {
        final byte[] packet = HexFormat.of().parseHex(hex);
        final ByteBuffer buffer = ByteBuffer.allocate(AT + packet.length);
        buffer.put(AT, packet);
        return error.parse(buffer, AT, packet.length);
    }

    @Test
    void fragmentationNeeded_tellsPathAndQuotedSegment() {
        assertThat(parse(TOO_BIG_V4)).isTrue();
        assertThat(error.isTooBig()).isTrue();
        assertThat(error.mtu()).isEqualTo(1280);
        assertThat(new IpAddress(error.sourceHigh(), error.sourceLow())).isEqualTo(IpAddress.parse("198.18.0.7"));
        assertThat(new IpAddress(error.destinationHigh(), error.destinationLow()))
                .isEqualTo(IpAddress.parse("10.9.9.9"));
        assertThat(error.sourcePort()).isEqualTo(40_000);
        assertThat(error.destinationPort()).isEqualTo(80);
        assertThat(error.segSeq()).isEqualTo(0x01020304);
    }

    @Test
    void packetTooBigOfIpv6_tellsTheSame() {
        assertThat(parse(TOO_BIG_V6)).isTrue();
        assertThat(error.isTooBig()).isTrue();
        assertThat(error.mtu()).isEqualTo(1300);
        assertThat(new IpAddress(error.sourceHigh(), error.sourceLow())).isEqualTo(IpAddress.parse("fd00::aa"));
        assertThat(new IpAddress(error.destinationHigh(), error.destinationLow()))
                .isEqualTo(IpAddress.parse("fd00::bb"));
        assertThat(error.segSeq()).isEqualTo(0xfffefdfc);
    }

    @Test
    void unreachablePort_isNoMatterOfSize() {
        assertThat(parse(TOO_BIG_V4.replace("0304000000000500", "0303000000000000")))
                .isTrue();
        assertThat(error.isTooBig()).isFalse();
        assertThat(error.mtu()).isZero();
    }

    @Test
    void otherMessages_andOtherProtocols_areNone() {
        assertThat(parse(TOO_BIG_V4.replace("0304000000000500", "0800000000000500")))
                .as("echo")
                .isFalse();
        assertThat(parse(TOO_BIG_V4.replace("400600" + "00c6", "401100" + "00c6")))
                .as("quotes UDP")
                .isFalse();
        assertThat(parse(TOO_BIG_V6.replace("0200000000000514", "8800000000000514")))
                .as("neighbour")
                .isFalse();
        assertThat(parse("45000028000000004006000" + "00a0000010a000002" + "9c40005001020304".repeat(3)))
                .as("TCP")
                .isFalse();
    }

    @Test
    void cutAnywhere_isNone_andNeverReadsPastTheEnd() {
        for (final String whole : new String[] {TOO_BIG_V4, TOO_BIG_V6}) {
            for (int bytes = 0; bytes < whole.length() / 2; bytes++) {
                assertThat(parse(whole.substring(0, 2 * bytes)))
                        .as("%d bytes", bytes)
                        .isFalse();
            }
        }
    }
}
