package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.FlowPcap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user of {@code index} is told of input and output that are not as they should be. */
class IndexErrorsTest {
    @TempDir
    private Path dir;

    private Path db() {
        return dir.resolve("x.tfdb");
    }

    private Run index(final Object capture) {
        return new Run().main("index", "--db", db(), capture);
    }

    /** One line that says what, one that says what to do, no stack trace. */
    private static void told(final Run run, final int exit, final String... words) {
        assertThat(run.exit()).as(run.err()).isEqualTo(exit);
        assertThat(run.err()).startsWith("tcpreplay-j: ").contains("\nhint: ").contains(words);
        assertThat(run.err().lines()).as(run.err()).hasSize(2);
    }

    /** Wherever it is cut: what came before is indexed, and it is said where it ends. */
    @ParameterizedTest
    @CsvSource({"keepalive4.pcap,0.4", "keepalive4.pcap,0.99", "keepalive6.pcapng.gz,0.9"})
    void truncated_keepsWhatCameBefore(final String capture, final double share) throws IOException {
        final byte[] whole = Files.readAllBytes(Recorded.file(capture));
        final Path cut = Files.write(dir.resolve(capture), Arrays.copyOf(whole, (int) (whole.length * share)));
        told(index(cut), 8, capture, "at byte", "before it were indexed");
        final long flows =
                Long.parseLong(new Run().main("flows", db(), "--count").out().strip());
        assertThat(flows).isBetween(1L, 6L);
    }

    /** A zstd block is whole or nothing, and this capture fits in one: nothing came before the cut. */
    @Test
    void truncatedBeforeTheFirstPacket_isAnInputError() throws IOException {
        final byte[] whole = Files.readAllBytes(Recorded.file("keepalive4.pcap.zst"));
        final Path cut = Files.write(dir.resolve("cut.pcap.zst"), Arrays.copyOf(whole, whole.length - 100));
        told(index(cut), 2, "cut.pcap.zst", "zstd ends early at byte", "hint: copy the file again");
    }

    @Test
    void emptyFile_isNoCapture() throws IOException {
        told(index(Files.createFile(dir.resolve("empty.pcap"))), 2, "empty.pcap");
        assertThat(db()).doesNotExist();
    }

    @Test
    void missingFile_isNamed() {
        told(index(dir.resolve("none.pcap")), 2, "none.pcap: no such file");
        assertThat(db()).doesNotExist();
    }

    @Test
    void foreignFile_isNamed_andTheDatabaseIsNotTouched() throws IOException {
        assertThat(index(Recorded.file("cooked1.pcap")).exit()).isZero();
        final byte[] before = Files.readAllBytes(db());
        told(index(Files.writeString(dir.resolve("notes.txt"), "not packets, words\n")), 2, "notes.txt: not a capture");
        assertThat(Files.readAllBytes(db())).isEqualTo(before);
    }

    @Test
    void databaseThatIsSomethingElse_isLeftAlone() throws IOException {
        final Path capture = Files.copy(Recorded.file("cooked1.pcap"), dir.resolve("mine.pcap"));
        final byte[] before = Files.readAllBytes(capture);
        told(new Run().main("index", "--db", capture, Recorded.file("vlan.pcap")), 2, "mine.pcap", "--db");
        assertThat(Files.readAllBytes(capture)).isEqualTo(before);
    }

    @Test
    void databaseInADirectoryThatIsNotThere_isNamed() {
        final Run run = new Run().main("index", "--db", dir.resolve("no/x.tfdb"), Recorded.file("cooked1.pcap"));
        told(run, 2, "no/x.tfdb: there is no directory", "mkdir -p ");
    }

    /** Packets in the middle that are none: counted by reason, and the flows around them are whole. */
    @Test
    void malformedPackets_areCountedAndStopNothing() throws IOException {
        final Path capture = dir.resolve("made.pcap");
        FlowPcap.write(capture, new FlowPcap.Shape(3, 2, 100, 100, 1_000, 1_000), 7);
        final byte[] file = Files.readAllBytes(capture);
        // The last packet's header (an acknowledgment: 20 bytes of IPv4, 20 of TCP) gets an IP version that is none.
        file[file.length - 40] = (byte) 0xf5;
        final Run run = index(Files.write(capture, file));
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("indexed \\+ 1 skipped: \\S+ 1\n").contains("3 found = 3 replayable");
    }

    /** A name is data from an enemy as much as a packet is: it must not drive the terminal. */
    @Test
    void namesWithControlCharacters_areEscapedWhereverTheyAreTold() throws IOException {
        final Path capture = Files.copy(Recorded.file("cooked1.pcap"), dir.resolve("evil\u001b[31m\u009b\n.pcap"));
        final Run indexed = index(capture);
        final Run again = index(capture);
        final Run missing = index(dir.resolve("none\u001b.pcap"));
        final Run shown = new Run().main("show", db(), "1");
        for (final Run run : java.util.List.of(indexed, again, missing, shown)) {
            final String all = run.out() + run.err();
            assertThat(all).contains("\\x1b");
            assertThat(all.chars().filter(Character::isISOControl).filter(c -> c != '\n'))
                    .isEmpty();
        }
        assertThat(indexed.out()).contains("evil\\x1b[31m\\x9b\\n.pcap: pcap");
    }

    @Test
    void unknownOption_isAnsweredWithTheNearest() {
        told(new Run().main("index", "--jsno", "x.pcap"), 2, "--jsno", "--json");
        told(new Run().main("index", "--digset", "sha256", "x.pcap"), 2, "--digset", "--digest");
        told(new Run().main("idnex", "x.pcap"), 2, "idnex", "did you mean tcpreplay-j index?");
    }
}
