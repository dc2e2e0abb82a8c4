package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** kill -9 at a random moment: what was committed is there, exactly, and the next writer goes on. */
@Execution(ExecutionMode.CONCURRENT)
final class FlowDbCrashTest {
    private static final int KILLS = 20;

    @TempDir
    private Path folder;

    @Test
    void killedWriterLeavesItsLastCommit() throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final Path file = folder.resolve("flows.tfdb");
        int committed = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            committed = Math.max(committed, runAndKill(file, random));
            if (Files.exists(file)) {
                committed = checkedCommits(file, committed, "seed " + seed + ", kill " + kill);
            } else {
                assertThat(committed).as("seed %d", seed).isZero();
            }
        }
        assertThat(committed).isPositive();
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            assertThat(writer.nextCaptureId()).isEqualTo(committed);
        }
        try (var left = Files.list(folder)) {
            assertThat(left.toList()).isEqualTo(List.of(file));
        }
    }

    @Test
    void writerOfAnotherProcessIsInTheWayOfAWriter_notOfAReader() throws Exception {
        final Path file = folder.resolve("flows.tfdb");
        final Process child = start(file);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).isEqualTo("0");
            assertThatThrownBy(() -> FlowDbWriter.open(file))
                    .isInstanceOf(FlowDbLockedException.class)
                    .hasMessage(file.toRealPath() + ": another writer has it open (pid " + child.pid() + ")");
            try (FlowDb db = FlowDb.open(file)) {
                assertThat(db.size()).isPositive();
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            assertThat(writer.nextCaptureId()).isPositive();
        }
    }

    private static Process start(final Path file) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Dkryo.unsafe=false",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashingWriter.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Returns how many commits the child reported. */
    private static int runAndKill(final Path file, final Random random) throws IOException, InterruptedException {
        final Process child = start(file);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            int commits = 0;
            final int reportsToAwait = random.nextInt(4);
            for (int i = 0; i < reportsToAwait; i++) {
                commits = commitsAfter(out.readLine());
            }
            child.waitFor(random.nextInt(80_000), TimeUnit.MICROSECONDS);
            // Not Process.destroyForcibly(): that also closes the pipe with the last reports in it.
            child.toHandle().destroyForcibly();
            assertThat(child.waitFor()).as("killed by SIGKILL").isEqualTo(128 + 9);
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                commits = commitsAfter(line);
            }
            return commits;
        } finally {
            child.destroyForcibly();
        }
    }

    private static int commitsAfter(final String line) {
        return Integer.parseInt(line) + 1;
    }

    private static int checkedCommits(final Path file, final int reported, final String when) throws IOException {
        try (FlowDb db = FlowDb.open(file)) {
            final int commits = db.captures().size();
            // At most one that was durable and not reported yet.
            assertThat(commits).as(when).isBetween(reported, reported + 1);
            assertThat(db.size()).as(when).isEqualTo(commits * CrashingWriter.FLOWS_A_COMMIT);
            final List<String> found = FlowAndBytes.allOf(db);
            for (int i = 0; i < found.size(); i++) {
                final FlowAndBytes expected = CrashingWriter.flow(i + 1, i / CrashingWriter.FLOWS_A_COMMIT);
                assertThat(found.get(i)).as(when).isEqualTo(expected.text());
            }
            return commits;
        }
    }
}
