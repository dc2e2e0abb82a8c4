package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.cli.AcceptanceLab.Row;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.ServerCounters;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * AC-12: many copies, again and again, against a server that closes first and so keeps each connection for a minute
 * (RFC 9293 3.6.1, TIME-WAIT). Clients have so few ports that they must come back to the same ones meanwhile, and every SYN is
 * taken (RFC 6191).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class TimeWaitIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int PORT = 7000;
    private static final int FLOWS = SOAK ? 110 : 22;
    /** Two over each family. */
    private static final int ROUNDS = 4;

    private static final int FIRST_PORT = SOAK ? 49_000 : 62_000;
    /** Those from 1024 up that are left for clients outside the kernel. */
    private static final int PORTS = 65_536 - FIRST_PORT;
    /** What a kernel counts when it does not take a SYN, or not at once. */
    private static final List<String> REFUSALS = List.of(
            "TcpAttemptFails",
            "TcpEstabResets",
            "TcpOutRsts",
            "TcpExtListenDrops",
            "TcpExtListenOverflows",
            "TcpExtPAWSActive",
            "TcpExtPAWSEstab",
            "TcpExtPAWSTimewait",
            "TcpExtTCPACKSkippedTimeWait",
            "TcpExtTCPChallengeACK",
            "TcpExtTCPReqQFullDrop",
            "TcpExtTCPSYNChallenge",
            "TcpExtTCPTimeWaitOverflow");

    private AcceptanceLab lab;
    private Recording recording;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        Privileges.needRootAnd("ip", "ethtool", "nft", "nstat", "ss");
        lab = AcceptanceLab.start(scratch, Map.of(PORT, Manners.good(600, 900).endingAfter(1, false)));
        // The clients' FINs come half a second behind the answers, so that it is the target that closes first.
        recording = lab.record("short", new FlowPcap.Shape(FLOWS, 1, 600, 900, 500_000, SOAK ? 40_000 : 50_000));
        lab.lab()
                .client()
                .exec("sh", "-c", "echo 1024 " + (FIRST_PORT - 1) + " >/proc/sys/net/ipv4/ip_local_port_range")
                .orThrow();
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void noSynIsRefused() throws IOException, InterruptedException {
        final Map<String, Long> before = ServerCounters.read(lab.lab().server());
        final long startNs = System.nanoTime();
        final Set<String> used = new HashSet<>();
        long sessions = 0;
        final long[] again = new long[2];
        for (int round = 0; round < ROUNDS; round++) {
            for (final int copies : new int[] {1, 10, 100}) {
                final Replayed replayed = replay(copies, round % 2 == 0 ? 4 : 6);
                final List<String> clients =
                        replayed.sessions().stream().map(Session::client).toList();
                assertThat(clients).hasSize(FLOWS * copies).doesNotHaveDuplicates();
                assertThat(replayed.sessions()).extracting(Session::state).containsOnly("completed");
                assertThat(replayed.sessions().stream()
                                .map(session -> replayed.failure(session, "closed"))
                                .filter(failure -> !failure.isEmpty())
                                .limit(3))
                        .isEmpty();
                sessions += clients.size();
                again[round % 2] +=
                        clients.stream().filter(client -> !used.add(client)).count();
            }
        }
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        final Map<String, Long> after = ServerCounters.read(lab.lab().server());
        System.out.printf(
                "AC-12 x1, x10, x100, %d times: %d connections, %d and over IPv6 %d of them on the ports of earlier ones, %d in TIME-WAIT at the target, %.1f s%n",
                ROUNDS, sessions, again[0], again[1], waiting(), seconds);
        assertThat(REFUSALS.stream().filter(name -> ServerCounters.growth(before, after, name) > 0))
                .isEmpty();
        assertThat(ServerCounters.growth(before, after, "TcpPassiveOpens")).isEqualTo(sessions);
        assertThat(again[0]).as("more connections than ports").isGreaterThanOrEqualTo(sessions / 2 - PORTS);
        assertThat(again[1]).as("and over IPv6").isGreaterThanOrEqualTo(sessions / 2 - PORTS);
        assertThat(waiting()).as("ports whose last connection is kept").isEqualTo(used.size());
        assertThat(Duration.ofNanos((long) (seconds * 1e9)))
                .as("a minute, and TIME-WAIT is over")
                .isLessThan(Duration.ofSeconds(60));
    }

    private Replayed replay(final int copies, final int family) throws IOException, InterruptedException {
        final Row row = new Row(
                "x" + copies,
                PORT,
                recording,
                FaultPlan.seeded(AcceptanceLab.SEED),
                family,
                "packet",
                "--copies",
                Integer.toString(copies));
        return lab.replay(row);
    }

    private long waiting() {
        return lab.lab()
                .server()
                .exec("ss", "-tanH", "state", "time-wait", "sport", "=", ":" + PORT)
                .orThrow()
                .stdout()
                .lines()
                .collect(Collectors.counting());
    }
}
