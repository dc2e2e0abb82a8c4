package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.flow.db.FlowDbWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When one database follows the other, and which of them are deleted. */
final class LiveFilesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    private Path directory;

    private Path source;

    @BeforeEach
    void index() {
        source = directory.resolve("source.tfdb");
        final Path capture = ProjectTree.root().resolve("testdata/captures/keepalive4.pcap");
        assertThat(new Run().main("index", "-q", "--db", source, capture).exit())
                .isZero();
    }

    private LiveFiles open(final String... words) throws IOException {
        return open(System::currentTimeMillis, words);
    }

    private LiveFiles open(final LongSupplier wallMs, final String... words) throws IOException {
        return LiveFiles.open(ArgumentParser.parse(Flags.LIVE, List.of(words)), directory.resolve("shop.tfdb"), wallMs);
    }

    /** One that is large enough, and the next one begins. */
    private Path finish(final LiveFiles files) throws IOException {
        commit(files.writer());
        final Path file = files.writer().file();
        assertThat(files.next()).isNotNull();
        return file;
    }

    /** The indexed flows, once more. */
    private void commit(final FlowDbWriter writer) throws IOException {
        try (FlowDb flows = FlowDb.open(source)) {
            if (Files.exists(writer.file())) {
                writer.commit(flows.captures());
                return;
            }
            flows.forEach(flow -> writer.onFlow(flow, bytes(flows, flow)));
            writer.commit(flows.captures());
        }
    }

    private static java.nio.ByteBuffer bytes(final FlowDb flows, final FlowRecord flow) {
        try {
            return flows.clientBytes(flow.id());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void rotateSize_beginsTheNextOne_behindTheCommitThatReachesIt() throws IOException {
        final long bytes = bytesOfOneCommit();
        try (LiveFiles files = open("--rotate-size", Long.toString(bytes + 1))) {
            final Path first = files.writer().file();
            assertThat(first.getFileName().toString()).matches("shop-\\d{8}T\\d{6}\\.\\d{3}Z\\.tfdb");
            commit(files.writer());
            assertThat(files.next()).as("a byte too small").isNull();
            commit(files.writer());
            assertThat(files.next()).isNotNull();
            assertThat(files.writer().file()).isNotEqualTo(first);
            assertThat(files.finished()).isEqualTo(1);
            assertThat(files.deleted()).isZero();
            assertThat(new Run().main("verify", first).exit()).isZero();
        }
    }

    private long bytesOfOneCommit() throws IOException {
        final Path alone = directory.resolve("alone.tfdb");
        try (FlowDbWriter writer = FlowDbWriter.open(alone)) {
            commit(writer);
        }
        return Files.size(alone);
    }

    @Test
    void keepAge_deletesThoseThatAreOlder_andNobodyElses() throws IOException {
        final Path older = aged("shop-20261101T100000.000Z.tfdb", Duration.ofMinutes(61));
        final Path younger = aged("shop-20261101T110000.000Z.tfdb", Duration.ofMinutes(59));
        final Path written = aged("shop-20261101T090000.000Z.tfdb", Duration.ofMinutes(61));
        Files.createFile(directory.resolve(written.getFileName() + ".lock"));
        final Path named = aged("shop-monday.tfdb", Duration.ofMinutes(61));
        final Path others = aged("bar-20261101T100000.000Z.tfdb", Duration.ofMinutes(61));
        try (LiveFiles files = open("--rotate-size", "1000", "--keep-age", "1h")) {
            commit(files.writer());
            final Path finished = files.writer().file();
            assertThat(files.next()).isNotNull();
            assertThat(older).doesNotExist();
            assertThat(List.of(younger, written, named, others, finished)).allMatch(Files::exists);
            assertThat(files.deleted()).isEqualTo(1);
        }
    }

    /** The kernel gives files their times by the clock as it is. */
    @Test
    void keepAge_deletesNoDatabaseThatWasFinishedAMomentAgo_whenTheClockWasSetBack() throws IOException {
        try (LiveFiles files = open("--rotate-size", "1000", "--keep-age", "1h")) {
            final Path first = finish(files);
            aged(first, DAY);
            final Path second = finish(files);
            assertThat(List.of(first, second)).allMatch(Files::exists);
            assertThat(files.deleted()).isZero();
        }
    }

    @Test
    void keepAge_deletesWhatIsOld_whateverTheClockWasSetTo() throws Exception {
        try (LiveFiles files = open("--rotate-size", "1000", "--keep-age", "1s")) {
            final Path first = finish(files);
            aged(first, DAY.negated());
            assertThat(Eventually.holds(PATIENCE, () -> {
                        finish(files);
                        return Files.notExists(first);
                    }))
                    .isTrue();
        }
    }

    /** A machine that began a day ahead and was set back; and one that is set a day ahead. */
    @ParameterizedTest
    @CsvSource({"-24, 61", "24, 59"})
    void keepAge_deletesThoseOfEarlierRuns_onlyWhenTheyAreOldByBothClocks(final int aheadHours, final int ageMinutes)
            throws IOException {
        final Path before = aged("shop-20261101T100000.000Z.tfdb", Duration.ofMinutes(ageMinutes));
        final long aheadMs = Duration.ofHours(aheadHours).toMillis();
        try (LiveFiles files =
                open(() -> System.currentTimeMillis() + aheadMs, "--rotate-size", "1000", "--keep-age", "1h")) {
            finish(files);
            assertThat(before).exists();
        }
    }

    @Test
    void keepSize_deletesThoseOfEarlierRunsFirst_whoseClockWasAhead() throws IOException {
        final Path ahead = Files.copy(source, directory.resolve("shop-20991101T100000.000Z.tfdb"));
        final long keep = Math.max(Files.size(ahead), bytesOfOneCommit()) + 1;
        try (LiveFiles files = open("--rotate-size", "1000", "--keep-size", Long.toString(keep))) {
            final Path ours = finish(files);
            assertThat(ours).exists();
            assertThat(ahead).doesNotExist();
        }
    }

    private static Path aged(final Path file, final Duration age) throws IOException {
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }

    private Path aged(final String name, final Duration age) throws IOException {
        return aged(Files.createFile(directory.resolve(name)), age);
    }
}
