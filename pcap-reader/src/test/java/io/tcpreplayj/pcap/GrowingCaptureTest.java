package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A capture that is read while it is written: the packets are those of the whole file, however little comes at once. */
final class GrowingCaptureTest {
    private static final Path CAPTURES = Path.of("..", "testdata", "captures");

    @TempDir
    private Path folder;

    private final Recorded recorded = new Recorded();

    private Path file() {
        return folder.resolve("growing");
    }

    private void append(final byte[] bytes, final int from, final int to) throws IOException {
        Files.write(file(), Arrays.copyOfRange(bytes, from, to), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private GrowingCapture open() throws IOException {
        append(new byte[0], 0, 0);
        return GrowingCapture.open(file(), Long.MAX_VALUE);
    }

    private int poll(final GrowingCapture capture) throws IOException {
        return capture.poll(recorded, 1000);
    }

    private static byte[] pcapng() throws IOException {
        try (InputStream file = Files.newInputStream(CAPTURES.resolve("keepalive6.pcapng.gz"));
                InputStream plain = new GZIPInputStream(file)) {
            return plain.readAllBytes();
        }
    }

    private void assertReads(final byte[] bytes, final int piece) throws IOException {
        Files.deleteIfExists(file());
        recorded.packets.clear();
        try (GrowingCapture capture = open()) {
            for (int from = 0; from < bytes.length; from += piece) {
                append(bytes, from, Math.min(bytes.length, from + piece));
                assertThat(poll(capture)).isNotNegative();
                assertThat(poll(capture)).isZero();
            }
            assertThat(recorded.packets).isEqualTo(Recorded.of(bytes).packets).isNotEmpty();
            assertThat(capture.isBetweenPackets()).isTrue();
            assertThat(capture.position()).isEqualTo(bytes.length);
            assertThat(capture.fileBytes()).isEqualTo(bytes.length).isEqualTo(capture.fileSize());
            capture.end();
            assertThat(poll(capture)).isEqualTo(-1);
        }
    }

    @Test
    void pcap_aFewBytesAtATime() throws IOException {
        final byte[] bytes = Files.readAllBytes(CAPTURES.resolve("keepalive4.pcap"));
        assertReads(Arrays.copyOf(bytes, 24 + 16 + 74 + 16 + 74), 1);
        assertReads(bytes, 97);
    }

    @Test
    void pcapng_aFewBytesAtATime() throws IOException {
        assertReads(Arrays.copyOf(pcapng(), sectionAndTwoPackets()), 1);
        assertReads(pcapng(), 97);
    }

    private static int sectionAndTwoPackets() throws IOException {
        final ByteBuffer bytes = ByteBuffer.wrap(pcapng()).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        for (int packets = 0; packets < 2; at += bytes.getInt(at + 4)) {
            packets += bytes.getInt(at) == 6 ? 1 : 0;
        }
        return at;
    }

    /** One that is larger than what is looked at together, so that its first bytes are gone when the last ones come. */
    @Test
    void blockWithoutPackets_isSteppedOverAsItComes() throws IOException {
        final byte[] packets = pcapng();
        final int length = 3 << 20;
        final ByteBuffer whole =
                ByteBuffer.allocate(packets.length * 2 + length).order(ByteOrder.LITTLE_ENDIAN);
        whole.put(packets);
        whole.putInt(packets.length, 0x0bad).putInt(packets.length + 4, length);
        whole.putInt(packets.length + length - 4, length).position(packets.length + length);
        whole.put(packets);
        assertReads(whole.array(), (1 << 18) - 3);
    }

    @Test
    void endInsideAPacket_isDamageOnceNothingMoreComes() throws IOException {
        final byte[] bytes = Files.readAllBytes(CAPTURES.resolve("keepalive4.pcap"));
        append(bytes, 0, 24 + 16 + 74 + 20);
        try (GrowingCapture capture = open()) {
            assertThat(poll(capture)).isOne();
            assertThat(poll(capture)).isZero();
            assertThat(capture.isBetweenPackets()).isFalse();
            capture.end();
            assertThatThrownBy(() -> poll(capture))
                    .isInstanceOf(CaptureException.class)
                    .hasMessageContaining("growing: a record of 90 bytes is cut short at byte 114 (packet 2)");
            assertThat(capture.isDamaged(0)).isTrue();
        }
    }

    @Test
    void compressed_isReadOnceItIsWhole() throws IOException {
        final byte[] bytes = Files.readAllBytes(CAPTURES.resolve("keepalive6.pcapng.gz"));
        append(bytes, 0, bytes.length - 1);
        try (GrowingCapture capture = open()) {
            capture.readAhead();
            assertThat(poll(capture)).isZero();
            append(bytes, bytes.length - 1, bytes.length);
            assertThat(poll(capture)).isZero();
            assertThat(capture.format()).isEmpty();
            capture.end();
            assertThat(poll(capture)).isEqualTo(83);
            assertThat(poll(capture)).isEqualTo(-1);
            assertThat(capture.format()).isEqualTo("pcapng");
        }
    }

    @Test
    void noCapture_isToldOnceItsBeginningIsThere() throws IOException {
        final byte[] text = "These are words, not packets.".getBytes(StandardCharsets.US_ASCII);
        append(text, 0, 10);
        try (GrowingCapture capture = open()) {
            assertThat(poll(capture)).isZero();
            append(text, 10, text.length);
            assertThatThrownBy(() -> poll(capture))
                    .isInstanceOf(CaptureException.class)
                    .hasMessageContaining("not a capture");
        }
    }
}
