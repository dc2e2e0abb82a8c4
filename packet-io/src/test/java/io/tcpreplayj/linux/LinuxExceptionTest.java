package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LinuxExceptionTest {
    @ParameterizedTest
    @ValueSource(ints = {Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.EINVAL, Errno.EACCES, 95, 97})
    void kernelThatKnowsNoWay_saysSo(final int errno) {
        assertThat(new LinuxException("netlink", errno, "route to 198.18.4.1").isNoRoute())
                .isTrue();
    }

    /** ENFILE, EMFILE and ETIMEDOUT among them. */
    @ParameterizedTest
    @ValueSource(ints = {Errno.EAGAIN, Errno.ENOMEM, Errno.ENOBUFS, Errno.EPERM, Errno.EINTR, 23, 24, 110})
    void kernelThatDidNotAnswer_knowsPerhaps(final int errno) {
        assertThat(new LinuxException("netlink", errno, "route to 198.18.4.1").isNoRoute())
                .isFalse();
    }
}
