package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MergedReaderTest {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    @TempDir
    Path folder;

    private final List<Integer> opened = new ArrayList<>();

    private static byte[] capture(final int... seconds) {
        final CaptureBytes capture = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1);
        for (final int second : seconds) {
            capture.record(second, 0, 1, new byte[] {(byte) second});
        }
        return capture.bytes();
    }

    private MergedReader.Input input(final long firstPacketNs, final byte[] capture) {
        return new MergedReader.Input(firstPacketNs, () -> {
            opened.add((int) (firstPacketNs / NS_PER_SECOND));
            return CaptureFiles.open(new ByteArrayInputStream(capture), "at " + firstPacketNs / NS_PER_SECOND);
        });
    }

    private MergedReader.Input input(final int... seconds) {
        return input(seconds[0] * NS_PER_SECOND, capture(seconds));
    }

    /** "source second" of each packet. */
    private static List<String> read(final CaptureReader reader) throws IOException {
        final List<String> seen = new ArrayList<>();
        final PacketHandler handler = new PacketHandler() {
            private int source;

            @Override
            public void onPacket(
                    final ByteBuffer buffer,
                    final int offset,
                    final int caplen,
                    final int origlen,
                    final long captureTimeNs,
                    final int linktype) {
                assertThat((long) buffer.get(offset)).isEqualTo(captureTimeNs / NS_PER_SECOND);
                seen.add(source + " " + captureTimeNs / NS_PER_SECOND);
            }

            @Override
            public void onSource(final int now) {
                source = now;
            }
        };
        int count;
        do {
            count = reader.poll(handler, 2);
        } while (count >= 0);
        return seen;
    }

    @Test
    void overlappingCaptures_comeInOrderOfTime_tiesInOrderOfCaptures() throws IOException {
        try (MergedReader reader = new MergedReader(List.of(input(1, 3, 5, 7), input(2, 3, 9), input(3)))) {
            assertThat(read(reader)).containsExactly("0 1", "1 2", "0 3", "1 3", "2 3", "0 5", "0 7", "1 9");
            assertThat(reader.packets()).isEqualTo(8);
            assertThat(reader.position()).isEqualTo(3 * 24 + 8 * 17);
            assertThat(reader.fileBytes()).isEqualTo(reader.position());
        }
    }

    @Test
    void eachCaptureKeepsItsOwnOrder() throws IOException {
        try (MergedReader reader = new MergedReader(List.of(input(5, 1, 6), input(7, 2)))) {
            assertThat(read(reader)).containsExactly("0 5", "0 1", "0 6", "1 7", "1 2");
        }
    }

    @Test
    void captureIsOpenedWhenItsFirstPacketIsDue() throws IOException {
        try (MergedReader reader = new MergedReader(List.of(input(1, 2), input(3, 4), input(5)))) {
            assertThat(reader.poll((b, o, c, l, t, k) -> {}, 2)).isEqualTo(2);
            assertThat(opened).containsExactly(1);
            assertThat(reader.poll((b, o, c, l, t, k) -> {}, 1)).isEqualTo(1);
            assertThat(opened).containsExactly(1, 3);
        }
    }

    @Test
    void damagedCaptureEndsThere_theOthersGoOn_andItIsToldLast() throws IOException {
        final byte[] cut = Arrays.copyOf(capture(2, 4), 24 + 17 + 5);
        try (MergedReader reader =
                new MergedReader(List.of(input(1, 3, 6), input(2 * NS_PER_SECOND, cut), input(5, 7)))) {
            final List<Long> times = new ArrayList<>();
            assertThat(reader.poll((b, o, c, l, t, k) -> times.add(t / NS_PER_SECOND), 100))
                    .isEqualTo(6);
            assertThat(times).containsExactly(1L, 2L, 3L, 5L, 6L, 7L);
            for (int again = 0; again < 2; again++) {
                assertThatThrownBy(() -> reader.poll((b, o, c, l, t, k) -> {}, 1))
                        .isInstanceOf(CaptureException.class)
                        .hasMessage("at 2: a record header is cut short at byte 41 (packet 2)");
            }
            assertThat(reader.isDamaged(0)).isFalse();
            assertThat(reader.isDamaged(1)).isTrue();
            assertThat(reader.isDamaged(2)).isFalse();
        }
    }

    @Test
    void moreThanFitIntoMemory_areRefused() throws IOException {
        final List<MergedReader.Input> inputs = new ArrayList<>();
        for (int i = 0; i <= MergedReader.MAX_OPEN; i++) {
            inputs.add(input(1, 2));
        }
        try (MergedReader reader = new MergedReader(inputs)) {
            assertThatThrownBy(() -> reader.poll((b, o, c, l, t, k) -> {}, 1))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(CaptureException.class)
                    .hasMessageContaining("more than 64 captures overlap in time");
        }
        try (MergedReader reader = new MergedReader(inputs.subList(0, MergedReader.MAX_OPEN))) {
            assertThat(read(reader)).hasSize(2 * MergedReader.MAX_OPEN);
        }
    }

    @Test
    void realCapturesAreMergedAsMergecapDoes() throws IOException {
        Privileges.need("mergecap");
        final Path recorded = Path.of("..", "testdata", "captures");
        // No two packets of these have the same time, where mergecap takes the last capture first.
        final List<Path> captures = Stream.of("cooked1.pcap", "keepalive6.pcapng.gz", "keepalive4.pcap", "vlan.pcap")
                .map(recorded::resolve)
                .toList();
        final Path merged = folder.resolve("merged.pcapng");
        final List<String> command = new ArrayList<>(List.of("mergecap", "-w", merged.toString()));
        captures.forEach(capture -> command.add(capture.toString()));
        Exec.run(command.toArray(String[]::new)).orThrow();
        final List<MergedReader.Input> inputs = new ArrayList<>();
        for (final Path capture : captures) {
            inputs.add(new MergedReader.Input(Long.MIN_VALUE, () -> CaptureFiles.open(capture)));
        }
        assertThat(Recorded.of(new MergedReader(inputs)).packets)
                .hasSizeGreaterThan(100)
                .isEqualTo(Recorded.of(CaptureFiles.open(merged)).packets);
    }
}
