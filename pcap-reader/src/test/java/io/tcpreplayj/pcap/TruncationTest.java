package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** A recording cut at each of its first 4 KiB bytes and of its last 200: every whole packet is read, the cut is named. */
final class TruncationTest {
    private static final Path CAPTURES = Path.of("..", "testdata", "captures");

    @Test
    void pcap() throws IOException {
        final byte[] capture = Files.readAllBytes(CAPTURES.resolve("keepalive4.pcap"));
        final ByteBuffer bytes = ByteBuffer.wrap(capture).order(ByteOrder.LITTLE_ENDIAN);
        final NavigableMap<Integer, Integer> packetsAt = new TreeMap<>();
        int packets = 0;
        for (int at = 24; at < capture.length; at += 16 + bytes.getInt(at + 8)) {
            packetsAt.put(at, packets++);
        }
        cutEverywhere(capture, packetsAt, packets);
    }

    @Test
    void pcapng() throws IOException {
        final byte[] capture;
        try (InputStream file = Files.newInputStream(CAPTURES.resolve("keepalive6.pcapng.gz"));
                InputStream plain = new GZIPInputStream(file)) {
            capture = plain.readAllBytes();
        }
        final ByteBuffer bytes = ByteBuffer.wrap(capture).order(ByteOrder.LITTLE_ENDIAN);
        final NavigableMap<Integer, Integer> packetsAt = new TreeMap<>();
        int packets = 0;
        for (int at = 0; at < capture.length; at += bytes.getInt(at + 4)) {
            packetsAt.put(at, packets);
            packets += bytes.getInt(at) == 6 ? 1 : 0;
        }
        packetsAt.remove(0);
        cutEverywhere(capture, packetsAt, packets);
    }

    /** @param packetsAt the packets before each place between two records */
    private static void cutEverywhere(
            final byte[] capture, final NavigableMap<Integer, Integer> packetsAt, final int packets)
            throws IOException {
        assertThat(packets).isEqualTo(83);
        packetsAt.put(capture.length, packets);
        for (int length = 1; length <= capture.length; length++) {
            if (length == 4097) {
                length = capture.length - 200;
            }
            final var before = packetsAt.floorEntry(length);
            final Tally tally = read(Arrays.copyOf(capture, length));
            assertThat(tally.packets).as("cut at %d", length).isEqualTo(before == null ? 0 : before.getValue());
            if (packetsAt.containsKey(length)) {
                assertThat(tally.damage).as("cut at %d", length).isNull();
            } else {
                assertThat(tally.damage).as("cut at %d", length).isNotNull();
            }
        }
    }

    private static Tally read(final byte[] capture) throws IOException {
        try {
            return Tally.of(CaptureFiles.open(new ByteArrayInputStream(capture), "cut"));
        } catch (final CaptureException e) {
            final Tally nothing = new Tally();
            nothing.damage = e;
            return nothing;
        }
    }
}
