package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.LeakDetector;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code live --intercept}: what real clients ask a production host arrives at another server as well, from their own addresses
 * or from those of a pool, and none of that server's answers leaves for them. All interfaces of the production host are
 * captured, also the one by which the replayed packets leave.
 */
@BesideOthers
final class LiveInterceptIT {
    private static final int CONNECTIONS = 24;
    private static final int ROUNDS = 3;
    private static final int STRANGERS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @BeforeAll
    static void need() {
        Privileges.needRootAnd("ip", "nginx", "ethtool", "nft", "ss", "kill");
    }

    /** While no intercept keeps answers, nothing new is sent; then it goes on. */
    @Test
    void atTheTarget_realClientsKeepTheirAddresses_andGetNoAnswerFromIt(@TempDir final Path directory)
            throws Exception {
        try (LiveInterceptLab lab = LiveInterceptLab.routed(directory);
                LeakDetector leaks = LeakDetector.on(lab.outside());
                InterceptProcess first = lab.interceptAtTarget("first")) {
            if (!Privileges.seesTheHostsProcesses()) {
                // Of a container, all of it: no guard in here outlives that one's process 1.
                assertThat(lab.refusal(4, "original")).contains("or runs in a container");
                return;
            }
            try (LiveProcess four = lab.live(4, "original");
                    LiveProcess six = lab.live(6, "original");
                    InterceptProcess second = askMeanwhile(lab, first, four, six)) {
                for (final LiveProcess live : List.of(four, six)) {
                    final LiveProcess.Summary summary = end(live);
                    assertThat(summary.number("flows", "found")).isEqualTo(CONNECTIONS + STRANGERS);
                    assertThat(summary.number("replay", "dropped", "not-swallowed"))
                            .isEqualTo(STRANGERS);
                }
                second.end();
            }
            assertThat(LiveInterceptLab.byConnection(lab.atTarget()))
                    .isEqualTo(LiveInterceptLab.byConnection(lab.atProduction().stream()
                            .filter(entry -> !lab.isStranger(entry.clientAddress()))
                            .toList()));
            assertThat(leaks.packets()).isZero();
        }
    }

    /** Real clients ask and close, and the intercept is killed meanwhile; returns the one that takes over. */
    private static InterceptProcess askMeanwhile(
            final LiveInterceptLab lab, final InterceptProcess first, final LiveProcess... lives) throws Exception {
        for (final LiveProcess live : lives) {
            live.says("capturing on");
        }
        try (Crowd four = lab.crowd(4, CONNECTIONS);
                Crowd six = lab.crowd(6, CONNECTIONS);
                Crowd strangers = lab.strangers(4, STRANGERS);
                Crowd others = lab.strangers(6, STRANGERS)) {
            for (final Crowd each : List.of(four, six, strangers, others)) {
                each.ask();
            }
            awaitAtTarget(lab, 1, lives);
            first.kill();
            four.ask();
            six.ask();
            final InterceptProcess second = lab.interceptAtTarget("second");
            awaitAtTarget(lab, 2, lives);
            four.ask();
            six.ask();
            awaitAtTarget(lab, ROUNDS, lives);
            return second;
        }
    }

    /** One family is replayed by the host that captures it, the other by one to which it is forwarded. */
    @Test
    void withAnAssistant_clientsComeFromAPool(@TempDir final Path directory) throws Exception {
        try (LiveInterceptLab lab = LiveInterceptLab.assisted(directory);
                LeakDetector leaks = LeakDetector.on(lab.outside());
                InterceptProcess intercept = lab.interceptAtAssistant("assistant");
                LiveProcess four = lab.live(4, LiveInterceptLab.pool(4));
                LiveProcess six = lab.listener(6, LiveInterceptLab.pool(6));
                LiveProcess source = lab.forwarder(6, six)) {
            four.says("capturing on");
            source.says("capturing on");
            try (Crowd crowd = lab.crowd(4, CONNECTIONS);
                    Crowd other = lab.crowd(6, CONNECTIONS)) {
                for (int round = 1; round <= ROUNDS; round++) {
                    crowd.ask();
                    other.ask();
                    awaitAtTarget(lab, round, four, six);
                }
            }
            assertThat(end(four).number("flows", "found")).isEqualTo(CONNECTIONS);
            assertThat(source.end("INT").exit()).as(source.said()).isEqualTo(130);
            final LiveProcess.Summary listened = six.summary();
            assertThat(listened.exit()).as(six.said()).isZero();
            check(listened);
            assertThat(listened.number("loss", "requestsReplayed")).isEqualTo(CONNECTIONS * ROUNDS);
            assertThat(lab.refusal(4, "original"))
                    .contains("--clients original: intercept ")
                    .contains(" does not run on the target's own host")
                    .contains("hint: start it there");
            intercept.end();
            assertThat(lab.atTarget())
                    .allSatisfy(entry -> assertThat(LiveInterceptLab.isOfPool(entry.clientAddress()))
                            .isTrue());
            assertThat(addresses(lab.atTarget())).isEqualTo(addresses(lab.atProduction()));
            assertThat(withoutAddresses(lab.atTarget())).isEqualTo(withoutAddresses(lab.atProduction()));
            assertThat(leaks.packets()).isZero();
        }
    }

    /** Waits until so many rounds of both families have arrived. */
    private static void awaitAtTarget(final LiveInterceptLab lab, final int rounds, final LiveProcess... lives)
            throws IOException, InterruptedException {
        final int count = 2 * rounds * CONNECTIONS;
        final boolean arrived = Eventually.holds(PATIENCE, () -> lab.atTarget().size() == count);
        assertThat(arrived)
                .as("%d of %d have arrived: %s", lab.atTarget().size(), count, lives[0].said() + lives[1].said())
                .isTrue();
    }

    private static LiveProcess.Summary end(final LiveProcess live) throws IOException, InterruptedException {
        final LiveProcess.Summary summary = live.end("INT");
        assertThat(summary.exit()).as(live.said()).isEqualTo(130);
        check(summary);
        return summary;
    }

    private static void check(final LiveProcess.Summary summary) {
        assertThat(summary.number("replay", "flows", "replayed")).isEqualTo(CONNECTIONS);
        assertThat(summary.number("replay", "requests", "answered")).isEqualTo(CONNECTIONS * ROUNDS);
        System.out.printf(
                "live over an intercept: behind the capture p50 %.1f ms, p99 %.1f ms; feed p50 %.1f ms%n",
                summary.number("replay", "behindNs", "p50") / 1e6,
                summary.number("replay", "behindNs", "p99") / 1e6,
                summary.number("replay", "packets", "feedDelayNs", "p50") / 1e6);
    }

    private static long addresses(final List<AccessLog.Entry> entries) {
        return entries.stream().map(AccessLog.Entry::clientAddress).distinct().count();
    }

    private static List<String> withoutAddresses(final List<AccessLog.Entry> entries) {
        return LiveInterceptLab.byConnection(entries).stream()
                .map(line -> line.replaceAll("\\S+ (GET)", "$1"))
                .sorted()
                .collect(Collectors.toList());
    }
}
