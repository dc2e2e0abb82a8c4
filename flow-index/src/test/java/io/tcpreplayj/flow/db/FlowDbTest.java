package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlowDbTest {
    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("flows.tfdb");
    }

    private static List<String> texts(final List<FlowAndBytes> flows) {
        return flows.stream().map(FlowAndBytes::text).toList();
    }

    private static void add(final FlowDbWriter writer, final List<FlowAndBytes> flows) throws IOException {
        flows.forEach(flow -> flow.writeTo(writer));
        writer.commit(SampleFlows.capture(writer.nextCaptureId(), flows.size()));
    }

    private static List<FlowAndBytes> oddFlows(final long firstId, final int captureId, final int count) {
        final List<FlowAndBytes> flows = new ArrayList<>();
        for (long id = firstId; id < firstId + count; id++) {
            flows.add(SampleFlows.odd(id, captureId, id));
        }
        return flows;
    }

    @Test
    void oddFlowsInAnyOrder_comeBackEqualAndInOrder() throws IOException {
        final List<FlowAndBytes> flows = oddFlows(1, 0, 2_000);
        final List<FlowAndBytes> shuffled = new ArrayList<>(flows);
        Collections.shuffle(shuffled, new Random(5));
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, shuffled);
            assertThat(writer.nextFlowId()).isEqualTo(2_001);
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.size()).isEqualTo(2_000);
            assertThat(db.captures()).containsExactly(SampleFlows.capture(0, 2_000));
            assertThat(db.warnings()).isEmpty();
            assertThat(FlowAndBytes.allOf(db)).isEqualTo(texts(flows));
        }
    }

    @Test
    void oneFlowIsFoundByItsId() throws IOException {
        final List<FlowAndBytes> flows = oddFlows(1, 0, 300);
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, flows);
        }
        try (FlowDb db = FlowDb.open(file())) {
            final FlowAndBytes wanted = flows.get(122);
            assertThat(new FlowAndBytes(db.flow(123), FlowAndBytes.toArray(db.clientBytes(123))).text())
                    .isEqualTo(wanted.text());
            assertThat(db.clientBytes(123).isReadOnly()).isTrue();
            assertThat(db.flow(0)).isNull();
            assertThat(db.flow(301)).isNull();
            assertThatThrownBy(() -> db.clientBytes(301)).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void payloadsAndRecordsLargerThanABlock_comeBackEqual() throws IOException {
        final List<FlowAndBytes> flows = new ArrayList<>();
        final int[] sizes = {0, 1, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 5_000_000, 3};
        for (int i = 0; i < sizes.length; i++) {
            final FlowAndBytes small = SampleFlows.http(i + 1, 0, i % 3 == 2 ? 5_000 : 1, i % 2 == 0 ? 256 : 0);
            flows.add(new FlowAndBytes(SampleFlows.cut(small.flow()), SampleFlows.payload(i, sizes[i])));
        }
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, flows);
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(FlowAndBytes.allOf(db)).isEqualTo(texts(flows));
        }
    }

    @Test
    void directoryOfSeveralBlocks_isReadWhole() throws IOException {
        final int flows = 2 * FlowDbFormat.MAX_ROWS_PER_BLOCK + 1;
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            for (int id = flows; id >= 1; id--) {
                SampleFlows.http(id, 0, 0).writeTo(writer);
            }
            writer.commit(SampleFlows.capture(0, flows));
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.size()).isEqualTo(flows);
            final List<Long> ids = new ArrayList<>();
            db.forEach(flow -> ids.add(flow.id()));
            assertThat(ids).isSorted().doesNotHaveDuplicates().startsWith(1L).endsWith((long) flows);
        }
    }

    @Test
    void clientBytesAreTakenFromPositionToLimit_andNotConsumed() throws IOException {
        final ByteBuffer bytes =
                ByteBuffer.wrap(SampleFlows.payload(1, 100)).position(10).limit(30);
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            writer.onFlow(SampleFlows.cut(SampleFlows.http(1, 0, 1).flow()), bytes);
            writer.commit(SampleFlows.capture(0, 1));
        }
        assertThat(bytes.position()).isEqualTo(10);
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.clientBytes(1)).isEqualTo(bytes);
        }
    }

    @Test
    void captureIsAddedToAnExistingDatabase_andAnOpenReaderKeepsItsCommit() throws IOException {
        final List<FlowAndBytes> first = oddFlows(1, 0, 10);
        final List<FlowAndBytes> second = oddFlows(11, 1, 10);
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, first);
        }
        try (FlowDb before = FlowDb.open(file());
                FlowDbWriter writer = FlowDbWriter.open(file())) {
            assertThat(writer.captures()).containsExactly(SampleFlows.capture(0, 10));
            assertThat(writer.nextCaptureId()).isEqualTo(1);
            assertThat(writer.nextFlowId()).isEqualTo(11);
            add(writer, second);
            assertThat(FlowAndBytes.allOf(before)).isEqualTo(texts(first));
            try (FlowDb after = FlowDb.open(file())) {
                final List<FlowAndBytes> all = new ArrayList<>(first);
                all.addAll(second);
                assertThat(FlowAndBytes.allOf(after)).isEqualTo(texts(all));
                assertThat(after.captures()).containsExactly(SampleFlows.capture(0, 10), SampleFlows.capture(1, 10));
            }
        }
    }

    @Test
    void lastCaptureMayGrowInSeveralCommits() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, oddFlows(1, 0, 2));
            oddFlows(3, 0, 2).forEach(flow -> flow.writeTo(writer));
            writer.commit(SampleFlows.capture(0, 4));
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.captures()).containsExactly(SampleFlows.capture(0, 4));
            assertThat(db.size()).isEqualTo(4);
        }
    }

    @Test
    void newDatabaseAppearsWithItsFirstCommit_ownerOnly() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            oddFlows(1, 0, 3).forEach(flow -> flow.writeTo(writer));
            assertThat(file()).doesNotExist();
            for (final Path path : filesOf(folder)) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .isEqualTo("rw-------");
            }
            writer.commit(SampleFlows.capture(0, 3));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                    .isEqualTo("rw-------");
        }
        assertThat(filesOf(folder)).containsExactly(file());
    }

    @Test
    void closeWithoutCommit_leavesNothing() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            oddFlows(1, 0, 3_000).forEach(flow -> flow.writeTo(writer));
        }
        assertThat(filesOf(folder)).isEmpty();
    }

    @Test
    void closeWithoutCommit_leavesAnExistingDatabaseAsItWas() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, oddFlows(1, 0, 3));
        }
        final byte[] before = Files.readAllBytes(file());
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            oddFlows(4, 1, 3_000).forEach(flow -> flow.writeTo(writer));
            assertThat(Files.size(file())).isGreaterThan(before.length);
            try (FlowDb db = FlowDb.open(file())) {
                assertThat(db.size()).isEqualTo(3);
                assertThat(db.warnings()).singleElement().asString().contains("after the last commit");
            }
        }
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    @Test
    void writerAppendsBehindWhatADeadOneLeft_andOverwritesNothing() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, oddFlows(1, 0, 3));
        }
        Files.write(file(), SampleFlows.payload(9, 1_000), StandardOpenOption.APPEND);
        final byte[] before = Files.readAllBytes(file());
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, oddFlows(4, 1, 3));
        }
        final byte[] after = Files.readAllBytes(file());
        assertThat(after).startsWith(before);
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(FlowAndBytes.allOf(db)).isEqualTo(texts(oddFlowsOf(3, 3)));
            assertThat(db.warnings()).isEmpty();
        }
    }

    private static List<FlowAndBytes> oddFlowsOf(final int first, final int second) {
        final List<FlowAndBytes> all = new ArrayList<>(oddFlows(1, 0, first));
        all.addAll(oddFlows(first + 1, 1, second));
        return all;
    }

    @Test
    void emptyCaptureCanBeCommitted() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            writer.commit(SampleFlows.capture(0, 0));
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.size()).isZero();
            assertThat(db.captures()).hasSize(1);
        }
    }

    /** Captures that were merged: all are there, or, with a commit that was never made, none. */
    @Test
    void severalCapturesOfOneCommit_appearTogether() throws IOException {
        final CaptureInfo grown = SampleFlows.capture(1, 2);
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, oddFlows(1, 0, 1));
            writer.commit(SampleFlows.capture(1, 0));
            SampleFlows.odd(2, 1, 1).writeTo(writer);
            SampleFlows.odd(3, 3, 1).writeTo(writer);
            writer.commit(List.of(grown, SampleFlows.capture(2, 0), SampleFlows.capture(3, 1)));
            assertThat(writer.nextCaptureId()).isEqualTo(4);
            for (final int second : new int[] {4, 6}) {
                assertThatThrownBy(
                                () -> writer.commit(List.of(SampleFlows.capture(4, 0), SampleFlows.capture(second, 0))))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("capture id " + second + " behind 4");
            }
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.captures())
                    .containsExactly(
                            SampleFlows.capture(0, 1), grown, SampleFlows.capture(2, 0), SampleFlows.capture(3, 1));
            assertThat(db.flow(3)).isNotNull();
        }
    }

    /** A capture that is followed: it is committed while it grows, and flows end behind the files in which they began. */
    @Test
    void aReadingGoesOn_asLongAsCommitsReplaceACaptureOfIt() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            writer.commit(SampleFlows.capture(0, 0));
            SampleFlows.odd(3, 1, 1).writeTo(writer);
            writer.commit(SampleFlows.capture(1, 1));
            SampleFlows.odd(2, 1, 1).writeTo(writer);
            writer.commit(List.of(SampleFlows.capture(1, 2), SampleFlows.capture(2, 0)));
        }
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            SampleFlows.odd(1, 1, 1).writeTo(writer);
            SampleFlows.odd(4, 3, 1).writeTo(writer);
            writer.commit(List.of(SampleFlows.capture(1, 3), SampleFlows.capture(3, 1)));
            assertThatThrownBy(() -> writer.commit(SampleFlows.capture(0, 0)))
                    .as("a capture of another reading")
                    .hasMessage("capture id 0, expected 4");
            assertThatThrownBy(() -> writer.commit(List.of(SampleFlows.capture(3, 1), SampleFlows.capture(2, 0))))
                    .hasMessage("capture id 2 behind 3");
            assertThatThrownBy(() -> writer.commit(List.of(SampleFlows.capture(2, 0), SampleFlows.capture(5, 0))))
                    .hasMessage("capture id 5 behind 2");
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.size()).isEqualTo(4);
            assertThat(db.capturesByReading())
                    .containsExactly(
                            List.of(SampleFlows.capture(0, 0)),
                            List.of(SampleFlows.capture(1, 3), SampleFlows.capture(2, 0), SampleFlows.capture(3, 1)));
        }
        assertThat(FlowDbVerifier.verify(file()).clean()).isTrue();
    }

    @Test
    void capturesOfOneCommit_mustFitIntoABlock() throws IOException {
        final List<String> longNames = Collections.nCopies(252, "x".repeat(4096));
        assertThat(FlowDbWriter.fitIntoOneCommit(longNames)).isTrue();
        final List<CaptureInfo> many = new ArrayList<>();
        for (int id = 0; id < 253; id++) {
            many.add(new CaptureInfo(id, "x".repeat(4096), Long.MAX_VALUE, -1, Long.MAX_VALUE, -1, -1, 0, false));
        }
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            assertThatThrownBy(() -> writer.commit(many)).isInstanceOf(IllegalArgumentException.class);
            writer.commit(many.subList(0, 252));
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.captures()).isEqualTo(many.subList(0, 252));
        }
    }

    @Test
    void sameIdTwice_isRefused() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            add(writer, oddFlows(1, 0, 3));
            assertThatThrownBy(() -> SampleFlows.odd(2, 1, 1).writeTo(writer))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("flow id 2");
            SampleFlows.odd(4, 1, 1).writeTo(writer);
            SampleFlows.odd(4, 1, 1).writeTo(writer);
            assertThatThrownBy(() -> writer.commit(SampleFlows.capture(1, 2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("flow id 4 was given twice");
        }
        try (FlowDb db = FlowDb.open(file())) {
            assertThat(db.size()).isEqualTo(3);
        }
    }

    @Test
    void secondWriterIsRefused_untilTheFirstCloses() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            assertThatThrownBy(() -> FlowDbWriter.open(file()))
                    .isInstanceOf(FlowDbLockedException.class)
                    .hasMessageContaining(file().toString());
            add(writer, oddFlows(1, 0, 1));
            assertThatThrownBy(() -> FlowDbWriter.open(file())).isInstanceOf(FlowDbLockedException.class);
        }
        try (FlowDbWriter writer = FlowDbWriter.open(file())) {
            assertThat(writer.nextFlowId()).isEqualTo(2);
        }
    }

    @Test
    void tooNewAndTooOld_areNamedSo() throws IOException {
        for (final int version : new int[] {0, 7, 65_535}) {
            try (FileChannel channel = FileChannel.open(
                    file(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                channel.write(FileHeader.encode(new DatabaseId(1, 2), version));
            }
            assertThatThrownBy(() -> FlowDb.open(file()))
                    .isInstanceOf(FlowDbVersionException.class)
                    .hasMessage(file() + ": format version " + version + (version == 0 ? " is too old" : " is too new")
                            + " at byte 24, this program reads 1 to 6");
            assertThatThrownBy(() -> FlowDbWriter.open(file())).isInstanceOf(FlowDbVersionException.class);
        }
    }

    @Test
    void otherFiles_areNamedCorrupt() throws IOException {
        for (final int length : new int[] {0, 1, 47, 48, 5_000}) {
            Files.write(file(), SampleFlows.payload(3, length));
            assertThatThrownBy(() -> FlowDb.open(file()))
                    .isInstanceOf(CorruptFlowDbException.class)
                    .hasMessageContaining("not a flow database")
                    .hasMessageContaining(file().toString());
        }
    }

    private static List<Path> filesOf(final Path folder) throws IOException {
        try (var paths = Files.list(folder)) {
            return paths.toList();
        }
    }
}
