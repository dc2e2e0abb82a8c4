package io.tcpreplayj.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TargetHostTest {
    @ParameterizedTest
    @CsvSource({
        "netlink, ENOENT, modprobe tcp_diag",
        "open, ENOENT, modprobe tun",
        "open, ENODEV, modprobe tun",
        "socket, EPERM, CAP_NET_RAW",
        "socket, EMFILE, ulimit -n"
    })
    void systemCallThatFails_hasItsCure(final String call, final String errno, final String cure) {
        assertThat(TargetHost.cure(call, errno)).contains(cure);
    }
}
