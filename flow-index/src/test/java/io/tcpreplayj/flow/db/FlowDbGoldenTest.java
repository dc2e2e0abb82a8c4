package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.packet.Tunnel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Databases that released versions wrote are opened for ever. */
final class FlowDbGoldenTest {
    private static final Path VERSION_1 = GoldenFlows.folder().resolve("v1.tfdb");
    private static final Path VERSION_2 = GoldenFlows.folder().resolve("v2.tfdb");
    private static final Path VERSION_3 = GoldenFlows.folder().resolve("v3.tfdb");
    private static final Path VERSION_4 = GoldenFlows.folder().resolve("v4.tfdb");
    private static final Path VERSION_5 = GoldenFlows.folder().resolve("v5.tfdb");
    private static final Path VERSION_6 = GoldenFlows.folder().resolve("v6.tfdb");

    @TempDir
    private Path folder;

    @Test
    void version1_isRead() throws IOException {
        assertHolds(VERSION_1, GoldenFlows.flowsOfVersion1(), GoldenFlows.CAPTURE);
    }

    @Test
    void version2_isRead() throws IOException {
        assertHolds(VERSION_2, GoldenFlows.flowsOfVersion3(), GoldenFlows.CAPTURE);
    }

    @Test
    void version3_isRead() throws IOException {
        assertHolds(VERSION_3, GoldenFlows.flowsOfVersion3(), GoldenFlows.REDACTED_CAPTURE);
    }

    @Test
    void version4_isRead() throws IOException {
        assertHolds(VERSION_4, GoldenFlows.flowsOfVersion4(), GoldenFlows.REDACTED_CAPTURE);
    }

    @Test
    void version5_isRead() throws IOException {
        assertHolds(VERSION_5, GoldenFlows.flowsOfVersion5(), GoldenFlows.REDACTED_CAPTURE);
    }

    @Test
    void version6_isRead() throws IOException {
        assertHolds(VERSION_6, GoldenFlows.flows(), GoldenFlows.CAPTURE_WITH_UDP);
    }

    private static void assertHolds(final Path file, final List<FlowAndBytes> flows, final CaptureInfo capture)
            throws IOException {
        try (FlowDb db = FlowDb.open(file)) {
            assertThat(FlowAndBytes.allOf(db))
                    .isEqualTo(flows.stream().map(FlowAndBytes::text).toList());
            assertThat(db.captures()).containsExactly(capture);
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

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void laterVersions_areAppendedTo(final int version) throws IOException {
        final FlowAndBytes third = SampleFlows.odd(3, 1, 3);
        final Path golden = GoldenFlows.folder().resolve("v" + version + ".tfdb");

        assertThat(appended(golden, third)).hasSize(3).endsWith(third.text());
    }

    /** What an older version cannot tell of a flow is left out. */
    @Test
    void version3_losesThePlacesOfHoles() {
        final FlowAndBytes holed = GoldenFlows.flows().get(1);
        final FlowAndBytes plain = GoldenFlows.flowsOfVersion3().get(1);
        final RecordCodec old = new RecordCodec(3);
        assertThat(old.encoded(holed.flow())).isEqualTo(new RecordCodec(3).encoded(plain.flow()));
        assertThat(new RecordCodec(4).encoded(holed.flow())).isNotEqualTo(old.encoded(holed.flow()));
    }

    @Test
    void version4_losesHeadersAndAcknowledgements() {
        final RecordCodec old = new RecordCodec(4);
        final byte[] plain = FlowAndBytes.toArray(
                old.encoded(GoldenFlows.flowsOfVersion4().get(0).flow()));
        assertThat(FlowAndBytes.toArray(old.encoded(GoldenFlows.flows().get(0).flow())))
                .isEqualTo(plain);
    }

    /** There is no place for UDP before version 6: who writes must ask, and is not believed. */
    @Test
    void version5_takesNoUdp() throws IOException {
        final Path copy = Files.copy(VERSION_5, folder.resolve("copy.tfdb"));
        try (FlowDbWriter writer = FlowDbWriter.open(copy)) {
            assertThat(writer.canTellUdp()).isFalse();
            assertThatThrownBy(() -> GoldenFlows.flows().get(2).writeTo(writer))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("UDP");
        }
        assertThat(Files.readAllBytes(copy)).isEqualTo(Files.readAllBytes(VERSION_5));
    }

    /** A file that cannot say that secrets were replaced must not pass for one in which none were. */
    @Test
    void version2_takesNothingThatItCannotTell() throws IOException {
        final Path copy = Files.copy(VERSION_2, folder.resolve("copy.tfdb"));
        try (FlowDbWriter writer = FlowDbWriter.open(copy)) {
            assertThat(writer.canTell(PayloadKept.ALL)).isTrue();
            assertThat(writer.canTell(PayloadKept.REDACTED)).isFalse();
            assertThat(writer.canTell(PayloadKept.NONE)).isFalse();
            final CaptureInfo sample = SampleFlows.capture(1, 0);
            assertThatThrownBy(() -> writer.commit(
                            new CaptureInfo(1, sample.name(), 1, 1, 1, 1, 1, 0, false, PayloadKept.REDACTED)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot tell");
        }
        assertThat(Files.readAllBytes(copy)).isEqualTo(Files.readAllBytes(VERSION_2));
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
        final Path file = folder.resolve("v6.tfdb");
        GoldenFlows.write(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(Files.readAllBytes(VERSION_6));
    }
}
