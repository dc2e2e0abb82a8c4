package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.db.LabFileSystem.Watcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Nth operation on files fails, for every N: nobody is told of a success that is none, what was committed stays, and
 * nothing half-made lies about. The way SQLite tests its I/O errors.
 */
final class FlowDbFaultTest {
    private static final String EIO = "Input/output error";
    private static final String ENOSPC = "No space left on device";
    private static final int FLOWS = 6;
    /** More than any of these writers does: the test says when it is too few. */
    private static final int MOST_OPERATIONS = 500;

    @TempDir
    private Path folder;

    /** Lets operation N fail, and perhaps all behind it. */
    private static final class Faults implements Watcher {
        private final int failing;
        private final boolean forEver;
        private final String error;
        private final List<String> operations = new ArrayList<>();

        Faults(final int failing, final boolean forEver, final String error) {
            this.failing = failing;
            this.forEver = forEver;
            this.error = error;
        }

        @Override
        public void before(final Operation operation, final Path path) throws IOException {
            operations.add(operation + " " + path.getFileName());
            final int number = operations.size();
            if (number == failing || (forEver && number > failing)) {
                throw new IOException(error);
            }
        }

        boolean happened() {
            return operations.size() >= failing;
        }

        @Override
        public String toString() {
            return error + (forEver ? " from operation " : " at operation ") + failing + " on: " + operations;
        }
    }

    /** What a writer reported before it ended, well or badly. */
    private record Outcome(int commits, @Nullable Exception failure) {
        boolean clean() {
            return failure == null;
        }
    }

    private Path file() {
        return folder.resolve("flows.tfdb");
    }

    private static List<FlowAndBytes> flows(final int capture) {
        final List<FlowAndBytes> flows = new ArrayList<>();
        for (long id = (long) capture * FLOWS + 1; id <= (long) (capture + 1) * FLOWS; id++) {
            flows.add(id % 3 == 0 ? large(id, capture) : SampleFlows.http(id, capture, 3, 64));
        }
        return flows;
    }

    /** A payload that has blocks for itself and so is written at once. */
    private static FlowAndBytes large(final long id, final int capture) {
        return new FlowAndBytes(
                SampleFlows.cut(SampleFlows.http(id, capture, 1).flow()), SampleFlows.payload(id, 70_000));
    }

    private static void addCapture(final FlowDbWriter writer, final int capture) throws IOException {
        flows(capture).forEach(flow -> flow.writeTo(writer));
        writer.commit(SampleFlows.capture(capture, FLOWS));
    }

    /** Adds captures until there are {@code captures}, as an index run does. */
    private static Outcome write(final Path file, final int captures) {
        int commits = 0;
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            for (int capture = writer.nextCaptureId(); capture < captures; capture++) {
                addCapture(writer, capture);
                commits++;
            }
        } catch (final IOException | UncheckedIOException e) {
            return new Outcome(commits, e);
        }
        return new Outcome(commits, null);
    }

    private static List<String> expected(final int captures) {
        final List<String> texts = new ArrayList<>();
        for (int capture = 0; capture < captures; capture++) {
            flows(capture).forEach(flow -> texts.add(flow.text()));
        }
        return texts;
    }

    private void assertHolds(final int captures, final Object when) throws IOException {
        assertThat(capturesHeld()).as("captures after %s", when).isEqualTo(captures);
    }

    /** How many captures are in the database; their flows are what was written, or this fails. */
    private int capturesHeld() throws IOException {
        if (!Files.exists(file())) {
            return 0;
        }
        try (FlowDb db = FlowDb.open(file())) {
            final int captures = db.captures().size();
            assertThat(FlowAndBytes.allOf(db).equals(expected(captures)))
                    .as("the flows of %d captures", captures)
                    .isTrue();
            return captures;
        }
    }

    private void assertOnlyTheDatabaseIsLeft(final Object when) throws IOException {
        try (var left = Files.list(folder)) {
            assertThat(left.filter(path -> !path.equals(file())).toList())
                    .as("%s", when)
                    .isEmpty();
        }
    }

    private void clear() throws IOException {
        try (var left = Files.list(folder)) {
            for (final Path path : left.toList()) {
                Files.delete(path);
            }
        }
    }

    /** A new database with two captures, then a third; {@code before} are there already. */
    private int failEach(final int before, final boolean forEver, final String error) throws IOException {
        for (int n = 1; n < MOST_OPERATIONS; n++) {
            clear();
            if (before > 0) {
                assertThat(write(file(), before).clean()).isTrue();
            }
            final Faults faults = new Faults(n, forEver, error);
            final Outcome outcome = write(new LabFileSystem(faults).path(file()), before + 2);
            if (!faults.happened()) {
                assertThat(outcome).isEqualTo(new Outcome(2, null));
                return n;
            }
            if (outcome.clean()) {
                // A file that is there or not: an answer that needs no exception. What counts is what came of it.
                assertThat(faults.operations.get(n - 1)).as("%s", faults).startsWith("STAT");
            }
            if (forEver) {
                // What cannot be taken back either may be seen: a commit of which nobody was told.
                assertThat(capturesHeld())
                        .as("%s", faults)
                        .isBetween(before + outcome.commits(), before + outcome.commits() + 1);
            } else {
                assertHolds(before + outcome.commits(), faults);
                assertOnlyLocksAreLeft(faults);
            }
            assertThat(write(file(), before + 2).failure())
                    .as("the next run after %s", faults)
                    .isNull();
            assertHolds(before + 2, faults);
            assertOnlyTheDatabaseIsLeft(faults);
        }
        throw new AssertionError("more than " + MOST_OPERATIONS + " operations");
    }

    /** A file that could not be deleted remains; the next writer takes it over. */
    private void assertOnlyLocksAreLeft(final Faults faults) throws IOException {
        try (var left = Files.list(folder)) {
            assertThat(left.filter(path -> !path.equals(file()))
                            .map(path -> path.getFileName().toString()))
                    .as("%s", faults)
                    .allMatch(name -> faults.operations.get(faults.failing - 1).equals("DELETE " + name)
                            || name.endsWith(".lock"));
        }
    }

    @Test
    void eachOperationOfANewDatabaseFailsOnce() throws IOException {
        assertThat(failEach(0, false, EIO)).isGreaterThan(20);
    }

    @Test
    void eachOperationOfANewDatabaseFails_andAllBehindIt() throws IOException {
        failEach(0, true, EIO);
    }

    @Test
    void eachOperationOfAnAdditionFailsOnce() throws IOException {
        assertThat(failEach(2, false, EIO)).isGreaterThan(20);
        assertThat(failEach(2, false, ENOSPC)).isGreaterThan(20);
    }

    @Test
    void eachOperationOfAnAdditionFails_andAllBehindIt() throws IOException {
        failEach(2, true, EIO);
    }

    /** Lets one kind of operation on the database fail, once it is told to. */
    private static final class Failing implements Watcher {
        private final Operation operation;
        private final String error;
        private boolean armed;

        Failing(final Operation operation, final String error) {
            this.operation = operation;
            this.error = error;
        }

        @Override
        public void before(final Operation happening, final Path path) throws IOException {
            if (armed && happening == operation && !path.toString().endsWith(".lock")) {
                armed = false;
                throw new IOException(error);
            }
        }
    }

    /** A second fsync after a failed one succeeds, though the pages never reached the disk: it proves nothing. */
    @Test
    void failedFsyncEndsTheWriter_andItsCommitIsTakenBack() throws IOException {
        final Failing fsync = new Failing(Watcher.Operation.FORCE, EIO);
        try (FlowDbWriter writer = FlowDbWriter.open(new LabFileSystem(fsync).path(file()))) {
            addCapture(writer, 0);
            fsync.armed = true;
            assertThatThrownBy(() -> addCapture(writer, 1)).hasMessageContaining(EIO);
            assertThatThrownBy(() -> addCapture(writer, 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> writer.commit(SampleFlows.capture(1, 0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("an earlier write failed");
        }
        assertHolds(1, fsync);
        assertOnlyTheDatabaseIsLeft(fsync);
    }

    @Test
    void fullDiskIsToldWithTheFileAndTheBytesThatWereToBeWritten() throws IOException {
        final Failing write = new Failing(Watcher.Operation.WRITE, ENOSPC);
        try (FlowDbWriter writer = FlowDbWriter.open(new LabFileSystem(write).path(file()))) {
            addCapture(writer, 0);
            final long end = Files.size(file());
            large(7, 1).writeTo(writer);
            write.armed = true;
            assertThatThrownBy(() -> large(8, 1).writeTo(writer))
                    .isInstanceOf(UncheckedIOException.class)
                    .cause()
                    .hasMessage(file() + ": " + ENOSPC + ", writing at least " + 2 * 70_012 + " bytes from byte " + end
                            + " on");
        }
        assertHolds(1, write);
    }
}
