package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

@Execution(ExecutionMode.CONCURRENT)
final class XzCaptureTest {
    private static final int RECORDS = 2000;
    private static final byte[] PLAIN = CaptureBytes.compressible(RECORDS);

    @TempDir
    Path folder;

    private static byte[] xz(final byte[] plain, final LZMA2Options options) throws IOException {
        final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (XZOutputStream out = new XZOutputStream(packed, options)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private static byte[] xz(final byte[] plain) throws IOException {
        return xz(plain, new LZMA2Options(1));
    }

    @Test
    void streamsPaddingAndAll_areOneCapture() throws IOException {
        final int cut = PLAIN.length / 3;
        final byte[] packed = CaptureBytes.concat(
                xz(Arrays.copyOf(PLAIN, cut)),
                new byte[8],
                xz(Arrays.copyOfRange(PLAIN, cut, PLAIN.length)),
                new byte[4]);
        final Recorded recorded = Recorded.of(packed);
        assertThat(recorded.damage).isNull();
        assertThat(recorded.packets).isEqualTo(Recorded.of(PLAIN).packets);
    }

    @Test
    void whatXzWritesAtEveryLevelAndWithThreads_isRead() throws IOException {
        Privileges.need("xz");
        for (final String options : new String[] {"-0", "-6", "-9e", "-T2 --block-size=65536", "--check=none"}) {
            final Path plain = Files.write(folder.resolve("a.pcap"), PLAIN);
            Exec.run("sh", "-c", "xz -f " + options + " '" + plain + "'").orThrow();
            final Recorded recorded = Recorded.of(CaptureFiles.open(folder.resolve("a.pcap.xz")));
            assertThat(recorded.damage).as(options).isNull();
            assertThat(recorded.packets).as(options).hasSize(RECORDS);
        }
    }

    @Test
    void cut_deliversWhatCameBefore_andNamesWhereItEnds() throws IOException {
        final byte[] packed = xz(PLAIN);
        for (final int length : new int[] {packed.length / 2, packed.length - 30, packed.length - 1}) {
            final Recorded recorded = Recorded.of(Arrays.copyOf(packed, length));
            assertThat(recorded.packets.size()).isGreaterThan(RECORDS * 4 / 10);
            assertThat(recorded.damage)
                    .hasMessage("test.pcap: xz ends early at byte " + length + " (packet "
                            + (recorded.packets.size() + 1) + ")");
            assertThat(recorded.damageHint()).isEqualTo("copy the file again");
        }
    }

    @Test
    void everyTruncationOfASmallFile_isNamed() throws IOException {
        final byte[] packed = xz(CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1)
                .record(1, 0, 3, new byte[] {1, 2, 3})
                .bytes());
        for (int length = 6; length < packed.length; length++) {
            final byte[] cut = Arrays.copyOf(packed, length);
            String message;
            try {
                message = Recorded.of(cut).damageMessage();
            } catch (final CaptureException e) {
                message = String.valueOf(e.getMessage());
            }
            assertThat(message).contains("xz ends early at byte " + length + " (packet ");
        }
    }

    @Test
    void flippedBitsAndGarbage_areDamageAndNothingElse() throws IOException {
        final SplittableRandom random = new SplittableRandom(6);
        final byte[] original = xz(PLAIN);
        for (int i = 0; i < 60; i++) {
            final byte[] packed = original.clone();
            packed[6 + random.nextInt(packed.length - 6)] ^= (byte) (1 << random.nextInt(8));
            try {
                assertThat(Recorded.of(packed).damageMessage())
                        .as("mutant %d", i)
                        .startsWith("test.pcap: ");
            } catch (final CaptureException e) {
                assertThat(e).as("mutant %d", i).hasMessageStartingWith("test.pcap: xz ");
            }
        }
        final Recorded behind =
                Recorded.of(CaptureBytes.concat(original, "junk behind it".getBytes(StandardCharsets.UTF_8)));
        assertThat(behind.packets).hasSize(RECORDS);
        assertThat(behind.damageMessage()).contains("Garbage after a valid XZ Stream");
    }

    /** The header alone says how much memory decoding takes; nobody's capture is compressed with a gigabyte. */
    @Test
    void dictionaryBeyondTheLimit_isRefusedBeforeItIsAllocated() {
        // A stream header, and a block header whose LZMA2 dictionary size is 37: 1.5 GiB.
        final byte[] stream = HexFormat.of().parseHex("fd377a585a000004e6d6b446" + "0200210125000000");
        final CRC32 crc = new CRC32();
        crc.update(stream, 12, 8);
        final byte[] checksum = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0, 0)
                .part()
                .u32((int) crc.getValue())
                .bytes();
        assertThatThrownBy(() -> Recorded.of(CaptureBytes.concat(stream, checksum, new byte[64])))
                .isInstanceOfSatisfying(CaptureException.class, e -> {
                    assertThat(e).hasMessageContaining("xz data wants 1536 MiB of memory");
                    assertThat(e.hint()).isEqualTo("decompress it first with xz -d");
                });
    }
}
