package io.tcpreplayj.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IpAddressTest {
    /** RFC 5952 4: the canonical text of each, so parsing and printing must be inverse. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.77.0.2",
                "255.255.255.255",
                "::",
                "::1",
                "1::",
                "fd77::2",
                "2001:db8::1:0:0:1",
                "2001:db8:0:1:1:1:1:1",
                "fe80::1:2:3:4",
                "1:2:3:4:5:6:7:8",
                "2001:0:0:1::1"
            })
    void text_parsedAndPrinted_isTheSame(final String text) {
        assertThat(IpAddress.parse(text)).hasToString(text);
        assertThat(IpAddress.of(IpAddress.parse(text).toBytes())).isEqualTo(IpAddress.parse(text));
        assertThat(IpAddress.of(IpAddress.parse(text).toInetAddress())).isEqualTo(IpAddress.parse(text));
    }

    @Test
    void v4_isHeldMapped() {
        final IpAddress address = IpAddress.parse("10.77.0.2");
        assertThat(address.isV4()).isTrue();
        assertThat(address.high()).isZero();
        assertThat(address.low()).isEqualTo(0x0000_ffff_0a4d_0002L);
        assertThat(address.v4()).isEqualTo(0x0a4d_0002);
        assertThat(IpAddress.parse("fd77::2").isV4()).isFalse();
        assertThat(IpAddress.parse("::1").isV4()).isFalse();
    }

    @Test
    void compare_isUnsigned() {
        assertThat(IpAddress.parse("200.0.0.1")).isGreaterThan(IpAddress.parse("10.0.0.1"));
        assertThat(IpAddress.parse("fd77::2")).isGreaterThan(IpAddress.parse("200.0.0.1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "example.org", "1.2.3", "1.2.3.4.5", "1.2.3.256", "12345::", "1.2.3.4 "})
    void parse_noLiteral_isRefusedWithoutALookUp(final String text) {
        assertThatThrownBy(() -> IpAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void endpoint_printsBracketsForV6() {
        assertThat(new Endpoint(IpAddress.parse("10.0.0.1"), 80)).hasToString("10.0.0.1:80");
        assertThat(new Endpoint(IpAddress.parse("fd77::2"), 80)).hasToString("[fd77::2]:80");
    }
}
