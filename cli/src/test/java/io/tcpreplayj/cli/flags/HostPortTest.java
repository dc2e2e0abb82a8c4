package io.tcpreplayj.cli.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.replay.UserException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    private static final HostPort PARSER = new HostPort(HostPortTest::resolve);

    private static InetAddress[] resolve(final String name) throws UnknownHostException {
        return switch (name) {
            case "one.test" -> new InetAddress[] {InetAddress.getByName("10.0.0.9")};
            case "two.test" -> new InetAddress[] {InetAddress.getByName("10.0.0.9"), InetAddress.getByName("fd00::9")};
            default -> throw new UnknownHostException(name);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.9:80,10.0.0.9:80",
        "localhost:8080,127.0.0.1:8080",
        "LocalHost:1,127.0.0.1:1",
        "one.test:443,10.0.0.9:443",
        "[::1]:80,[::1]:80",
        "[fd00:0:0::9]:65535,[fd00::9]:65535"
    })
    void valid(final String text, final String endpoint) {
        assertThat(PARSER.parse(Flags.TARGET, text)).hasToString(endpoint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80",
                "localhost",
                ":80",
                "localhost:",
                "localhost:0",
                "localhost:65536",
                "localhost:http",
                "::1:80",
                "fd00::9",
                "[::1]",
                "[::1:80",
                "[localhost]:80",
                "10.0.0:80",
                "10.0.0.256:80",
                "1.2.3.4.5:80",
                "a b:80",
                "http://x:80",
                "[fe80::1%eth0]:80",
                "-x:80"
            })
    void invalid_saysTheForm(final String text) {
        assertThatThrownBy(() -> PARSER.parse(Flags.TARGET, text))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.hint()).isNotEmpty())
                .hasMessageContaining("--target");
    }

    @Test
    void nameWithSeveralAddresses_isRefusedWithTheList() {
        assertThatThrownBy(() -> PARSER.parse(Flags.TARGET, "two.test:80"))
                .hasMessage("two.test has 2 addresses: 10.0.0.9, fd00:0:0:0:0:0:0:9");
    }

    @Test
    void unknownName_isAnError() {
        assertThatThrownBy(() -> PARSER.parse(Flags.TARGET, "none.test:80")).hasMessage("none.test: no such host");
    }

    @Test
    void mappedAddress_isRefused() {
        assertThatThrownBy(() -> PARSER.parse(Flags.TARGET, "[::ffff:10.0.0.9]:80"))
                .hasMessageContaining("IPv4-mapped");
    }
}
