package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.relay.RelayReceiver;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R22: while a replay, an intercept or live runs, as root, none of its threads that read what comes by the network administers it. */
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
                final long raw = ThreadCapabilities.RAW;
                hasOnly(raw, intercept.pid(), "feed-door");
                hasOnly(raw, intercept.pid(), "feed-from-");
                hasOnly(raw, intercept.pid(), "feed-to-");
                // The kernel takes verdicts of one that administers only.
                final boolean judges = swallow.equals("nfqueue");
                hasOnly(judges ? raw | ThreadCapabilities.NET_ADMIN : raw, intercept.pid(), "tap");
                hasOnly(ThreadCapabilities.FILES_AND_PORTS, replay.pid(), "engine");
                hasOnly(raw, replay.pid(), "feed-");
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
            hasOnly(ThreadCapabilities.FILES_AND_PORTS, replay.pid(), "engine");
        } finally {
            replay.destroyForcibly().waitFor();
        }
    }

    @Test
    void live_doesNotAdministerWhatItReplays() throws Exception {
        final LiveProcess live = LiveProcess.start(
                lab.client(),
                directory.resolve("live.tfdb"),
                "-i",
                "veth0",
                "--port",
                String.valueOf(PORT),
                "--target",
                lab.target(4, PORT + 1),
                "--transport",
                "raw");
        try (live) {
            hasOnly(ThreadCapabilities.FILES_AND_PORTS, live.pid(), "engine");
            hasOnly(ThreadCapabilities.FILES_AND_PORTS, live.pid(), "udp");
        }
    }

    @Test
    void liveThatForwardsAndLiveThatListens_doNotAdministerWhatTheyHearOfEachOther() throws Exception {
        final String door = "unix:" + directory.resolve("door");
        final LiveProcess listener = LiveProcess.launch(
                lab.server(),
                directory.resolve("all"),
                List.of(
                        "--listen",
                        door,
                        "--record",
                        directory.resolve("all.tfdb").toString()));
        try (listener) {
            listener.says("listening at");
            final LiveProcess sender = LiveProcess.launch(
                    lab.client(),
                    directory.resolve("sent"),
                    List.of("-i", "veth0", "--port", String.valueOf(PORT), "--forward", door));
            try (sender) {
                listener.says("sends what it captures");
                // A socket in the file system may be another user's.
                hasOnly(ThreadCapabilities.FILES_AND_PORTS, sender.pid(), "relay-unix");
                hasOnly(ThreadCapabilities.RAW, sender.pid(), "relay-to-");
                // Who records what comes is started by the thread of the connection.
                hasOnly(ThreadCapabilities.FILES_AND_PORTS, listener.pid(), "feed-from-");
                hasOnly(ThreadCapabilities.FILES_AND_PORTS, listener.pid(), "source-");
                hasOnly(ThreadCapabilities.RAW, listener.pid(), "relay-to-");
            }
        }
    }

    /** Of a user who keeps others out of the home that it lies in: a thread may be the first that needs some of it. */
    @Test
    void jvmInAnothersDirectory_isReadByThreadsThatGaveUpAllElse() throws Exception {
        final Path home = Files.createDirectories(directory.resolve("home"));
        final Path jdk = Files.createDirectories(home.resolve("jdk"));
        Exec.run("chown", "nobody", home.toString()).orThrow();
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        final String door = "127.0.0.1:9911";
        final LiveProcess listener = LiveProcess.launch(
                lab.server(),
                directory.resolve("of-all"),
                List.of(
                        "--listen",
                        door,
                        "--keys",
                        lab.keys().toString(),
                        "--record",
                        directory.resolve("of-all.tfdb").toString()));
        try (listener) {
            listener.says("listening at");
            final List<String> line = new ArrayList<>(List.of("unshare", "-m", "sh", "-c"));
            line.add("mount --bind \"$0\" " + jdk + " && shift && exec " + jdk + "/bin/java \"$@\"");
            line.add(System.getProperty("java.home"));
            line.addAll(Commands.java());
            line.addAll(List.of("io.tcpreplayj.cli.Main", "live", "-i", "veth0", "--port", String.valueOf(PORT)));
            line.addAll(List.of(
                    "--duration", "1s", "--forward", door, "--keys", lab.keys().toString()));
            final Exec.Result sender = lab.server().exec(line.toArray(String[]::new));
            assertThat(sender.exit()).as(sender.stderr()).isZero();
        }
    }

    /** Where the kernel refuses to take privileges away, no thread goes on with them. */
    @Test
    void threadThatCannotGiveUp_doesNotBegin_andTheRunEndsSayingSo() throws Exception {
        final Path door = directory.resolve("refused");
        final String database = directory.resolve("refused.tfdb").toString();
        refused("live", "--listen", "unix:" + door, "--record", database, "--duration", "2s");
        refused("intercept", "--listen", "unix:" + door, "--target", lab.target(4, PORT));
        try (RelayReceiver receiver = RelayReceiver.open(FeedAddress.unix(door), null, source -> {})) {
            refused(
                    "live",
                    "-i",
                    "veth0",
                    "--port",
                    String.valueOf(PORT),
                    "--duration",
                    "2s",
                    "--forward",
                    receiver.address().toString());
        }
    }

    private void refused(final String... words) {
        final Exec.Result result = lab.server().exec(RefusedCall.CAPSET.to(words));
        assertThat(result.exit()).as(result.stderr()).isEqualTo(2);
        assertThat(result.stderr())
                .contains("capset: EPERM")
                .contains("let a filter of system calls pass it, as SystemCallFilter=capset");
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

    /** One that just began has its name before it has given up anything. */
    private static void hasOnly(final long capabilities, final long pid, final String thread) throws Exception {
        final List<ThreadCapabilities> found = new ArrayList<>();
        final boolean holds = Eventually.holds(PATIENCE, () -> {
            found.clear();
            found.addAll(ThreadCapabilities.of(pid, thread));
            return !found.isEmpty() && found.stream().allMatch(each -> each.effective() == capabilities);
        });
        assertThat(holds).as("threads %s: %s", thread, found).isTrue();
    }
}
