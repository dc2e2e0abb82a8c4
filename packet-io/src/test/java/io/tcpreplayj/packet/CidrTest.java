package io.tcpreplayj.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class CidrTest {
    @Test
    void contains_v4_comparesThePrefixOnly() {
        final Cidr network = Cidr.parse("198.18.0.0/15");
        assertThat(network.contains(IpAddress.parse("198.18.0.1"))).isTrue();
        assertThat(network.contains(IpAddress.parse("198.19.255.255"))).isTrue();
        assertThat(network.contains(IpAddress.parse("198.20.0.0"))).isFalse();
        assertThat(network.contains(IpAddress.parse("198.17.255.255"))).isFalse();
    }

    @Test
    void contains_v6_comparesAcrossBothHalves() {
        assertThat(Cidr.parse("fc00::/7").contains(IpAddress.parse("fd77::2"))).isTrue();
        assertThat(Cidr.parse("fc00::/7").contains(IpAddress.parse("fe80::2"))).isFalse();
        assertThat(Cidr.parse("fd77::a:0/112").contains(IpAddress.parse("fd77::a:ffff")))
                .isTrue();
        assertThat(Cidr.parse("fd77::a:0/112").contains(IpAddress.parse("fd77::b:0")))
                .isFalse();
        assertThat(Cidr.parse("::/0").contains(IpAddress.parse("2001:db8::1"))).isTrue();
    }

    @Test
    void contains_otherFamily_isNever() {
        assertThat(Cidr.parse("0.0.0.0/0").contains(IpAddress.parse("fd77::2"))).isFalse();
        assertThat(Cidr.parse("::/0").contains(IpAddress.parse("10.0.0.1"))).isFalse();
    }

    @Test
    void parse_bareAddress_isOneHost() {
        assertThat(Cidr.parse("10.0.0.1")).hasToString("10.0.0.1/32");
        assertThat(Cidr.parse("fd77::2")).hasToString("fd77::2/128");
    }

    @Test
    void parse_nonsense_isRefused() {
        assertThatThrownBy(() -> Cidr.parse("10.0.0.0/33")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Cidr.parse("10.0.0.0/+8")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Cidr.parse("10.0.0.0/x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Cidr.parse("example.org/8")).isInstanceOf(IllegalArgumentException.class);
    }
}
