package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

final class CompressedCaptureTest {
    private static final int RECORDS = 3000;
    private static final byte[] PLAIN = CaptureBytes.compressible(RECORDS);
    private static final Recorded WANTED = record(PLAIN);

    private static Recorded record(final byte[] capture) {
        try {
            return Recorded.of(capture);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] slice(final int from, final int to) {
        return Arrays.copyOfRange(PLAIN, from, to);
    }

    @Test
    void gzipAndZstdGiveThePacketsOfThePlainFile() {
        for (final byte[] packed : new byte[][] {CaptureBytes.gzip(PLAIN), Zstd.compress(PLAIN, 3)}) {
            final Recorded recorded = record(packed);
            assertThat(recorded.damage).isNull();
            assertThat(recorded.packets).isEqualTo(WANTED.packets);
        }
    }

    @Test
    void severalMembersAndFramesAreOneCapture() {
        final int cut = PLAIN.length / 3;
        final byte[] first = slice(0, cut);
        final byte[] rest = slice(cut, PLAIN.length);
        final byte[] skippable = {0x5e, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9};

        assertThat(record(CaptureBytes.concat(CaptureBytes.gzip(first), CaptureBytes.gzip(rest), new byte[1000]))
                        .packets)
                .isEqualTo(WANTED.packets);
        assertThat(record(CaptureBytes.concat(skippable, Zstd.compress(first), skippable, Zstd.compress(rest))).packets)
                .isEqualTo(WANTED.packets);
    }

    @Test
    void gzipHeaderWithEveryFieldIsSteppedOver() throws IOException {
        final byte[] header = {0x1f, (byte) 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7, 'n', 0, 'c', 0, 9, 9};
        final ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(deflated, new Deflater(9, true))) {
            out.write(PLAIN);
        }
        final byte[] plainGzip = CaptureBytes.gzip(PLAIN);
        final byte[] trailer = Arrays.copyOfRange(plainGzip, plainGzip.length - 8, plainGzip.length);

        final Recorded recorded = record(CaptureBytes.concat(header, deflated.toByteArray(), trailer));

        assertThat(recorded.damage).isNull();
        assertThat(recorded.packets).isEqualTo(WANTED.packets);
    }

    @Test
    void cutGzipDeliversWhatCameBeforeAndNamesWhereItEnds() {
        final byte[] packed = CaptureBytes.gzip(PLAIN);
        for (final int length : new int[] {packed.length / 2, packed.length - 8, packed.length - 1}) {
            final Recorded recorded = record(Arrays.copyOf(packed, length));
            assertThat(recorded.packets).isEqualTo(WANTED.packets.subList(0, recorded.packets.size()));
            assertThat(recorded.packets.size()).isGreaterThan(RECORDS * 4 / 10);
            assertThat(recorded.damage)
                    .hasMessage("test.pcap: gzip ends early at byte " + length + " (packet "
                            + (recorded.packets.size() + 1) + ")");
            assertThat(recorded.damageHint()).isEqualTo("copy the file again");
        }
    }

    @Test
    void cutZstdDeliversWhatCameBeforeAndNamesWhereItEnds() {
        final byte[] packed = Zstd.compress(PLAIN, 3);
        for (final int length : new int[] {packed.length / 2, packed.length - 1}) {
            final Recorded recorded = record(Arrays.copyOf(packed, length));
            assertThat(recorded.packets).isEqualTo(WANTED.packets.subList(0, recorded.packets.size()));
            assertThat(recorded.packets.size()).isGreaterThan(RECORDS * 4 / 10);
            assertThat(recorded.damage)
                    .hasMessage("test.pcap: zstd ends early at byte " + length + " (packet "
                            + (recorded.packets.size() + 1) + ")");
        }
    }

    @Test
    void everyTruncationOfASmallFileIsNamed() {
        final byte[] small = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1)
                .record(1, 0, 3, new byte[] {1, 2, 3})
                .bytes();
        for (final byte[] packed : new byte[][] {CaptureBytes.gzip(small), Zstd.compress(small)}) {
            for (int length = 4; length < packed.length; length++) {
                final byte[] cut = Arrays.copyOf(packed, length);
                String message;
                try {
                    message = Recorded.of(cut).damageMessage();
                } catch (final IOException e) {
                    message = String.valueOf(e.getMessage());
                    assertThat(e).isInstanceOf(CaptureException.class);
                }
                assertThat(message).contains(" ends early at byte " + length + " (packet ");
            }
        }
    }

    @Test
    void wrongChecksumIsSaidBehindAllPackets() {
        final byte[] packed = CaptureBytes.gzip(PLAIN);
        packed[packed.length - 8] ^= 1;

        final Recorded recorded = record(packed);

        assertThat(recorded.packets).isEqualTo(WANTED.packets);
        assertThat(recorded.damageMessage()).contains("gzip checksum does not match");
    }

    @Test
    void garbageBehindTheLastMemberIsNamed() {
        final byte[] packed = CaptureBytes.gzip(PLAIN);

        final Recorded recorded =
                record(CaptureBytes.concat(packed, new byte[] {'j', 'u', 'n', 'k', 0, 0, 0, 0, 0, 0}));

        assertThat(recorded.packets).isEqualTo(WANTED.packets);
        assertThat(recorded.damageMessage())
                .contains("what follows the gzip data is not gzip at byte " + packed.length);
    }

    @Test
    void flippedBitsNeverEscapeAsAnythingButDamage() {
        final byte[][] originals = {CaptureBytes.gzip(PLAIN), Zstd.compress(PLAIN, 3)};
        final SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 100; i++) {
            final byte[] packed = originals[i & 1].clone();
            packed[random.nextInt(packed.length)] ^= (byte) (1 << random.nextInt(8));
            try (CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(packed), "test.pcap")) {
                final Tally tally = Tally.of(reader);
                assertThat(tally.packets).isLessThanOrEqualTo(RECORDS);
            } catch (final CaptureException e) {
                assertThat(e).hasMessageStartingWith("test.pcap: ");
            } catch (final IOException e) {
                throw new AssertionError("mutant " + i, e);
            }
        }
    }

    @Test
    void damagedDataDeliversWhatCameBefore() {
        for (final byte[] packed : new byte[][] {CaptureBytes.gzip(PLAIN), Zstd.compress(PLAIN, 3)}) {
            Arrays.fill(packed, packed.length * 3 / 4, packed.length * 3 / 4 + 2000, (byte) 0xff);
            final Recorded recorded = record(packed);
            assertThat(recorded.damage).isNotNull();
            assertThat(recorded.packets.size()).isBetween(RECORDS * 6 / 10, RECORDS - 1);
            // A burst inside a stored block goes unseen until the checksum; the packets before it are whole.
            assertThat(recorded.packets.subList(0, RECORDS * 6 / 10))
                    .isEqualTo(WANTED.packets.subList(0, RECORDS * 6 / 10));
        }
    }

    @Test
    void decompressionBombNeedsNoMemory() throws IOException {
        // An unknown pcapng block of 64 MiB of zeroes: 64 KiB of gzip that must be stepped over, not held.
        final int length = 1 << 26;
        final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed, 1 << 16)) {
            final CaptureBytes head =
                    CaptureBytes.pcapng(ByteOrder.LITTLE_ENDIAN).iface(1);
            gzip.write(head.part().raw(head.bytes()).u32(77).u32(length).bytes());
            final byte[] zeroes = new byte[1 << 20];
            for (int left = length - 12; left > 0; left -= zeroes.length) {
                gzip.write(zeroes, 0, Math.min(left, zeroes.length));
            }
            gzip.write(head.part()
                    .u32(length)
                    .enhanced(0, 1, 3, new byte[] {1, 2, 3})
                    .bytes());
        }

        final Recorded recorded = Recorded.of(packed.toByteArray());

        assertThat(recorded.damage).isNull();
        assertThat(recorded.packets).hasSize(1);
    }

    @Test
    void compressedFileThatIsNoCaptureSaysWhatIsInside() {
        final byte[] text = "just some notes\n".getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> Recorded.of(CaptureBytes.gzip(text)))
                .isInstanceOf(CaptureException.class)
                .hasMessage("test.pcap: not a capture but gzip of text");
        assertThatThrownBy(() -> Recorded.of(Zstd.compress(text)))
                .isInstanceOf(CaptureException.class)
                .hasMessage("test.pcap: not a capture but zstd of text");
        assertThatThrownBy(() -> Recorded.of(CaptureBytes.gzip(CaptureBytes.gzip(PLAIN))))
                .isInstanceOf(CaptureException.class)
                .hasMessage("test.pcap: gzip of data compressed by gzip, which is not read directly");
    }
}
