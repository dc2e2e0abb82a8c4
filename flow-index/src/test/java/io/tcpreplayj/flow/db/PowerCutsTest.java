package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Power cuts at every moment of a writer's work, with every disorder of what was not synced: thousands a second. */
final class PowerCutsTest {
    private static final int SCHEDULES = Boolean.getBoolean("tcpreplayj.soak") ? 100_000 : 2_000;
    private static final long SEED = Long.getLong("tcpreplayj.seed", System.nanoTime());
    private static final int CAPTURES = 5;
    private static final int FLOWS = 3;

    @TempDir
    private Path folder;

    private final PowerCuts cuts = new PowerCuts();
    private final List<String> expected = new ArrayList<>();

    /** Three captures by one writer, two by the next, which drops what it began of a sixth. */
    @BeforeEach
    void write() throws IOException {
        final Path hostFile = Files.createDirectory(folder.resolve("written")).resolve("flows.tfdb");
        final Path file = new LabFileSystem(cuts).path(hostFile);
        for (int run = 0; run < 2; run++) {
            try (FlowDbWriter writer = FlowDbWriter.open(file)) {
                final int end = run == 0 ? 3 : CAPTURES;
                for (int capture = writer.nextCaptureId(); capture < end; capture++) {
                    add(writer, capture);
                    cuts.reported();
                }
                if (run == 1) {
                    large(CAPTURES).writeTo(writer);
                }
            }
        }
        try (FlowDb db = FlowDb.open(hostFile)) {
            expected.addAll(FlowAndBytes.allOf(db));
        }
        assertThat(expected).hasSize(CAPTURES * FLOWS);
    }

    private static void add(final FlowDbWriter writer, final int capture) throws IOException {
        final long first = (long) capture * FLOWS + 1;
        SampleFlows.digested(SampleFlows.http(first, capture, 2, 8)).writeTo(writer);
        SampleFlows.digested(SampleFlows.odd(first + 1, capture, capture)).writeTo(writer);
        SampleFlows.digested(SampleFlows.http(first + 2, capture, 3, 0)).writeTo(writer);
        writer.commit(SampleFlows.capture(capture, FLOWS));
    }

    /** A payload that is written before the commit. */
    private static FlowAndBytes large(final int capture) {
        final long id = (long) capture * FLOWS + 1;
        return new FlowAndBytes(
                SampleFlows.cut(SampleFlows.http(id, capture, 1).flow()), SampleFlows.payload(id, 70_000));
    }

    @Test
    void whateverOfTheUnsyncedIsLost_theLastCommitIsThere() throws IOException {
        int partly = 0;
        for (int schedule = 0; schedule < SCHEDULES; schedule++) {
            final SplittableRandom random = new SplittableRandom(SEED + schedule);
            final int moment = random.nextInt(cuts.moments());
            final String when = "seed " + (SEED + schedule) + ", moment " + moment;
            final Path left = Files.createDirectory(folder.resolve("left"));
            cuts.leave(left, moment, random);
            final Path file = left.resolve("flows.tfdb");
            final int held = check(file, when);
            final int reported = cuts.reportedAt(moment);
            assertThat(held).as(when).isBetween(reported, reported + 1);
            partly += held > 0 && held < CAPTURES ? 1 : 0;
            if (schedule % 20 == 0) {
                goOn(left, file, held, when);
            }
            clear(left);
        }
        assertThat(partly).isPositive();
    }

    /** How many captures there are, whole. */
    private int check(final Path file, final String when) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        assertThat(FlowDbVerifier.verify(file).damage()).as(when).isEmpty();
        try (FlowDb db = FlowDb.open(file)) {
            final int held = db.captures().size();
            assertThat(FlowAndBytes.allOf(db).equals(expected.subList(0, held * FLOWS)))
                    .as(when)
                    .isTrue();
            return held;
        }
    }

    /** The next run appends, and leaves nothing else behind. */
    private void goOn(final Path left, final Path file, final int held, final String when) throws IOException {
        if (held == CAPTURES) {
            return;
        }
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            add(writer, held);
        }
        assertThat(check(file, when)).as(when).isEqualTo(held + 1);
        try (Stream<Path> files = Files.list(left)) {
            assertThat(files.toList()).as(when).containsExactly(file);
        }
    }

    private static void clear(final Path left) throws IOException {
        try (Stream<Path> files = Files.list(left)) {
            for (final Path path : files.toList()) {
                Files.delete(path);
            }
        }
        Files.delete(left);
    }
}
