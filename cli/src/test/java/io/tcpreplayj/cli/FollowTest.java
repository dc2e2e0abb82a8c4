package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code index --follow} as a real process, while its captures are written step by step. */
@BesideOthers
final class FollowTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int START = 1_700_000_000;
    private static final int FILE_HEADER = 24;

    @TempDir
    private Path dir;

    private final List<Process> processes = new ArrayList<>();
    private Path ring;

    @BeforeEach
    void makeRing() throws IOException {
        ring = Files.createDirectory(dir.resolve("ring"));
    }

    @AfterEach
    void endAll() {
        processes.forEach(Process::destroyForcibly);
    }

    private Path db() {
        return dir.resolve("x.tfdb");
    }

    private Path err() {
        return dir.resolve("err");
    }

    private Process follow(final Object... words) throws IOException {
        final List<String> command = new ArrayList<>(Jvm.running());
        command.addAll(List.of("index", "--follow", "--db", db().toString()));
        Arrays.stream(words).map(String::valueOf).forEach(command::add);
        final Process process = new ProcessBuilder(command)
                .redirectOutput(dir.resolve("out").toFile())
                .redirectError(err().toFile())
                .start();
        processes.add(process);
        return process;
    }

    /** A file of the ring that grows by one more connection of that second. */
    private void connection(final String name, final int second, final int clientPort) throws IOException {
        final Path file = ring.resolve(name);
        final byte[] bytes = new TinyCapture(START + second)
                .connection(0x0a000002, clientPort, 80)
                .bytes();
        if (Files.exists(file)) {
            Files.write(file, Arrays.copyOfRange(bytes, FILE_HEADER, bytes.length), StandardOpenOption.APPEND);
        } else {
            Files.write(file, bytes);
        }
    }

    private int committed() {
        final Run run = new Run().main("flows", db(), "--count", "-q");
        return run.exit() == 0 ? Integer.parseInt(run.out().strip()) : 0;
    }

    private void awaitCommitted(final int flows) throws IOException, InterruptedException {
        assertThat(Eventually.holds(LIMIT, () -> committed() >= flows))
                .as(flows + " flows in the database, there are " + committed() + "; " + Files.readString(err()))
                .isTrue();
        assertThat(committed()).isEqualTo(flows);
    }

    private static int end(final Process process, final String signal) throws IOException, InterruptedException {
        final Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static List<String> everything(final Path database) {
        final List<String> texts = new ArrayList<>();
        texts.add(new Run().main("flows", database, "--json").out());
        for (int id = 1; id <= texts.get(0).lines().count(); id++) {
            texts.add(new Run().main("show", database, id, "--json").out());
        }
        return texts;
    }

    private List<String> merged() {
        final Path database = dir.resolve("merged.tfdb");
        assertThat(new Run().main("index", "--merge", "--db", database, ring).exit())
                .isZero();
        return everything(database);
    }

    @ParameterizedTest
    @CsvSource({"INT,130", "TERM,143"})
    void flowsAreThereWhenTheyEnd_andInTheEndTheyAreThoseOfAMerge(final String signal, final int exit)
            throws IOException, InterruptedException {
        final byte[] recorded = Files.readAllBytes(Recorded.file("keepalive4.pcap"));
        connection("a", 0, 1000);
        final Process process = follow(ring);
        // By nothing but the time that passes.
        awaitCommitted(1);
        connection("a", 10, 1001);
        connection("a", 20, 1002);
        awaitCommitted(3);
        final int half = recorded.length / 2;
        Files.write(ring.resolve("b"), Arrays.copyOf(recorded, half));
        connection("a.later", Integer.MAX_VALUE - START - 20, 1003);
        awaitCommitted(3);
        Files.write(ring.resolve("b"), Arrays.copyOfRange(recorded, half, recorded.length), StandardOpenOption.APPEND);
        awaitCommitted(3 + 6 + 1);
        connection("a.later", Integer.MAX_VALUE - START - 10, 1004);
        assertThat(end(process, signal)).as(Files.readString(err())).isEqualTo(exit);
        assertThat(Files.readString(dir.resolve("out")))
                .contains("ring/a and 2 more: followed, ")
                .contains("packets  123 read = 123 indexed + 0 skipped")
                .contains("flows    11 found = 11 replayable + 0 not");
        assertThat(everything(db())).isEqualTo(merged());
        assertThat(new Run().main("verify", db()).exit()).isZero();
        assertThat(new Run().main("index", "--db", db(), ring).out())
                .contains("a.later: already indexed, nothing added");
    }

    /** Flows that go on from file to file are found again in all of them. */
    @Test
    void exported_flowsHaveTheirOwnPackets() throws IOException, InterruptedException {
        final byte[] recorded = Files.readAllBytes(Recorded.file("keepalive4.pcap"));
        final byte[] first =
                new TinyCapture(START).connection(0x0a000003, 7, 80).bytes();
        Files.write(ring.resolve("a"), first);
        final Process process = follow(ring);
        awaitCommitted(1);
        Files.write(ring.resolve("b"), recorded);
        awaitCommitted(7);
        assertThat(end(process, "INT")).isEqualTo(130);
        final Run run = new Run().main("export", db(), "-w", dir.resolve("all.pcapng"));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("7 flows = 7 original + 0 rebuilt");
    }

    @Test
    void killed_theLastCommitIsWhole() throws IOException, InterruptedException {
        final Process process = follow(ring.resolve("*.pcap"), "-q");
        // The database's lock: it has begun to wait.
        assertThat(Eventually.holds(LIMIT, () -> Files.exists(dir.resolve("x.tfdb.lock"))))
                .isTrue();
        connection("one.pcap", 0, 1000);
        connection("one.pcap", 10, 1001);
        awaitCommitted(2);
        connection("two.pcap", 20, 1002);
        connection("two.pcap", 30, 1003);
        awaitCommitted(4);
        connection("two.pcap", 40, 1004);
        process.destroyForcibly();
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(new Run().main("verify", db()).exit()).isZero();
        assertThat(committed()).isBetween(4, 5);
        assertThat(Files.readString(err())).isEmpty();
    }

    /** The FIN that comes again is behind the flow that was written: it is counted. */
    @Test
    void segmentsBehindTheirFlow_areCountedAsLate() throws IOException, InterruptedException {
        connection("a", 0, 1000);
        final byte[] bytes =
                new TinyCapture(START).connection(0x0a000002, 1000, 80).bytes();
        final Process process = follow("--json", ring.resolve("a"));
        awaitCommitted(1);
        Files.write(
                ring.resolve("a"),
                Arrays.copyOfRange(bytes, bytes.length - 56, bytes.length),
                StandardOpenOption.APPEND);
        assertThat(end(process, "INT")).isEqualTo(130);
        assertThat(Files.readString(dir.resolve("out")))
                .contains("\"packets\":{\"read\":9,\"indexed\":8,\"skipped\":{\"late\":1}")
                .contains("\"flows\":{\"found\":1,");
    }

    @Test
    void duration_endsItWithoutASignal() throws IOException {
        connection("a", 0, 1000);
        final Run run = new Run().main("index", "--follow", "--duration", "1ms", "--db", db(), ring);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("ring/a: followed, ");
        assertThat(committed()).isOne();
        final Run nothing = new Run().main("index", "--follow", "--duration", "1ms", "--db", db(), ring);
        assertThat(nothing.exit()).isZero();
        assertThat(nothing.out()).contains("ring/a: already indexed, nothing added");
    }

    @Test
    void whatCannotBeFollowed_isSaidAtOnce() throws IOException {
        assertThat(new Run().main("index", "--follow", "--db", db(), "-").err())
                .contains("stdin: --follow reads files\nhint: ");
        assertThat(new Run()
                        .main("index", "--follow", "--db", db(), ring.resolve("none"))
                        .err())
                .contains("none: no such file or directory\nhint: ");
        assertThat(new Run()
                        .main("index", "--duration", "1s", "--db", db(), ring)
                        .err())
                .contains("--duration without --follow\nhint: ");
        Files.writeString(ring.resolve("notes"), "words, and more of them than a header has");
        final Run run = new Run().main("index", "--follow", "--db", db(), ring.resolve("notes"));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("notes: not a capture but text");
        assertThat(db()).doesNotExist();
    }
}
