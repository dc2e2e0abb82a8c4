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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When one database follows the other, and which of them are deleted. */
final class LiveFilesTest {
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
        return LiveFiles.open(ArgumentParser.parse(Flags.LIVE, List.of(words)), directory.resolve("shop.tfdb"));
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

    private Path aged(final String name, final Duration age) throws IOException {
        final Path file = Files.createFile(directory.resolve(name));
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }
}
