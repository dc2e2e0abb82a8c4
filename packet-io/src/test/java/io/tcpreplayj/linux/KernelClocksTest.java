package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Needs Linux, but no privilege. */
final class KernelClocksTest {
    @Test
    void sleepUntil_neverReturnsEarly() throws IOException {
        ThreadTuning.setTimerSlackToMinimum();
        final Clock clock = new Clock();
        for (int i = 0; i < 20; i++) {
            final long dueNs = System.nanoTime() + 500_000;
            clock.sleepUntil(dueNs);
            assertThat(System.nanoTime()).isGreaterThanOrEqualTo(dueNs);
        }
        final long beforeNs = System.nanoTime();
        clock.sleepUntil(beforeNs - 1_000_000_000_000L);
        assertThat(System.nanoTime() - beforeNs).isLessThan(1_000_000_000L);
    }

    @Test
    void realtime_isTheWallClock() throws IOException {
        final long before = System.currentTimeMillis();
        final long nowMs = new Clock().realtimeNs() / 1_000_000;
        assertThat(nowMs).isBetween(before, System.currentTimeMillis());
    }

    @Test
    void boottime_isAtLeastTheMonotonicClock() throws IOException {
        final long monotonicNs = System.nanoTime();
        assertThat(new Clock().boottimeNs()).isGreaterThanOrEqualTo(monotonicNs);
    }

    @Test
    void sleepAndPoll_doNotAllocate() throws IOException {
        final Clock clock = new Clock();
        final Poller poller = new Poller();
        final long bytes = new Allocation().during(10_000, () -> {
            clock.sleepUntil(System.nanoTime() + 1);
            poller.await(0);
        });
        assertThat(bytes).as("bytes per 10,000 calls").isLessThan(10_000 / 20);
    }

    @Test
    void pollerWithoutDescriptors_waitsItsTime() throws IOException {
        final long startNs = System.nanoTime();
        assertThat(new Poller().await(2_000_000)).isZero();
        assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(2_000_000);
    }

    @Test
    void usage_countsTheProcessorTimeSpent() throws IOException {
        final ThreadTuning.Usage before = ThreadTuning.usage();
        final long untilNs = System.nanoTime() + 50_000_000;
        while (System.nanoTime() < untilNs) {
            Thread.onSpinWait();
        }
        final ThreadTuning.Usage after = ThreadTuning.usage();
        assertThat(after.cpuNs()).isGreaterThan(before.cpuNs());
        assertThat(after.maxRssBytes()).isGreaterThan(10_000_000);
    }

    @Test
    void failures_nameCallErrnoAndObject() {
        assertThatThrownBy(() -> NetworkNamespace.enter("no-such-namespace"))
                .isInstanceOfSatisfying(LinuxException.class, e -> {
                    assertThat(e.call()).isEqualTo("open");
                    assertThat(e.errno()).isEqualTo("ENOENT");
                })
                .hasMessage("open: ENOENT (/run/netns/no-such-namespace)");
        assertThatThrownBy(() -> Link.byName("tj-none")).hasMessage("netlink: ENODEV (interface tj-none)");
    }

    @Test
    void capabilities_areReadFromTheirBits() {
        assertThat(Capabilities.of("0000000000002000").netRaw()).isTrue();
        assertThat(Capabilities.of("0000000000002000").netAdmin()).isFalse();
        assertThat(Capabilities.of("0000000000001000").netAdmin()).isTrue();
        assertThat(Capabilities.of("000001ffffffffff").netRaw()).isTrue();
    }

    @Test
    void loopback_isKnownWithoutPrivilege() throws IOException {
        final Link lo = Link.byName("lo");
        assertThat(lo.loopback()).isTrue();
        assertThat(lo.ethernet()).isTrue();
        assertThat(Link.byIndex(lo.index()).name()).isEqualTo("lo");
    }
}
