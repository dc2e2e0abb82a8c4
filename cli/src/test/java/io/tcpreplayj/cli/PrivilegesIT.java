package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.FlowPcap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R22: while a replay and its intercept run, as root, no thread of theirs that reads what comes by the network administers it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class PrivilegesIT {
    private static final int PORT = 8084;
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(10, 100, 600, 900, 400_000, 5_000);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Path directory;
    private TargetHostLab lab;
    private Process server;
    private Path database;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        directory = scratch;
        lab = TargetHostLab.in(scratch);
        server = ByteServer.startIn(
                lab.server(), "0.0.0.0", PORT, SHAPE.requestBytes(), SHAPE.answerBytes(), directory.resolve("journal"));
        database = lab.made("made", SHAPE);
    }

    @AfterAll
    void stop() throws IOException, InterruptedException {
        if (server != null) {
            server.destroyForcibly().waitFor();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"egress", "nfqueue", "tun"})
    void whoReadsAnswersAndPeers_doesNotAdminister(final String swallow) throws Exception {
        try (InterceptProcess intercept = lab.intercept("i" + swallow, lab.target(4, PORT), "--swallow", swallow)) {
            final long before = lab.connections(PORT);
            final Process replay = lab.replayOfItsOwn(directory.resolve("r" + swallow), database, PORT);
            try {
                awaitConnections(replay, before, "r" + swallow);
                harmless(intercept.pid(), "feed-door");
                harmless(intercept.pid(), "feed-from-");
                harmless(intercept.pid(), "feed-to-");
                if (swallow.equals("nfqueue")) {
                    // The kernel takes verdicts of such a one only.
                    assertThat(ThreadCapabilities.of(intercept.pid(), "tap"))
                            .singleElement()
                            .matches(tap -> tap.has(ThreadCapabilities.NET_ADMIN))
                            .matches(tap -> !tap.has(~(ThreadCapabilities.HARMLESS | ThreadCapabilities.NET_ADMIN)));
                } else {
                    harmless(intercept.pid(), "tap");
                }
                harmless(replay.pid(), "engine");
                harmless(replay.pid(), "feed-");
                assertThat(ThreadCapabilities.of(replay.pid(), "next-hop"))
                        .as("asks the kernel, and nobody else")
                        .singleElement()
                        .matches(each -> each.has(ThreadCapabilities.NET_ADMIN));
            } finally {
                replay.destroyForcibly().waitFor();
            }
            intercept.end();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tun", "raw", "socket"})
    void replayBesideItsTarget_doesNotAdministerWhatItReads(final String transport) throws Exception {
        final long before = lab.connections(PORT);
        final Path said = directory.resolve("beside" + transport);
        final Process replay = Commands.tcpreplayj(
                        "replay", database.toString(), "--target", lab.target(4, PORT), "--transport", transport)
                .inside(transport.equals("tun") ? lab.server() : lab.client())
                .start(said, directory.resolve(said.getFileName() + ".stderr"));
        try {
            awaitConnections(replay, before, said.getFileName().toString());
            harmless(replay.pid(), "engine");
        } finally {
            replay.destroyForcibly().waitFor();
        }
    }

    /** @param before those of a replay that was killed: its server has not noticed yet */
    private void awaitConnections(final Process replay, final long before, final String name) throws Exception {
        assertThat(Eventually.holds(
                        PATIENCE, () -> !replay.isAlive() || lab.connections(PORT) >= before + SHAPE.flows()))
                .isTrue();
        assertThat(replay.isAlive())
                .as(Files.readString(directory.resolve(name + ".stderr")))
                .isTrue();
    }

    private static void harmless(final long pid, final String thread) throws IOException {
        final List<ThreadCapabilities> found = ThreadCapabilities.of(pid, thread);
        assertThat(found)
                .as("threads " + thread)
                .isNotEmpty()
                .allMatch(each -> !each.has(~ThreadCapabilities.HARMLESS));
    }
}
