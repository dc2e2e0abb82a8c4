package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.CaptureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are read in which order while they appear, grow and go; the clock is the test's. */
final class FollowingReaderTest implements FollowedFiles.Notes, FollowingReader.Notes, PacketHandler {
    private static final int START = 1_700_000_000;
    private static final int PACKETS = 8;
    private static final long SECOND_NS = 1_000_000_000L;

    @TempDir
    private Path dir;

    private final List<String> told = new ArrayList<>();
    private final List<String> read = new ArrayList<>();
    private String known = "";
    private long nowNs;
    private int source;

    private FollowedFiles files;
    private FollowingReader reader;

    @BeforeEach
    void follow() {
        files = new FollowedFiles(List.of(dir.toString()), dir.resolve("x.tfdb"), this, () -> nowNs);
        reader = new FollowingReader(files, this, Long.MAX_VALUE, () -> nowNs);
    }

    @AfterEach
    void close() throws IOException {
        reader.close();
    }

    /** A connection of 8 packets that begins so many seconds after all others. */
    private static byte[] capture(final int second) {
        return new TinyCapture(START + second)
                .connection(0x0a000002, 1000 + second, 80)
                .bytes();
    }

    private Path write(final String name, final byte[] bytes) throws IOException {
        return Files.write(dir.resolve(name), bytes);
    }

    private void append(final String name, final byte[] bytes) throws IOException {
        Files.write(dir.resolve(name), bytes, StandardOpenOption.APPEND);
    }

    /** What is read when a second later all is looked at: "second of the capture × packets", or "end". */
    private List<String> later() throws IOException {
        nowNs += SECOND_NS;
        read.clear();
        int count = reader.poll(this, 1000);
        while (count > 0) {
            count = reader.poll(this, 1000);
        }
        if (count < 0) {
            read.add("end");
        }
        return read;
    }

    private List<String> names() {
        return reader.tallies().stream()
                .map(tally -> Path.of(tally.name()).getFileName().toString())
                .toList();
    }

    @Override
    public void onSource(final int now) {
        assertThat(now).isEqualTo(reader.tallies().size() - 1);
        source = now;
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        final String second = String.valueOf(captureTimeNs / SECOND_NS - START);
        final int last = read.size() - 1;
        if (last >= 0 && read.get(last).startsWith(second + "x")) {
            read.set(last, second + "x" + (Integer.parseInt(read.get(last).substring(second.length() + 1)) + 1));
        } else {
            read.add(second + "x1");
        }
        reader.tallies().get(source).onPacket(captureTimeNs);
    }

    @Override
    public boolean knows(final CaptureSource file, final CaptureFingerprint fingerprint) {
        return file.name().endsWith(known) && !known.isEmpty();
    }

    @Override
    public void damaged(final CaptureException damage) {
        told.add(String.valueOf(damage.getMessage()).replaceAll(".*/", ""));
    }

    @Override
    public void skipped(final CaptureSource file, final IOException failure) {
        told.add(Path.of(file.name()).getFileName() + " skipped");
    }

    @Override
    public void lost(final String name) {
        told.add(Path.of(name).getFileName() + " lost");
    }

    @Override
    public void grew(final String name, final long bytes) {
        told.add(Path.of(name).getFileName() + " grew by " + bytes);
    }

    @Test
    void whatIsThere_isReadInOrderOfTime_andThenWhatComes() throws IOException {
        assertThat(later()).isEmpty();
        write("b.pcap2", capture(2));
        write("b.pcap10", capture(10));
        write("notes.txt", "nothing that anybody would call a capture".getBytes(StandardCharsets.US_ASCII));
        write("x.tfdb", capture(11));
        write("x.tfdb.new", capture(12));
        assertThat(later()).containsExactly("2x8", "10x8");
        assertThat(later()).isEmpty();
        write("a.pcap", capture(20));
        assertThat(later()).containsExactly("20x8");
        reader.finish();
        assertThat(later()).containsExactly("end");
        assertThat(names()).containsExactly("b.pcap2", "b.pcap10", "a.pcap");
        assertThat(told).containsExactly("notes.txt skipped");
        assertThat(reader.packets()).isEqualTo(3 * PACKETS);
        assertThat(reader.isPartOf(2)).isFalse();
    }

    @Test
    void fileGrows_theRestOfAPacketIsWaitedFor() throws IOException {
        final byte[] bytes = capture(1);
        write("a", Arrays.copyOf(bytes, 24 + 56 + 10));
        assertThat(later()).containsExactly("1x1");
        assertThat(later()).isEmpty();
        append("a", Arrays.copyOfRange(bytes, 24 + 56 + 10, bytes.length));
        assertThat(later()).containsExactly("1x7");
        assertThat(told).isEmpty();
    }

    @Test
    void emptyFileOfTheNextTurn_isWaitedFor_andTheOldOneStillRead() throws IOException {
        final byte[] bytes = capture(1);
        write("a", Arrays.copyOf(bytes, 24 + 56));
        assertThat(later()).containsExactly("1x1");
        write("b", new byte[0]);
        assertThat(later()).isEmpty();
        append("b", Arrays.copyOf(capture(2), 24));
        append("a", Arrays.copyOfRange(bytes, 24 + 56, bytes.length));
        assertThat(later()).containsExactly("1x7");
        append("b", Arrays.copyOfRange(capture(2), 24, bytes.length));
        assertThat(later()).containsExactly("2x8");
        assertThat(told).isEmpty();
    }

    @Test
    void oldFileEndsInsideAPacket_itsRestIsWaitedForAWhile_andThenItIsDamaged() throws IOException {
        final byte[] bytes = capture(1);
        write("a", Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(later()).containsExactly("1x7");
        write("b", capture(2));
        assertThat(later()).isEmpty();
        append("a", Arrays.copyOfRange(bytes, bytes.length - 1, bytes.length));
        assertThat(later()).containsExactly("1x1", "2x8");
        append("b", new byte[] {1, 2, 3});
        write("c", capture(3));
        assertThat(later()).isEmpty();
        nowNs += 10 * SECOND_NS;
        assertThat(later()).containsExactly("3x8");
        assertThat(told).singleElement().asString().startsWith("b: a record header is cut short at byte");
        assertThat(reader.isPartOf(1)).isTrue();
    }

    @Test
    void oldFileGrowsAfterAll_isTold() throws IOException {
        write("a", capture(1));
        write("b", capture(2));
        assertThat(later()).containsExactly("1x8", "2x8");
        append("a", capture(3));
        assertThat(later()).isEmpty();
        assertThat(later()).isEmpty();
        assertThat(told).containsExactly("a grew by " + capture(3).length);
    }

    @Test
    void deletedWhileItIsRead_isReadToItsEnd() throws IOException {
        final byte[] bytes = capture(1);
        write("a", Arrays.copyOf(bytes, 24 + 56));
        try (FileChannel writer = FileChannel.open(dir.resolve("a"), StandardOpenOption.APPEND)) {
            assertThat(later()).containsExactly("1x1");
            Files.delete(dir.resolve("a"));
            assertThat(later()).isEmpty();
            writer.write(ByteBuffer.wrap(bytes, 24 + 56, bytes.length - 24 - 56));
            write("b", capture(2));
            assertThat(later()).containsExactly("1x7", "2x8");
        }
        assertThat(told).isEmpty();
    }

    @Test
    void deletedUnread_isTold() throws IOException {
        final byte[] bytes = capture(1);
        write("a", Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(later()).containsExactly("1x7");
        write("b", capture(2));
        assertThat(later()).isEmpty();
        Files.delete(dir.resolve("b"));
        write("c", capture(3));
        assertThat(later()).isEmpty();
        append("a", Arrays.copyOfRange(bytes, bytes.length - 1, bytes.length));
        assertThat(later()).containsExactly("1x1", "3x8");
        assertThat(told).containsExactly("b lost");
    }

    @Test
    void givenAnotherName_isNotReadAgain() throws IOException {
        write("a", capture(1));
        write("b", capture(2));
        assertThat(later()).containsExactly("1x8", "2x8");
        Files.move(dir.resolve("a"), dir.resolve("z"));
        Files.move(dir.resolve("b"), dir.resolve("y"));
        assertThat(later()).isEmpty();
        append("y", Arrays.copyOfRange(capture(5), 24, 24 + 56));
        assertThat(later()).containsExactly("5x1");
        assertThat(told).isEmpty();
    }

    /** {@code tcpdump -W} opens its old files and writes over them: the same inode is another capture. */
    @Test
    void ringBeginsAgain_theSameFileIsReadAnew() throws IOException {
        write("ring0", capture(1));
        write("ring1", capture(2));
        assertThat(later()).containsExactly("1x8", "2x8");
        write("ring0", new byte[0]);
        assertThat(later()).isEmpty();
        write("ring0", capture(3));
        assertThat(later()).containsExactly("3x8");
        write(
                "ring1",
                new TinyCapture(START + 4)
                        .connection(1, 2, 3)
                        .connection(1, 3, 3)
                        .bytes());
        assertThat(later()).containsExactly("4x16");
        assertThat(names()).containsExactly("ring0", "ring1", "ring0", "ring1");
        assertThat(told).isEmpty();
    }

    @Test
    void compressed_isReadOnceItRests_andTheCopyOfWhatWasReadIsNot() throws IOException {
        final byte[] gzip = gzip(capture(1));
        write("a.gz", Arrays.copyOf(gzip, gzip.length - 9));
        assertThat(later()).isEmpty();
        write("b", capture(2));
        append("a.gz", Arrays.copyOfRange(gzip, gzip.length - 9, gzip.length));
        for (int second = 0; second < 5; second++) {
            assertThat(later()).as("second " + second).isEmpty();
        }
        assertThat(later()).containsExactly("1x8", "2x8");
        write("b.gz", gzip(capture(2)));
        Files.delete(dir.resolve("b"));
        nowNs += 60 * SECOND_NS;
        assertThat(later()).isEmpty();
        write("c", capture(3));
        assertThat(later()).containsExactly("3x8");
        write("d", Arrays.copyOf(capture(4), 30));
        assertThat(later()).isEmpty();
        write("d.gz", gzip(capture(4)));
        write("d", capture(4));
        assertThat(later()).containsExactly("4x8");
        nowNs += 60 * SECOND_NS;
        assertThat(later()).isEmpty();
        assertThat(told).isEmpty();
    }

    private static byte[] gzip(final byte[] bytes) throws IOException {
        final var out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void whatTheDatabaseHas_isPassedOver() throws IOException {
        known = "a";
        write("a", capture(1));
        write("b", capture(2));
        assertThat(later()).containsExactly("2x8");
        append("a", new byte[100]);
        assertThat(later()).isEmpty();
        assertThat(told).containsExactly("a grew by 100");
    }

    @Test
    void finish_takesWhatIsThere_andNoMore() throws IOException {
        final byte[] bytes = capture(1);
        write("a", Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(later()).containsExactly("1x7");
        write("b", capture(2));
        write("c.gz", gzip(capture(3)));
        reader.finish();
        write("d", capture(4));
        assertThat(later()).containsExactly("2x8", "end");
        assertThat(told).isEmpty();
        assertThat(reader.isPartOf(0)).isTrue();
        assertThat(reader.isPartOf(1)).isFalse();
        assertThat(files.unread()).containsExactly(dir.resolve("c.gz").toString());
    }

    @Test
    void damagedFile_isLeft_andTheNextOneIsRead() throws IOException {
        final byte[] bytes = capture(1);
        bytes[24 + 56 + 8] = 0x7f;
        write("a", bytes);
        assertThat(later()).containsExactly("1x1");
        append("a", capture(1));
        write("b", capture(2));
        assertThat(later()).containsExactly("2x8");
        assertThat(told).singleElement().asString().startsWith("a: a record claims 21307");
        assertThat(reader.isDamaged(0)).isTrue();
        assertThat(reader.packets()).isEqualTo(1 + PACKETS);
    }
}
