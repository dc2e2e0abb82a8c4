package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TcpConfigTest {
    private static final long MS = 1_000_000L;

    @Test
    void tf14_defaults_areLinuxTimersWithACeilingOfAMinute() {
        final TcpConfig usual = TcpConfig.defaults(1400);
        assertThat(usual)
                .isEqualTo(new TcpConfig(
                        1400,
                        200 * MS,
                        60_000 * MS,
                        924_600 * MS,
                        6,
                        40 * MS,
                        1 << 20,
                        false,
                        true,
                        false,
                        Likeness.NONE));
    }

    /** tcp_retries2 of 15, and TCP_RTO_MAX of two minutes. */
    @Test
    void tf14_userTimeout_isThatOfFifteenRetransmissionsByLinux() {
        long sumMs = 0;
        long timeoutMs = 200;
        for (int tries = 0; tries <= 15; tries++) {
            sumMs += timeoutMs;
            timeoutMs = Math.min(120_000, 2 * timeoutMs);
        }
        assertThat(TcpConfig.USER_TIMEOUT_NS).isEqualTo(sumMs * MS);
    }

    /** TF-17, TF-28, TF-46: each asks for one thing, and leaves what was asked for before. */
    @Test
    void whatIsAskedForAddsUp() {
        final TcpConfig usual = TcpConfig.defaults(1500);
        final TcpConfig ecn = usual.withEcn();
        assertThat(ecn.ecn()).isTrue();
        assertThat(ecn.congestionControl()).isTrue();
        assertThat(ecn.endsAtEarlyFin()).isFalse();
        final TcpConfig early = ecn.withEndAtEarlyFin();
        assertThat(early.endsAtEarlyFin()).isTrue();
        assertThat(early.ecn()).isTrue();
        final TcpConfig all = early.withoutCongestionControl();
        assertThat(all)
                .isEqualTo(new TcpConfig(
                        usual.mtu(),
                        usual.minRtoNs(),
                        usual.maxRtoNs(),
                        usual.userTimeoutNs(),
                        usual.synRetries(),
                        usual.delayedAckNs(),
                        usual.receiveWindow(),
                        true,
                        false,
                        true,
                        Likeness.NONE));
    }
}
