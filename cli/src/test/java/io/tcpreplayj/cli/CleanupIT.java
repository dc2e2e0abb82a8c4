package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.LeakDetector;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An intercept is killed and its guard with it, in the middle of a replay: what then stays, {@code cleanup} removes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class CleanupIT {
    private static final int PORT = 8082;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private Path directory;
    private TargetHostLab lab;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        lab = TargetHostLab.in(scratch);
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nfqueue", "tun"})
    void whatAKilledGuardLeft_isRemoved_andNothingLeaks(final String swallow) throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(10, 40, 600, 900, 400_000, 5_000);
        final Path database = lab.made(swallow, shape);
        final Process server = ByteServer.startIn(
                lab.server(), "0.0.0.0", PORT, shape.requestBytes(), shape.answerBytes(), directory.resolve(swallow));
        final HostState before = HostState.snapshot(lab.server());
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept =
                        lab.intercept("dies" + swallow, lab.target(4, PORT), "--swallow", swallow)) {
            final Process replay = lab.replayOfItsOwn(directory.resolve(swallow + ".replay"), database, PORT);
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == 10))
                    .isTrue();
            assertThat(cleanup().stderr()).as("a guard's own is left alone").contains("nothing is left on this host");
            intercept.killWithItsGuard();
            replay.destroyForcibly().waitFor();

            final String left = swallow.equals("tun") ? "device tjhole" : "iptables -A OUTPUT -s 10.91.2.2/32 -d ";
            assertThat(cleanup("--dry-run").stdout()).startsWith("left: " + left);
            assertThat(HostState.snapshot(lab.server())).as("a dry run").isNotEqualTo(before);

            // What is left hinders no other intercept; as long as that is here, connections may be its.
            try (InterceptProcess next = lab.intercept("next" + swallow, lab.target(4, PORT), "--swallow", swallow)) {
                assertThat(refusal()).contains("an intercept (table tjguard_", "nothing of 1 was removed");
                next.killWithItsGuard();
            }
            final Process coming = announced();
            assertThat(refusal()).contains("an intercept begins on this host", "nothing of 2 was removed");
            coming.destroyForcibly().waitFor();
            assertThat(lab.connections(PORT)).isEqualTo(10);

            final List<?> removed =
                    (List<?>) JSON.std.mapFrom(cleanup("--json").stdout()).get("removed");
            assertThat(removed).hasSize(2).allMatch(each -> each.toString().startsWith(left));
            assertThat(HostState.snapshot(lab.server())).isEqualTo(before);
            assertThat(lab.connections(PORT)).isZero();
            assertThat(leaks.packets()).isZero();
            assertThat(cleanup().stderr()).contains("nothing is left on this host");
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** Its tables go with their nft, and with them all that could be known of its clients. */
    @Test
    void egressWhoseGuardIsKilled_leavesConnectionsOnly_whichSsEndsAsReadmeSays() throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(10, 40, 600, 900, 400_000, 5_000);
        final Path database = lab.made("egress", shape);
        final Process server = ByteServer.startIn(
                lab.server(), "0.0.0.0", PORT, shape.requestBytes(), shape.answerBytes(), directory.resolve("egress"));
        final HostState before = HostState.snapshot(lab.server());
        try (InterceptProcess intercept = lab.intercept("diesegress", lab.target(4, PORT), "--swallow", "egress")) {
            final Process replay = lab.replayOfItsOwn(directory.resolve("egress.replay"), database, PORT);
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == 10))
                    .isTrue();
            assertThat(HostState.snapshot(lab.server())).isNotEqualTo(before);
            intercept.killWithItsGuard();
            replay.destroyForcibly().waitFor();

            assertThat(cleanup().stderr()).contains("nothing is left on this host");
            assertThat(HostState.settled(lab.server())).isEqualTo(before);
            assertThat(lab.connections(PORT)).isEqualTo(10);
            lab.server().exec("ss", "-K", "dst", "198.18.0.0/15").orThrow();
            assertThat(lab.connections(PORT)).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** As iptables-legacy does; what holds the lock is another program that changes the tables. */
    @Test
    void ruleOfTablesThatAreLocked_needsNoCleanup_onceTheyAreFree() throws Exception {
        final Process server = ByteServer.startIn(lab.server(), "0.0.0.0", PORT, 1, 1, directory.resolve("locked"));
        final HostState before = HostState.snapshot(lab.server());
        final Path lock = lockable();
        try (InterceptProcess intercept = lab.intercept("locked", lab.target(4, PORT), "--swallow", "nfqueue")) {
            final Process other = hold(lock);
            try {
                intercept.kill();
                // The guard's grace, and longer than one of its attempts waits.
                assertThat(other.waitFor(12, TimeUnit.SECONDS)).isFalse();
            } finally {
                release(other);
            }
            assertThat(Eventually.holds(PATIENCE, () -> before.is(lab.server())))
                    .isTrue();
        } finally {
            lab.usualTools();
            server.destroyForcibly().waitFor();
        }
    }

    @Test
    void tablesThatAreLockedAtTheBeginning_areSaidSo_withoutWaitingOnceMore() throws Exception {
        final HostState before = HostState.snapshot(lab.server());
        final Process other = hold(lockable());
        try (InterceptProcess intercept = lab.begin("refused", lab.target(4, PORT), "--swallow", "nfqueue")) {
            assertThat(intercept.exit()).isEqualTo(2);
            assertThat(HostState.snapshot(lab.server())).isEqualTo(before);
        } finally {
            release(other);
            lab.usualTools();
        }
    }

    /** Has iptables wait for a lock of ours, and returns that. */
    private Path lockable() throws IOException {
        final Path lock = directory.resolve("xtables.lock");
        lab.tool("iptables", "#!/bin/sh\nexec flock -E 4 -w \"$2\" " + lock + " /usr/sbin/iptables \"$@\"\n");
        return lock;
    }

    private static Process hold(final Path lock) throws IOException {
        final Process other = new ProcessBuilder("flock", lock.toString(), "-c", "echo held; exec sleep 98765").start();
        assertThat(other.inputReader().readLine()).isEqualTo("held");
        return other;
    }

    private static void release(final Process other) {
        other.descendants().forEach(ProcessHandle::destroyForcibly);
        other.destroyForcibly();
    }

    private Exec.Result cleanup(final String... more) {
        return run(more).orThrow();
    }

    private String refusal() {
        final Exec.Result result = run();
        assertThat(result.exit()).isEqualTo(2);
        return result.stderr();
    }

    private Exec.Result run(final String... more) {
        final List<String> words = new ArrayList<>(List.of("cleanup"));
        words.addAll(List.of(more));
        return Commands.tcpreplayj(words.toArray(String[]::new))
                .inside(lab.server())
                .run();
    }

    /** Holds the name by which an intercept says that it begins. */
    private Process announced() throws IOException {
        final String hold = "import socket, time; s = socket.socket(socket.AF_UNIX);"
                + " s.bind(b'\\0tjguard_0a1b2c3d_coming'); print('held', flush=True); time.sleep(60)";
        final Process python = new ProcessBuilder(lab.server().inside("python3", "-c", hold)).start();
        assertThat(python.inputReader().readLine()).isEqualTo("held");
        return python;
    }
}
