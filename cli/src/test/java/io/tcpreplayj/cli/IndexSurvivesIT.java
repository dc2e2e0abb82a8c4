package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code index} adds captures to a database while it is killed, while the power is cut, while the disk fills up: what it
 * had committed is there, exactly, and what it had reported was committed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class IndexSurvivesIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int KILLS = Integer.getInteger("tcpreplayj.kills", SOAK ? 1000 : 20);
    /** On each of the two file systems. */
    private static final int POWER_CUTS = Integer.getInteger("tcpreplayj.powercuts", SOAK ? 100 : 10);

    private static final long SEED = Long.getLong("tcpreplayj.seed", System.nanoTime());
    private static final int CAPTURES = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SplittableRandom random = new SplittableRandom(SEED);
    private Path scratch = Path.of("");
    private CaptureSet set;
    /** How long a run takes that is left alone: the kills are spread over that time. */
    private long undisturbedMicros;

    @BeforeAll
    void write(@TempDir final Path directory) throws IOException {
        scratch = directory;
        set = CaptureSet.write(directory.resolve("captures"), CAPTURES);
        final long beganNs = System.nanoTime();
        final Path db = Files.createDirectory(directory.resolve("timed")).resolve("flows.tfdb");
        set.index(db).run().orThrow();
        undisturbedMicros = (System.nanoTime() - beganNs) / 1_000;
        assertThat(set.check(db, CAPTURES, "undisturbed")).isEqualTo(CAPTURES);
    }

    /** Every other run is left alone until it has reported something: on a busy machine chance might leave none so long. */
    private Process startAndWaitAWhile(final Path db, final int run) throws IOException, InterruptedException {
        final Path stdout = scratch.resolve("stdout");
        final Process child = set.index(db).start(stdout, scratch.resolve("stderr"));
        if (run % 2 == 0) {
            assertThat(Eventually.holds(PATIENCE, () -> CaptureSet.reported(stdout) > 0 || !child.isAlive()))
                    .isTrue();
        }
        child.waitFor(random.nextLong(undisturbedMicros) / (run % 2 == 0 ? 4 : 1), TimeUnit.MICROSECONDS);
        return child;
    }

    private void runToTheEnd(final Path db, final int held) throws IOException {
        final Exec.Result result = set.index(db).run();
        assertThat(result.exit()).as(result.stderr()).isZero();
        assertThat(set.check(db, held, "the run after")).isEqualTo(CAPTURES);
        try (var left = Files.list(db.getParent())) {
            assertThat(left.filter(path -> Files.isRegularFile(path)).toList()).isEqualTo(List.of(db));
        }
    }

    @Test
    void killed_holdsWhatWasCommitted() throws Exception {
        final Path db = Files.createDirectory(scratch.resolve("killed")).resolve("flows.tfdb");
        int held = 0;
        int between = 0;
        int reported = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            final String when = "kill " + kill + ", seed " + SEED + ": ";
            final Process child = startAndWaitAWhile(db, kill);
            child.destroyForcibly().waitFor();
            final int added = CaptureSet.reported(scratch.resolve("stdout"));
            final int found = set.check(db, held + added, when);
            // At most one that was committed and not told yet.
            assertThat(found).as(when).isLessThanOrEqualTo(held + added + 1);
            reported += added;
            between += found > held && found < CAPTURES ? 1 : 0;
            held = found;
            if (held == CAPTURES || kill % 10 == 9) {
                runToTheEnd(db, held);
                Files.delete(db);
                held = 0;
            }
        }
        assertThat(between).as("kills in the middle of the work").isPositive();
        assertThat(reported).as("captures that killed runs reported").isPositive();
    }

    @Test
    void readerBesideAWriter_seesWholeCapturesAndMoreAndMore() throws Exception {
        final Path db = Files.createDirectory(scratch.resolve("read")).resolve("flows.tfdb");
        final Process child = set.index(db).start(scratch.resolve("stdout"), scratch.resolve("stderr"));
        int seen = 0;
        int steps = 0;
        while (child.isAlive()) {
            if (Files.exists(db)) {
                final int now = set.seen(db);
                assertThat(now).isGreaterThanOrEqualTo(seen);
                steps += now > seen ? 1 : 0;
                seen = now;
            }
        }
        assertThat(child.waitFor()).isZero();
        assertThat(set.seen(db)).isEqualTo(CAPTURES);
        assertThat(steps).as("states that the reader saw").isGreaterThan(1);
    }

    /** Only what was fsynced is there afterwards; XFS leaves files that were not synced at length 0. */
    @ParameterizedTest
    @ValueSource(strings = {"xfs", "ext4"})
    void powerCut_holdsWhatWasCommitted(final String type) throws Exception {
        Privileges.needRootAnd("mkfs." + type, "xfs_io", "mount", "umount");
        int held = 0;
        int between = 0;
        int reported = 0;
        try (LoopImage image = LoopImage.make(type, scratch.resolve(type))) {
            final Path db = image.directory().resolve("flows.tfdb");
            for (int cut = 0; cut < POWER_CUTS; cut++) {
                final String when = type + ", power cut " + cut + ", seed " + SEED + ": ";
                final Process child = startAndWaitAWhile(db, cut);
                // Before the cut: an fsync(2) that ext4's shutdown overtakes can find its transaction gone and return 0
                // (jbd2_complete_transaction), and the process lives on to say so, as none does without power.
                final int added = CaptureSet.reported(scratch.resolve("stdout"));
                image.cutPower();
                child.destroyForcibly().waitFor();
                image.remount();
                final int found = set.check(db, held + added, when);
                reported += added;
                between += found > held && found < CAPTURES ? 1 : 0;
                held = found;
                if (held == CAPTURES || cut % 10 == 9) {
                    runToTheEnd(db, held);
                    Files.delete(db);
                    held = 0;
                }
            }
        }
        assertThat(between).as("power cuts in the middle of the work").isPositive();
        assertThat(reported).as("captures that runs reported before the cut").isPositive();
    }

    @Test
    void diskFull_atAnySize_keepsTheLastCommitAndSaysWhatIsNeeded() throws Exception {
        Privileges.needRootAnd("mount", "umount");
        final Path small = scratch.resolve("small.pcap");
        final Path large = scratch.resolve("large.pcap");
        FlowPcap.write(small, new FlowPcap.Shape(3, 2, 500, 200, 1_000, 10_000), SEED);
        FlowPcap.write(large, new FlowPcap.Shape(110, 1, 40_000, 200, 1_000, 100), SEED);
        for (int kiB = 64; kiB <= 4096; kiB += 64) {
            try (TmpfsMount disk = TmpfsMount.of(kiB, scratch.resolve("disk" + kiB))) {
                final Path db = disk.directory().resolve("flows.tfdb");
                final Path other = disk.directory().resolve("other.tfdb");
                assertThat(new Run().main("index", "-q", "--db", db, small).exit())
                        .isZero();
                final byte[] before = Files.readAllBytes(db);
                assertTellsDiskFull(new Run().main("index", "-q", "--db", db, large), db, kiB);
                assertThat(Files.readAllBytes(db)).as("%d KiB", kiB).isEqualTo(before);
                assertTellsDiskFull(new Run().main("index", "-q", "--db", other, large), other, kiB);
                assertThat(new Run().main("verify", db).exit()).isZero();
                try (var left = Files.list(disk.directory())) {
                    assertThat(left.toList()).as("%d KiB", kiB).isEqualTo(List.of(db));
                }
            }
        }
    }

    /** One line that names the file, the cause and the bytes, one with the cure, no stack trace. */
    private static void assertTellsDiskFull(final Run run, final Path file, final int kiB) {
        assertThat(run.exit()).as(kiB + " KiB: " + run.err()).isEqualTo(8);
        assertThat(run.err())
                .matches("tcpreplay-j: " + file
                        + ": No space left on device, writing at least \\d+ bytes from byte \\d+ on\n"
                        + "hint: make room and run the same command again\n");
        final String bytes = run.err().replaceAll("(?s).*at least (\\d+) bytes.*", "$1");
        assertThat(Long.parseLong(bytes)).as("%d KiB", kiB).isLessThan(5_000_000);
    }

    /**
     * A disk that takes what is written and cannot keep it: the file system has room, the device below it has none, which only
     * fsync(2) says. Nothing is reported that is not there, and nothing is tried again behind the failure.
     */
    @ParameterizedTest
    @ValueSource(strings = {"xfs", "ext4"})
    void deviceFails_isNoSuccess(final String type) throws Exception {
        Privileges.needRootAnd("mkfs." + type, "mount", "umount");
        try (TmpfsMount device = TmpfsMount.of(256 << 10, scratch.resolve("device-" + type));
                LoopImage image = LoopImage.make(type, device.directory().resolve("disk"))) {
            final Path ballast = device.directory().resolve("ballast");
            Exec.run(
                            "sh",
                            "-c",
                            "head -c $(($(df --output=avail -B1 \"$0\" | tail -1) - 4000000)) /dev/zero >\"$0\"/ballast",
                            device.directory().toString())
                    .orThrow();
            final Path db = image.directory().resolve("flows.tfdb");
            final Path stdout = scratch.resolve("stdout");
            final Path stderr = scratch.resolve("stderr");
            final Process child = set.index(db).start(stdout, stderr);
            assertThat(child.waitFor()).as(Files.readString(stderr)).isEqualTo(8);
            assertThat(Files.readString(stderr))
                    .contains(db.getFileName().toString())
                    .containsPattern("Input/output error|No space left on device|Read-only file system")
                    .contains("hint: ")
                    .doesNotContain("\tat ");
            final int reported = CaptureSet.reported(stdout);
            assertThat(reported).isBetween(1, CAPTURES - 1);
            Files.delete(ballast);
            image.remount();
            runToTheEnd(db, set.check(db, reported, "the device failed"));
        }
    }

    /** {@code ulimit -f}: the JVM ignores SIGXFSZ, and write(2) says EFBIG. */
    @Test
    void fileSizeLimit_isToldAsAFullDisk() throws IOException {
        final Path directory = Files.createDirectory(scratch.resolve("limit"));
        Commands.installLauncher(directory);
        final Exec.Result result = Exec.run(
                "sh",
                "-c",
                "ulimit -f 8000; exec " + directory.resolve("tcpreplay-j") + " index -q --db "
                        + directory.resolve("flows.tfdb") + " " + scratch.resolve("captures"));
        assertThat(result.exit()).as(result.stderr()).isEqualTo(8);
        assertThat(result.stderr())
                .contains("flows.tfdb: File too large, writing at least ")
                .doesNotContain("\tat ");
        final int reported = (int) result.stdout()
                .lines()
                .filter(line -> line.contains(".pcap: pcap, "))
                .count();
        assertThat(set.check(directory.resolve("flows.tfdb"), reported, "ulimit"))
                .isEqualTo(reported);
    }
}
