package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R14: a replayer that cannot keep the schedule is never late in silence. A limit of its own makes it late by three seconds. */
@BesideOthers
final class LateIT {
    private static final int PORT = 7000;
    private static final int CLOSED = 7001;
    private static final int FLOWS = 60;
    private static final int PER_SECOND = 20;
    private static final long SECOND = 1_000_000_000L;

    @BeforeAll
    static void privileges() {
        Privileges.needRootAnd("ip", "nft");
    }

    @Test
    void lateFlows_failTheRunThatAskedForIt_orDoNotBegin(@TempDir final Path directory)
            throws IOException, InterruptedException {
        final FlowPcap.Shape visitors = new FlowPcap.Shape(FLOWS, 1, 200, 200, 0, 1_000);
        FlowPcap.write(directory.resolve("made.pcap"), visitors, 7);
        final Path database = AcceptanceLab.index(directory.resolve("made.pcap"));
        try (Lab lab = Lab.pair()) {
            final Process server = ByteServer.startIn(
                    lab.server(),
                    "0.0.0.0",
                    PORT,
                    visitors.requestBytes(),
                    visitors.answerBytes(),
                    directory.resolve("journal"));
            try (ResidentCli far = ResidentCli.in(lab.client(), directory);
                    ResidentCli near = ResidentCli.in(lab.server(), directory)) {
                for (final String transport : List.of("tun", "packet", "socket")) {
                    final List<String> words = List.of(
                            "replay",
                            database.toString(),
                            "--target",
                            lab.serverV4() + ":" + PORT,
                            "--transport",
                            transport,
                            "--max-rate",
                            String.valueOf(PER_SECOND),
                            "--fail-on",
                            "lag.max>2s",
                            "--json",
                            "-q");
                    final ResidentCli cli = transport.equals("tun") ? near : far;
                    wasLate(cli.run(words.toArray(String[]::new)));
                    final List<String> dropping = new ArrayList<>(words);
                    dropping.addAll(List.of("--late", "drop-flow=1s"));
                    wasIncomplete(cli.run(dropping.toArray(String[]::new)));
                    dropping.remove("--json");
                    dropping.set(dropping.indexOf("--target") + 1, lab.serverV4() + ":" + CLOSED);
                    wasRefused(cli.run(dropping.toArray(String[]::new)));
                }
            } finally {
                server.destroyForcibly().waitFor();
            }
        }
    }

    private static void wasLate(final ResidentCli.Result result) throws IOException {
        assertThat(result.exit()).as(result.stderr()).isEqualTo(4);
        assertThat(result.stderr()).contains("--fail-on lag.max>2s: it was ");
        final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
        assertThat(number(report, "flows", "replayed")).isEqualTo(FLOWS);
        assertThat(number(report, "lagNs", "max")).isGreaterThan(2 * SECOND);
    }

    private static void wasIncomplete(final ResidentCli.Result result) throws IOException {
        assertThat(result.exit()).as(result.stderr()).isEqualTo(8);
        final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
        final long late = number(report, "flows", "failed", "late");
        assertThat(number(report, "flows", "replayed")).isEqualTo(FLOWS - late);
        assertThat(late).isBetween((long) FLOWS - 2 * PER_SECOND, (long) FLOWS - PER_SECOND / 2);
        assertThat(number(report, "requests", "sent")).isEqualTo(FLOWS - late);
        // The bound is for when a flow begins; its request leaves a handshake later, and a busy machine's while.
        assertThat(number(report, "lagNs", "max")).isLessThan(2 * SECOND);
    }

    private static void wasRefused(final ResidentCli.Result result) {
        assertThat(result.exit()).as(result.stderr()).isEqualTo(12);
        assertThat(result.stderr()).contains("--fail-on lag.max>2s: nothing was measured");
        assertThat(result.stdout())
                .containsPattern("refused all [1-9]\\d* connections: nothing listens there")
                .containsPattern("late [1-9]");
    }

    private static long number(final Map<String, Object> report, final String... path) {
        return new LiveProcess.Summary(0, report).number(path);
    }
}
