package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Whatever happens to the file, a reader returns what a commit held, or says what is wrong. */
@Execution(ExecutionMode.CONCURRENT)
final class FlowDbDamageTest {
    private enum Answer {
        SAME,
        OLDER_WITH_WARNING,
        CORRUPT
    }

    @TempDir
    private Path folder;

    private Path damaged = Path.of("");
    private byte[] sound = new byte[0];
    /** What the database holds after its first, second ... commit. */
    private final List<List<String>> states = new ArrayList<>();

    /** Three commits of two flows each. */
    @BeforeEach
    void makeDatabase() throws IOException {
        final Path file = folder.resolve("sound.tfdb");
        damaged = folder.resolve("damaged.tfdb");
        for (int commit = 0; commit < 3; commit++) {
            try (FlowDbWriter writer = FlowDbWriter.open(file, new DatabaseId(1, 2))) {
                SampleFlows.odd(2 * commit + 1, commit, commit).writeTo(writer);
                SampleFlows.http(2 * commit + 2, commit, 2, 8).writeTo(writer);
                writer.commit(SampleFlows.capture(commit, 2));
            }
            try (FlowDb db = FlowDb.open(file)) {
                states.add(contentOf(db));
            }
        }
        sound = Files.readAllBytes(file);
    }

    private static List<String> contentOf(final FlowDb db) throws IOException {
        final List<String> content = FlowAndBytes.allOf(db);
        content.add(db.captures().toString());
        return content;
    }

    private Answer ask(final byte[] bytes, final String what) throws IOException {
        FileContent.replace(damaged, bytes);
        try (FlowDb db = FlowDb.open(damaged)) {
            final int state = states.indexOf(contentOf(db));
            if (state < 0) {
                return fail(what + " was read as something else");
            }
            if (state == states.size() - 1) {
                return Answer.SAME;
            }
            assertThat(db.warnings()).as(what).isNotEmpty();
            return Answer.OLDER_WITH_WARNING;
        } catch (final java.io.UncheckedIOException e) {
            assertThat(e.getCause()).as(what).isInstanceOf(CorruptFlowDbException.class);
            return Answer.CORRUPT;
        } catch (final CorruptFlowDbException e) {
            assertThat(e).as(what).hasMessageContaining(damaged.toString()).hasMessageContaining("at byte ");
            return Answer.CORRUPT;
        }
    }

    private Map<Answer, Integer> flipEachByte(final int mask) throws IOException {
        final Map<Answer, Integer> answers = new EnumMap<>(Answer.class);
        for (int at = 0; at < sound.length; at++) {
            final byte[] bytes = sound.clone();
            bytes[at] ^= (byte) mask;
            answers.merge(ask(bytes, "byte " + at + " xor " + mask), 1, Integer::sum);
        }
        return answers;
    }

    @Test
    void everyFlippedByteIsNoticed() throws IOException {
        for (final int mask : new int[] {0x01, 0xff}) {
            final Map<Answer, Integer> answers = flipEachByte(mask);
            assertThat(answers).doesNotContainKey(Answer.SAME);
            // The last commit block is the only place where damage leaves an older commit.
            assertThat(answers.get(Answer.OLDER_WITH_WARNING))
                    .isEqualTo(FlowDbFormat.BLOCK_LENGTH + FlowDbFormat.COMMIT_LENGTH);
            assertThat(answers.get(Answer.CORRUPT))
                    .isEqualTo(sound.length - FlowDbFormat.BLOCK_LENGTH - FlowDbFormat.COMMIT_LENGTH);
        }
    }

    @Test
    void everyCutLeavesACommitOrIsNamed() throws IOException {
        final int firstEnd = endOfFirstCommit();
        for (int length = 0; length < sound.length; length++) {
            final Answer answer;
            final byte[] cut = Arrays.copyOf(sound, length);
            if (length == firstEnd || isEndOfSecondCommit(length)) {
                // Nothing tells this file from one that never had another commit.
                FileContent.replace(damaged, cut);
                try (FlowDb db = FlowDb.open(damaged)) {
                    assertThat(states).contains(contentOf(db));
                    assertThat(db.warnings()).isEmpty();
                }
                continue;
            }
            answer = ask(cut, "cut to " + length + " bytes");
            assertThat(answer)
                    .as("cut to %d bytes", length)
                    .isEqualTo(length < firstEnd ? Answer.CORRUPT : Answer.OLDER_WITH_WARNING);
        }
    }

    private int endOfFirstCommit() throws IOException {
        return (int) ends().get(0).longValue();
    }

    private boolean isEndOfSecondCommit(final int length) throws IOException {
        return ends().get(1) == length;
    }

    private List<Long> ends() throws IOException {
        if (ends.isEmpty()) {
            FileContent.replace(damaged, sound);
            try (var channel = java.nio.channels.FileChannel.open(damaged)) {
                CommitLog.read(new BlockReader(channel, damaged, new DatabaseId(1, 2), sound.length))
                        .forEach(commit -> ends.add(commit.end()));
            }
        }
        return ends;
    }

    private final List<Long> ends = new ArrayList<>();

    @Test
    void zerosAndNoiseBehindTheLastCommitAreATornTail() throws IOException {
        for (final int tail : new int[] {1, 75, 76, 77, 65_535, 65_536, 65_537, 300_000}) {
            final byte[] noise = SampleFlows.payload(tail, tail);
            final byte[] bytes = Arrays.copyOf(sound, sound.length + tail);
            assertReadsAllWithWarning(bytes, tail);
            System.arraycopy(noise, 0, bytes, sound.length, tail);
            assertReadsAllWithWarning(bytes, tail);
        }
    }

    private void assertReadsAllWithWarning(final byte[] bytes, final int tail) throws IOException {
        FileContent.replace(damaged, bytes);
        try (FlowDb db = FlowDb.open(damaged)) {
            assertThat(contentOf(db)).isEqualTo(states.get(2));
            assertThat(db.warnings()).singleElement().asString().contains(": " + tail + " bytes after the last commit");
        }
    }

    @Test
    void blocksOfAnotherDatabaseOrPlace_areNotTaken() throws IOException {
        // The whole database once more behind itself: each block is sound where it was, and nowhere else.
        final byte[] doubled = Arrays.copyOf(sound, 2 * sound.length);
        System.arraycopy(sound, 0, doubled, sound.length, sound.length);
        assertReadsAllWithWarning(doubled, sound.length);
        // A header of another database in front of these blocks.
        final byte[] foreign = sound.clone();
        ByteBuffer.wrap(foreign).put(FileHeader.encode(new DatabaseId(3, 4), FlowDbFormat.VERSION));
        assertThat(ask(foreign, "foreign header")).isEqualTo(Answer.CORRUPT);
    }

    @Test
    void capturedBytesThatLookLikeCommits_areOnlyBytes() throws IOException {
        final Path file = folder.resolve("nested.tfdb");
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            writer.onFlow(SampleFlows.cut(SampleFlows.http(1, 0, 1).flow()), ByteBuffer.wrap(sound));
            writer.commit(SampleFlows.capture(0, 1));
            // Not committed, so it stays behind the last commit where the search begins.
            writer.onFlow(SampleFlows.cut(SampleFlows.http(2, 1, 1).flow()), ByteBuffer.wrap(sound));
            writer.onFlow(SampleFlows.cut(SampleFlows.http(3, 1, 1).flow()), ByteBuffer.wrap(new byte[1 << 17]));
            try (FlowDb db = FlowDb.open(file)) {
                assertThat(db.size()).isEqualTo(1);
                assertThat(db.clientBytes(1)).isEqualTo(ByteBuffer.wrap(sound));
            }
        }
    }

    @Test
    void fileFullOfCommitBeginnings_isRefusedSoon() throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(8 << 20).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        bytes.put(FileHeader.encode(new DatabaseId(1, 2), FlowDbFormat.VERSION));
        while (bytes.remaining() >= Long.BYTES) {
            bytes.putLong(FlowDbFormat.COMMIT_SIGNATURE);
        }
        Assertions.assertThat(org.junit.jupiter.api.Assertions.assertTimeout(
                        Duration.ofSeconds(20), () -> ask(bytes.array(), "commit beginnings")))
                .isEqualTo(Answer.CORRUPT);
    }

    /** Sealed by a program that meant harm: the commit before the last one is a block too short for one. */
    @Test
    void commitTooShortToBeOne_isRefused() throws IOException {
        final Path file = folder.resolve("short.tfdb");
        final DatabaseId id = new DatabaseId(1, 2);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            FileIo.writeFully(channel, FileHeader.encode(id, FlowDbFormat.VERSION), 0);
            final BlockWriter blocks = new BlockWriter(channel, id, FlowDbFormat.HEADER_LENGTH);
            final long previous = blocks.append(FlowDbFormat.TYPE_COMMIT, ByteBuffer.allocate(8));
            final long capture = blocks.append(FlowDbFormat.TYPE_CAPTURE, ByteBuffer.allocate(1));
            final long directory = blocks.append(FlowDbFormat.TYPE_DIRECTORY, ByteBuffer.allocate(0));
            final Commit last = new Commit(blocks.position(), 1, 2, capture, previous, directory, 0, 0, 1, capture);
            blocks.append(FlowDbFormat.TYPE_COMMIT, last.encode());
        }
        assertThatThrownBy(() -> FlowDb.open(file))
                .isInstanceOf(CorruptFlowDbException.class)
                .hasMessageContaining("a commit of 8 bytes, allowed 64");
    }
}
