package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program for networks, run by an interpreter of the few instructions that it has. */
final class PacketFilterTest {
    private static final int SNAPLEN = 77;
    private static final List<Cidr> NETWORKS = List.of(
            Cidr.parse("198.18.0.0/15"),
            Cidr.parse("10.1.2.3"),
            Cidr.parse("2001:2:8000::/33"),
            Cidr.parse("fd00::1:0:0/96"));

    @ParameterizedTest
    @CsvSource({
        "198.18.0.0, true",
        "198.19.255.255, true",
        "198.20.0.0, false",
        "198.17.255.255, false",
        "10.1.2.3, true",
        "10.1.2.2, false",
        "2001:2:8000::, true",
        "2001:2:ffff::9, true",
        "2001:2:7fff::9, false",
        "2001:3:8000::, false",
        "fd00::1:0:7, true",
        "fd00::1:ffff:ffff, true",
        "fd00::2:0:7, false",
        "fd00:0:0:1::1:0:7, false"
    })
    void networks_letInTheirAddressesAndNoOthers(final String destination, final boolean in) {
        assertThat(run(PacketFilter.to(NETWORKS, SNAPLEN), frameTo(IpAddress.parse(destination))))
                .isEqualTo(in ? SNAPLEN : 0);
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0/0, 8.8.8.8, true", "0.0.0.0/0, 2001::1, false", "::/0, 2001::1, true", "::/0, 8.8.8.8, false"})
    void wholeFamilies_areNetworksToo(final String network, final String destination, final boolean in) {
        assertThat(run(PacketFilter.to(List.of(Cidr.parse(network)), SNAPLEN), frameTo(IpAddress.parse(destination))))
                .isEqualTo(in ? SNAPLEN : 0);
    }

    @ParameterizedTest
    @CsvSource({"198.18.0.7, true", "198.18.1.7, false", "10.1.2.3, false", "2001:2:8000::7, false"})
    void ofTwoFilters_bothMustLetItIn(final String destination, final boolean in) {
        final PacketFilter first = PacketFilter.to(NETWORKS, SNAPLEN);
        final PacketFilter other = PacketFilter.to(List.of(Cidr.parse("198.18.0.0/24")), 2 * SNAPLEN);
        assertThat(run(first.and(other), frameTo(IpAddress.parse(destination)))).isEqualTo(in ? SNAPLEN : 0);
    }

    private static ByteBuffer frameTo(final IpAddress destination) {
        final ByteBuffer frame = ByteBuffer.allocate(60);
        frame.putShort(12, (short) (destination.isV4() ? 0x0800 : 0x86dd));
        if (destination.isV4()) {
            frame.putInt(30, destination.v4());
        } else {
            frame.putLong(38, destination.high()).putLong(46, destination.low());
        }
        return frame;
    }

    private static int run(final PacketFilter filter, final ByteBuffer frame) {
        final ByteBuffer program = filter.toNative().buffer();
        int accumulator = 0;
        int at = 0;
        while (true) {
            final int code = program.getShort(at * 8);
            final int operand = program.getInt(at * 8 + 4);
            switch (code) {
                case 0x28 -> accumulator = frame.getShort(operand) & 0xffff;
                case 0x20 -> accumulator = frame.getInt(operand);
                case 0x54 -> accumulator &= operand;
                case 0x15 -> at += program.get(at * 8 + (accumulator == operand ? 2 : 3)) & 0xff;
                case 0x05 -> at += operand;
                case 0x06 -> {
                    return operand;
                }
                default -> throw new IllegalStateException("instruction " + code);
            }
            at++;
        }
    }
}
