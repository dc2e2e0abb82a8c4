package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code index --follow} behind the recorders that people use, while a server answers real clients. */
@BesideOthers
final class FollowIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int PORT = 8080;
    private static final int REQUESTS = 3;

    @TempDir
    private Path dir;

    private final List<Process> processes = new ArrayList<>();
    private Netns netns;
    private Nginx nginx;
    private Path ring;

    @BeforeEach
    void start() throws IOException {
        Privileges.needRootAnd("ip", "nginx", "curl", "kill");
        netns = Netns.create("follow");
        nginx = Nginx.small(netns, dir.resolve("nginx"), PORT);
        ring = Files.createDirectory(dir.resolve("ring"));
    }

    @AfterEach
    void stop() {
        processes.forEach(Process::destroyForcibly);
        if (nginx != null) {
            nginx.close();
        }
        if (netns != null) {
            netns.close();
        }
    }

    private Process start(final String name, final List<String> command) throws IOException {
        final Process process =
                Exec.start(null, Map.of(), command, dir.resolve(name + ".out"), dir.resolve(name + ".err"));
        processes.add(process);
        return process;
    }

    private int committed() {
        final Run run = new Run().main("flows", db(), "--count", "-q");
        return run.exit() == 0 ? Integer.parseInt(run.out().strip()) : 0;
    }

    private Path db() {
        return dir.resolve("x.tfdb");
    }

    /** Requests one behind the other, the next one when the one before is in the database. */
    private void followWhile(final String ready, final String... recorder) throws IOException, InterruptedException {
        start("recorder", netns.inside(recorder));
        assertThat(Eventually.holds(
                        LIMIT,
                        () -> Files.readString(dir.resolve("recorder.err")).contains(ready)))
                .isTrue();
        final List<String> command = new ArrayList<>(Jvm.running());
        command.addAll(List.of("index", "--follow", "--db", db().toString(), ring.toString()));
        final Process follower = start("follower", command);
        for (int request = 1; request <= REQUESTS; request++) {
            netns.exec("curl", "-sf", "-o", "/dev/null", "http://127.0.0.1:" + PORT + "/page" + request + ".html")
                    .orThrow();
            final int wanted = request;
            assertThat(Eventually.holds(LIMIT, () -> committed() == wanted))
                    .as("flow of request " + request + "; " + Files.readString(dir.resolve("follower.err")))
                    .isTrue();
        }
        Exec.run("kill", "-INT", Long.toString(follower.pid())).orThrow();
        assertThat(follower.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(follower.exitValue())
                .as(Files.readString(dir.resolve("follower.err")))
                .isEqualTo(130);
        assertThat(new Run()
                        .main("flows", db(), "--json", "--where", "app == http and close == fin")
                        .out()
                        .lines())
                .hasSize(REQUESTS)
                .allMatch(line -> line.contains("\"replayable\":true"));
        assertThat(new Run().main("verify", db()).exit()).isZero();
    }

    @Test
    void tcpdumpThatRotatesBySeconds() throws IOException, InterruptedException {
        Privileges.need("tcpdump");
        followWhile(
                "listening on",
                "tcpdump",
                "-i",
                "lo",
                "-G",
                "1",
                "-w",
                ring + "/%s.pcap",
                "-U",
                "-Z",
                "root",
                "tcp",
                "port",
                "8080");
        try (var files = Files.list(ring)) {
            assertThat(files.count()).as("it rotated").isGreaterThan(1);
        }
    }

    /** A ring of two files, each of which has room for one connection: the oldest one is always deleted. */
    @Test
    void dumpcapWithARing() throws IOException, InterruptedException {
        Privileges.need("dumpcap");
        followWhile(
                "File: ",
                "dumpcap",
                "-i",
                "lo",
                "-b",
                "packets:10",
                "-b",
                "files:2",
                "-w",
                ring + "/ring.pcapng",
                "-f",
                "tcp port 8080");
    }
}
