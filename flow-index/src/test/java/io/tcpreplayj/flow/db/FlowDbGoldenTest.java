package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that version 1 wrote is opened for ever. */
final class FlowDbGoldenTest {
    private static final Path VERSION_1 = GoldenFlows.folder().resolve("v1.tfdb");

    @TempDir
    private Path folder;

    @Test
    void version1_isRead() throws IOException {
        try (FlowDb db = FlowDb.open(VERSION_1)) {
            assertThat(FlowAndBytes.allOf(db))
                    .isEqualTo(
                            GoldenFlows.flows().stream().map(FlowAndBytes::text).toList());
            assertThat(db.captures()).containsExactly(GoldenFlows.CAPTURE);
            assertThat(db.warnings()).isEmpty();
        }
    }

    @Test
    void version1_isAppendedTo() throws IOException {
        final Path copy = Files.copy(VERSION_1, folder.resolve("copy.tfdb"));
        final FlowAndBytes third = SampleFlows.odd(3, 1, 3);
        try (FlowDbWriter writer = FlowDbWriter.open(copy)) {
            third.writeTo(writer);
            writer.commit(SampleFlows.capture(1, 1));
        }
        assertThat(Files.readAllBytes(copy)).startsWith(Files.readAllBytes(VERSION_1));
        try (FlowDb db = FlowDb.open(copy)) {
            assertThat(FlowAndBytes.allOf(db)).hasSize(3).endsWith(third.text());
        }
    }

    /** A change of the bytes is a new version, with a golden file of its own. */
    @Test
    void sameFlowsAreWrittenAsTheSameBytes() throws IOException {
        final Path file = folder.resolve("v1.tfdb");
        GoldenFlows.write(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(Files.readAllBytes(VERSION_1));
    }
}
