package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code tcpreplay-j live} on a host of the lab, from the moment at which it captures. */
final class LiveProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Path database;
    private final Path stdout;
    private final Path stderr;
    private final Process process;

    private LiveProcess(final Path database, final Path stdout, final Path stderr, final Process process) {
        this.database = database;
        this.stdout = stdout;
        this.stderr = stderr;
        this.process = process;
    }

    /** What its JSON says; numbers by path, as {@code kernel.dropped}. */
    record Summary(int exit, Map<String, Object> json) {
        long number(final String... path) {
            Object value = json;
            for (final String name : path) {
                value = ((Map<?, ?>) value).get(name);
            }
            return ((Number) value).longValue();
        }
    }

    /** @param database where it records to; what it says goes beside it */
    static LiveProcess start(final Netns host, final Path database, final String... arguments)
            throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>(List.of("--record", database.toString()));
        words.addAll(List.of(arguments));
        final LiveProcess live = launch(host, database, words);
        live.says("capturing on");
        return live;
    }

    /** The same, for people: see {@link #printed}. */
    static LiveProcess startForPeople(final Netns host, final Path database, final String... arguments)
            throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>(List.of("live", "--record", database.toString()));
        words.addAll(List.of(arguments));
        final LiveProcess live = run(host, database, words);
        live.says("capturing on");
        return live;
    }

    /**
     * One that need not capture here, or record; returns before it has said anything.
     *
     * @param file what it says goes beside it
     */
    static LiveProcess launch(final Netns host, final Path file, final List<String> arguments) throws IOException {
        final List<String> words = new ArrayList<>(List.of("live", "--json"));
        words.addAll(arguments);
        return run(host, file, words);
    }

    private static LiveProcess run(final Netns host, final Path file, final List<String> words) throws IOException {
        final Path stdout = file.resolveSibling(file.getFileName() + ".stdout");
        final Path stderr = file.resolveSibling(file.getFileName() + ".stderr");
        final Process process =
                Commands.tcpreplayj(words.toArray(String[]::new)).inside(host).start(stdout, stderr);
        return new LiveProcess(file, stdout, stderr, process);
    }

    Path database() {
        return database;
    }

    /** Waits until it has said that. */
    void says(final String words) throws IOException, InterruptedException {
        assertThat(Eventually.holds(PATIENCE, () -> Files.readString(stderr).contains(words) || !process.isAlive()))
                .isTrue();
        assertThat(Files.readString(stderr)).contains(words);
    }

    String said() throws IOException {
        return Files.readString(stderr);
    }

    /** Waits until it has read all that the kernel has for it: it says the same twice from now on. Returns how many packets. */
    long readsAll() throws IOException, InterruptedException {
        final int before = answers().size();
        final List<String> told = new ArrayList<>();
        signal("USR1");
        assertThat(Eventually.holds(PATIENCE, () -> {
                    final List<String> now = answers();
                    if (now.size() == told.size()) {
                        return false;
                    }
                    told.clear();
                    told.addAll(now);
                    final int size = told.size();
                    // The first one may answer what was asked before.
                    if (size > before + 2 && told.get(size - 1).equals(told.get(size - 2))) {
                        return true;
                    }
                    signal("USR1");
                    return false;
                }))
                .as(said())
                .isTrue();
        return Long.parseLong(told.get(told.size() - 1).replaceFirst(".*: (\\d+) packets? read, .*", "$1"));
    }

    /** What it said to SIGUSR1. */
    private List<String> answers() throws IOException {
        return said().lines().filter(line -> line.contains(" read, ")).toList();
    }

    long pid() {
        return process.pid();
    }

    /** Waits until one of its threads is held up by a disk (state D of proc(5)). */
    void isHeldUp() throws IOException, InterruptedException {
        final Path tasks = Path.of("/proc/" + process.pid() + "/task");
        assertThat(Eventually.holds(PATIENCE, () -> {
                    try (Stream<Path> threads = Files.list(tasks)) {
                        return threads.anyMatch(LiveProcess::waitsForDisk);
                    }
                }))
                .isTrue();
    }

    private static boolean waitsForDisk(final Path task) {
        try {
            return Files.readString(task.resolve("status")).contains("State:\tD");
        } catch (final IOException e) {
            // It has ended since.
            return false;
        }
    }

    void signal(final String name) {
        Exec.run("kill", "-" + name, Long.toString(process.pid())).orThrow();
    }

    /** Ends it by a signal. */
    Summary end(final String signal) throws IOException, InterruptedException {
        signal(signal);
        return summary();
    }

    /** Waits until it has ended. */
    Summary summary() throws IOException, InterruptedException {
        final Exec.Result result = printed();
        assertThat(result.stdout()).as(said()).startsWith("{");
        return new Summary(result.exit(), JSON.std.mapFrom(result.stdout()));
    }

    /** Waits until it has ended. */
    Exec.Result printed() throws IOException, InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as(said())
                .isTrue();
        return new Exec.Result(List.of(), process.exitValue(), Files.readString(stdout), said());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
