package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.FlowRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code verify} finds, and what {@code verify --repair} makes of it. */
final class FlowDbRepairTest {
    private static final int CAPTURES = 3;
    private static final int FLOWS = 8;

    @TempDir
    private Path folder;

    private Path file = Path.of("");
    private byte[] sound = new byte[0];
    private Layout layout = new Layout(0);

    @BeforeEach
    void makeDatabase() throws IOException {
        file = folder.resolve("flows.tfdb");
        for (int capture = 0; capture < CAPTURES; capture++) {
            try (FlowDbWriter writer = FlowDbWriter.open(file)) {
                flows(capture).forEach(flow -> flow.writeTo(writer));
                writer.commit(SampleFlows.capture(capture, FLOWS));
            }
        }
        sound = Files.readAllBytes(file);
        layout = layout(file);
    }

    private static Layout layout(final Path file) throws IOException {
        try (var channel = java.nio.channels.FileChannel.open(file)) {
            return Layout.of(
                    new BlockScan(channel, FileHeader.read(channel, file).id(), channel.size()));
        }
    }

    private static List<FlowAndBytes> flows(final int capture) {
        final List<FlowAndBytes> flows = new ArrayList<>();
        for (long id = (long) capture * FLOWS + 1; id <= (long) (capture + 1) * FLOWS; id++) {
            flows.add(SampleFlows.digested(id % 4 == 0 ? large(id, capture) : SampleFlows.http(id, capture, 3, 64)));
        }
        return flows;
    }

    /** A payload that has blocks for itself. */
    private static FlowAndBytes large(final long id, final int capture) {
        final FlowRecord flow = SampleFlows.http(id, capture, 60, 0).flow();
        int bytes = 0;
        for (int row = 0; row < flow.events().size(); row++) {
            bytes += flow.events().length(row);
        }
        return new FlowAndBytes(flow, SampleFlows.payload(id, bytes));
    }

    /** Its client bytes fill three blocks, of which the second is damaged, and so is the directory. */
    @Test
    void damageInsideOneFlowsBytes_losesThatFlowOnly() throws IOException {
        Files.delete(file);
        final List<FlowAndBytes> flows = List.of(
                SampleFlows.digested(SampleFlows.http(1, 0, 3, 64)),
                SampleFlows.digested(SampleFlows.http(2, 0, 3_500, 0)),
                SampleFlows.digested(SampleFlows.http(3, 0, 3, 64)));
        assertThat(flows.get(1).bytes().length).isGreaterThan(2 * FlowDbFormat.MAX_BLOCK_PAYLOAD);
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            flows.forEach(flow -> flow.writeTo(writer));
            writer.commit(SampleFlows.capture(0, 3));
        }
        layout = layout(file);
        flipIn(FlowDbFormat.TYPE_DIRECTORY, 0);
        int full = 0;
        while (layout.payloadBytes(full) < FlowDbFormat.MAX_BLOCK_PAYLOAD) {
            full++;
        }
        flip(layout.end(full + 1) - 1);
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.lost()).extracting(Repair.LostFlow::id).containsExactly(2L);
        assertThat(content().equals(List.of(flows.get(0).text(), flows.get(2).text())))
                .isTrue();
    }

    private static List<String> texts(final int captures) {
        final List<String> texts = new ArrayList<>();
        for (int capture = 0; capture < captures; capture++) {
            flows(capture).forEach(flow -> texts.add(flow.text()));
        }
        return texts;
    }

    private List<String> content() throws IOException {
        try (FlowDb db = FlowDb.open(file)) {
            return FlowAndBytes.allOf(db);
        }
    }

    private void flip(final long offset) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[(int) offset] ^= 0x10;
        Files.write(file, bytes);
    }

    private void flipIn(final byte type, final int which) throws IOException {
        int seen = 0;
        for (int block = 0; block < layout.blocks(); block++) {
            if (layout.type(block) == type && seen++ == which) {
                flip(layout.end(block) - 1);
                return;
            }
        }
        throw new AssertionError("no block " + which + " of type " + type);
    }

    private void assertRepairsAll(final int captures) throws IOException {
        final byte[] damaged = Files.readAllBytes(file);
        assertThat(FlowDbVerifier.verify(file).clean()).as("before").isFalse();
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.complete()).as("%s", repair).isTrue();
        assertThat(content().equals(texts(captures))).as("the flows").isTrue();
        assertThat(FlowDbVerifier.verify(file).clean()).as("after").isTrue();
        assertThat(Files.readAllBytes(repair.kept())).isEqualTo(damaged);
        assertThat(filesLeft()).containsExactlyInAnyOrder("flows.tfdb", "flows.tfdb.damaged");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    private TreeSet<String> filesLeft() throws IOException {
        try (var files = Files.list(folder)) {
            final TreeSet<String> names = new TreeSet<>();
            files.forEach(path -> names.add(path.getFileName().toString()));
            return names;
        }
    }

    @Test
    void soundDatabaseIsClean_andARepairLeavesItAlone() throws IOException {
        final Verification verification = FlowDbVerifier.verify(file);
        assertThat(verification.damage()).isEmpty();
        assertThat(verification.contents().commits()).isEqualTo(CAPTURES);
        assertThat(verification.contents().captures()).isEqualTo(CAPTURES);
        assertThat(verification.contents().flows()).isEqualTo(CAPTURES * FLOWS);
        assertThat(verification.contents().blocks()).isEqualTo(layout.blocks());
        assertThat(verification.unused()).isEqualTo(new Verification.Unused(0, 0));
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.kept()).isNull();
        assertThat(Files.readAllBytes(file)).isEqualTo(sound);
        assertThat(filesLeft()).containsExactly("flows.tfdb");
    }

    @Test
    void everyFlippedByteIsFound() throws IOException {
        final Path damaged = folder.resolve("flipped.tfdb");
        final byte[] bytes = sound.clone();
        for (int at = 0; at < bytes.length; at += at < 4096 || at > bytes.length - 4096 ? 7 : 997) {
            bytes[at] ^= 0x04;
            FileContent.replace(damaged, bytes);
            bytes[at] ^= 0x04;
            assertThat(FlowDbVerifier.verify(damaged).clean()).as("byte %d", at).isFalse();
        }
    }

    @Test
    void tornTailIsNoDamage_andARepairCutsItOff() throws IOException {
        Files.write(file, SampleFlows.payload(1, 5_000), StandardOpenOption.APPEND);
        final Verification verification = FlowDbVerifier.verify(file);
        assertThat(verification.clean()).isTrue();
        assertThat(verification.unused()).isEqualTo(new Verification.Unused(5_000, 0));
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.complete()).isTrue();
        assertThat(repair.after().unused()).isEqualTo(new Verification.Unused(0, 0));
        assertThat(content().equals(texts(CAPTURES))).isTrue();
    }

    @Test
    void deadBytesBetweenCommitsAreToldAndNoDamage() throws IOException {
        Files.write(file, SampleFlows.payload(1, 5_000), StandardOpenOption.APPEND);
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            flows(CAPTURES).forEach(flow -> flow.writeTo(writer));
            writer.commit(SampleFlows.capture(CAPTURES, FLOWS));
        }
        final Verification verification = FlowDbVerifier.verify(file);
        assertThat(verification.damage()).isEmpty();
        assertThat(verification.unused()).isEqualTo(new Verification.Unused(0, 5_000));
    }

    @Test
    void damagedDirectoriesAreMadeAgainFromTheRecords() throws IOException {
        for (int directory = 0; directory < CAPTURES; directory++) {
            flipIn(FlowDbFormat.TYPE_DIRECTORY, directory);
        }
        assertRepairsAll(CAPTURES);
    }

    @Test
    void damagedCommitsAreMadeAgain_theLastOneToo() throws IOException {
        for (int commit = 0; commit < CAPTURES; commit++) {
            Files.write(file, sound);
            Files.deleteIfExists(folder.resolve("flows.tfdb.damaged"));
            flipIn(FlowDbFormat.TYPE_COMMIT, commit);
            assertRepairsAll(CAPTURES);
        }
    }

    @Test
    void damagedRecordsAndBytesLoseTheirFlowsOnly_andTheyAreNamed() throws IOException {
        flipIn(FlowDbFormat.TYPE_PAYLOAD, 0);
        flipIn(FlowDbFormat.TYPE_FLOWS, 2);
        final Verification verification = FlowDbVerifier.verify(file);
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.complete()).isFalse();
        assertThat(repair.unnamedLost()).isZero();
        final List<Long> lost = repair.lost().stream().map(Repair.LostFlow::id).toList();
        assertThat(lost).isEqualTo(verification.lostFlows()).isNotEmpty().hasSizeLessThan(CAPTURES * FLOWS);
        final List<String> expected = new ArrayList<>();
        for (int capture = 0; capture < CAPTURES; capture++) {
            flows(capture).stream()
                    .filter(flow -> !lost.contains(flow.flow().id()))
                    .forEach(flow -> expected.add(flow.text()));
        }
        assertThat(content().equals(expected)).isTrue();
        assertThat(FlowDbVerifier.verify(file).damage()).isEmpty();
    }

    /** The id in the header is under the CRC of every block; with the header lost, one that fits is computed. */
    @Test
    void lostHeaderLosesNothing() throws IOException {
        final byte[] bytes = sound.clone();
        Arrays.fill(bytes, 0, FlowDbFormat.HEADER_LENGTH, (byte) 0);
        Files.write(file, bytes);
        assertRepairsAll(CAPTURES);
    }

    /** What a disk loses is a sector, and the first one holds more than the header. */
    @Test
    void lostFirstSector_losesTheFlowsInItOnly() throws IOException {
        final byte[] bytes = sound.clone();
        Arrays.fill(bytes, 0, 512, (byte) 0);
        Files.write(file, bytes);
        assertThat(FlowDbVerifier.verify(file).clean()).isFalse();
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.lostCaptures()).isEmpty();
        assertThat(repair.lost())
                .isNotEmpty()
                .allSatisfy(flow -> assertThat(flow.captureId()).isZero());
        assertThat(content()).containsAll(texts(CAPTURES).subList(FLOWS, CAPTURES * FLOWS));
        assertThat(content()).hasSize(CAPTURES * FLOWS - repair.lost().size());
    }

    /** Its name appeared with its first commit: without one it was cut off later, as a copy that was not waited for. */
    @Test
    void fileThatIsCutInItsOnlyCommit_givesTheFlowsThatAreWhole() throws IOException {
        final long whole = layout.commits().get(0).offset();
        final List<Integer> found = new ArrayList<>();
        for (int eighths = 8; eighths > 0; eighths--) {
            Files.write(file, Arrays.copyOf(sound, (int) (whole * eighths / 8) + 1));
            Files.deleteIfExists(folder.resolve("flows.tfdb.damaged"));
            if (!holds(layout(file), FlowDbFormat.TYPE_FLOWS)) {
                assertThatThrownBy(() -> FlowDbRepair.repair(file)).isInstanceOf(CorruptFlowDbException.class);
                continue;
            }
            final Repair repair = FlowDbRepair.repair(file);
            assertThat(repair.complete()).as("%d eighths", eighths).isEqualTo(eighths == 8);
            assertThat(FlowDbVerifier.verify(file).clean()).isTrue();
            assertThat(texts(1)).as("%d eighths", eighths).containsAll(content());
            found.add(content().size());
        }
        assertThat(found).startsWith(FLOWS).hasSizeGreaterThan(1).isSortedAccordingTo(Comparator.reverseOrder());
    }

    private static boolean holds(final Layout layout, final byte type) {
        for (int block = 0; block < layout.blocks(); block++) {
            if (layout.type(block) == type) {
                return true;
            }
        }
        return false;
    }

    @Test
    void damagedHeaderLosesNothing() throws IOException {
        for (int at = 0; at < FlowDbFormat.HEADER_LENGTH; at += 5) {
            Files.write(file, sound);
            Files.deleteIfExists(folder.resolve("flows.tfdb.damaged"));
            flip(at);
            assertRepairsAll(CAPTURES);
        }
    }

    @Test
    void otherFilesAreNoDamagedDatabases() throws IOException {
        for (final int length : new int[] {0, 10, 48, 60, 100, 5_000}) {
            Files.write(file, SampleFlows.payload(length, length));
            assertThatThrownBy(() -> FlowDbVerifier.verify(file))
                    .isInstanceOf(CorruptFlowDbException.class)
                    .hasMessageContaining("not a flow database");
            assertThatThrownBy(() -> FlowDbRepair.repair(file)).isInstanceOf(CorruptFlowDbException.class);
        }
    }

    @Test
    void damagedCaptureKeepsItsFlows() throws IOException {
        flipIn(FlowDbFormat.TYPE_CAPTURE, 1);
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.lost()).isEmpty();
        assertThat(repair.lostCaptures()).containsExactly(1);
        assertThat(content().equals(texts(CAPTURES))).isTrue();
    }

    @Test
    void flowsWithoutRecordAndRowAreCounted() throws IOException {
        flipIn(FlowDbFormat.TYPE_DIRECTORY, 1);
        for (int block = 0; block < 20; block++) {
            final Layout now = layout(file);
            if (now.commits().size() < CAPTURES) {
                break;
            }
            final int first = now.firstFrom(now.commits().get(1).begin());
            int flowsBlock = first;
            while (now.type(flowsBlock) != FlowDbFormat.TYPE_FLOWS) {
                flowsBlock++;
            }
            if (now.offset(flowsBlock) > now.commits().get(1).offset()) {
                break;
            }
            flip(now.end(flowsBlock) - 1);
        }
        final Repair repair = FlowDbRepair.repair(file);
        assertThat(repair.unnamedLost()).isEqualTo(FLOWS);
        assertThat(repair.after().contents().flows()).isEqualTo((CAPTURES - 1) * FLOWS);
    }

    @Test
    void aWriterIsInTheWayOfARepair() throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            assertThat(writer.nextCaptureId()).isEqualTo(CAPTURES);
            assertThatThrownBy(() -> FlowDbRepair.repair(file)).isInstanceOf(FlowDbLockedException.class);
        }
    }

    @Test
    void whatWasKeptBefore_staysToo() throws IOException {
        flipIn(FlowDbFormat.TYPE_COMMIT, 0);
        FlowDbRepair.repair(file);
        Files.write(file, SampleFlows.payload(1, 10), StandardOpenOption.APPEND);
        FlowDbRepair.repair(file);
        assertThat(filesLeft()).containsExactlyInAnyOrder("flows.tfdb", "flows.tfdb.damaged", "flows.tfdb.damaged.1");
    }

    @Test
    void nothingToRecover_leavesTheFileAsItIs() throws IOException {
        final byte[] headerOnly = Arrays.copyOf(sound, FlowDbFormat.HEADER_LENGTH + 100);
        Files.write(file, headerOnly);
        assertThatThrownBy(() -> FlowDbRepair.repair(file))
                .isInstanceOf(CorruptFlowDbException.class)
                .hasMessageContaining("nothing can be recovered");
        assertThat(Files.readAllBytes(file)).isEqualTo(headerOnly);
        assertThat(filesLeft()).containsExactly("flows.tfdb");
    }

    @Test
    void everyOperationOfARepairFails_andTheFileStaysOrIsRepaired() throws IOException {
        flipIn(FlowDbFormat.TYPE_DIRECTORY, 1);
        final byte[] damaged = Files.readAllBytes(file);
        for (int n = 1; n < 1_000; n++) {
            final int failing = n;
            final int[] seen = {0};
            final Path watched = new LabFileSystem((operation, path) -> {
                        if (++seen[0] == failing) {
                            throw new IOException("Input/output error");
                        }
                    })
                    .path(file);
            try {
                FlowDbRepair.repair(watched);
                if (seen[0] < failing) {
                    assertThat(failing).isGreaterThan(30);
                    assertThat(content().equals(texts(CAPTURES))).isTrue();
                    return;
                }
            } catch (final IOException | IllegalStateException e) {
                assertThat(String.valueOf(e.getMessage())).isNotEmpty();
            }
            final byte[] now = Files.readAllBytes(file);
            if (!Arrays.equals(now, damaged)) {
                assertThat(content().equals(texts(CAPTURES)))
                        .as("after operation %d", n)
                        .isTrue();
            }
            try (var files = Files.list(folder)) {
                for (final Path path : files.toList()) {
                    Files.delete(path);
                }
            }
            Files.write(file, damaged);
        }
        throw new AssertionError("a repair does more than 1000 operations");
    }

    @Test
    void blocksOfAnotherDatabaseAreDamage_notContent() throws IOException {
        final Path other = folder.resolve("other.tfdb");
        try (FlowDbWriter writer = FlowDbWriter.open(other)) {
            flows(0).forEach(flow -> flow.writeTo(writer));
            writer.commit(SampleFlows.capture(0, FLOWS));
        }
        final byte[] mixed = sound.clone();
        final byte[] foreign = Files.readAllBytes(other);
        // The first commit of another database in the place of this one's.
        ByteBuffer.wrap(mixed).position(FlowDbFormat.HEADER_LENGTH).put(foreign, FlowDbFormat.HEADER_LENGTH, 70_000);
        Files.write(file, mixed);
        assertThat(FlowDbVerifier.verify(file).clean()).isFalse();
        assertThatThrownBy(this::content).isInstanceOf(Exception.class).hasMessageContaining("at byte ");
    }
}
