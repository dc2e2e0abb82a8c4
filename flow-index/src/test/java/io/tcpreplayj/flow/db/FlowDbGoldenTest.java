package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Tunnel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases that released versions wrote are opened for ever. */
final class FlowDbGoldenTest {
    private static final Path VERSION_1 = GoldenFlows.folder().resolve("v1.tfdb");
    private static final Path VERSION_2 = GoldenFlows.folder().resolve("v2.tfdb");

    @TempDir
    private Path folder;

    @Test
    void version1_isRead() throws IOException {
        assertHolds(VERSION_1, GoldenFlows.flowsOfVersion1());
    }

    @Test
    void version2_isRead() throws IOException {
        assertHolds(VERSION_2, GoldenFlows.flows());
    }

    private static void assertHolds(final Path file, final List<FlowAndBytes> flows) throws IOException {
        try (FlowDb db = FlowDb.open(file)) {
            assertThat(FlowAndBytes.allOf(db))
                    .isEqualTo(flows.stream().map(FlowAndBytes::text).toList());
            assertThat(db.captures()).containsExactly(GoldenFlows.CAPTURE);
            assertThat(db.warnings()).isEmpty();
        }
    }

    /** The file stays one of version 1, so a flow that is added loses its tunnel. */
    @Test
    void version1_isAppendedTo() throws IOException {
        final FlowAndBytes http = SampleFlows.http(3, 1, 3);
        final FlowAndBytes tunnelled =
                new FlowAndBytes(SampleFlows.in(Tunnel.of(Tunnel.Kind.GRE, 1, 7), http.flow()), http.bytes());

        assertThat(appended(VERSION_1, tunnelled)).hasSize(3).endsWith(http.text());
    }

    @Test
    void version2_isAppendedTo() throws IOException {
        final FlowAndBytes third = SampleFlows.odd(3, 1, 3);

        assertThat(appended(VERSION_2, third)).hasSize(3).endsWith(third.text());
    }

    private List<String> appended(final Path golden, final FlowAndBytes third) throws IOException {
        final Path copy = Files.copy(golden, folder.resolve("copy.tfdb"));
        try (FlowDbWriter writer = FlowDbWriter.open(copy)) {
            third.writeTo(writer);
            writer.commit(SampleFlows.capture(1, 1));
        }
        assertThat(Files.readAllBytes(copy)).startsWith(Files.readAllBytes(golden));
        try (FlowDb db = FlowDb.open(copy)) {
            return FlowAndBytes.allOf(db);
        }
    }

    /** A change of the bytes is a new version, with a golden file of its own. */
    @Test
    void sameFlowsAreWrittenAsTheSameBytes() throws IOException {
        final Path file = folder.resolve("v2.tfdb");
        GoldenFlows.write(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(Files.readAllBytes(VERSION_2));
    }
}
