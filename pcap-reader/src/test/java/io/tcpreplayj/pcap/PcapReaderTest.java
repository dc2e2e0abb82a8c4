package io.tcpreplayj.pcap;

import static io.tcpreplayj.pcap.Recorded.line;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PcapReaderTest {
    private static final int MICRO = 0xa1b2c3d4;
    private static final int NANO = 0xa1b23c4d;
    private static final int KUZNETZOV = 0xa1b2cd34;
    private static final byte[] ONE = {1, 2, 3};
    private static final byte[] TWO = {4, 5, 6, 7, 8};
    private static final List<ByteOrder> ORDERS = List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

    @Test
    void bothByteOrdersAndResolutionsAreRead() throws IOException {
        for (final ByteOrder order : ORDERS) {
            assertThat(Recorded.of(CaptureBytes.pcap(order, MICRO, 1)
                                    .record(10, 7, 60, ONE)
                                    .record(11, 0, 5, TWO))
                            .packets)
                    .containsExactly(line(10_000_007_000L, 1, 60, ONE), line(11_000_000_000L, 1, 5, TWO));
            assertThat(Recorded.of(CaptureBytes.pcap(order, NANO, 276).record(10, 7, 60, ONE)).packets)
                    .containsExactly(line(10_000_000_007L, 276, 60, ONE));
        }
    }

    @Test
    void kuznetzovRecordsHaveEightBytesMore() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, KUZNETZOV, 1);
        capture.u32(10).u32(7).u32(3).u32(60).u32(2).u32(0).raw(ONE);

        final Recorded recorded = Recorded.of(capture);

        assertThat(recorded.packets).containsExactly(line(10_000_007_000L, 1, 60, ONE));
        assertThat(recorded.format).isEqualTo("pcap");
    }

    @Test
    void timesUpTo2106AreRead() throws IOException {
        final CaptureBytes capture =
                CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, NANO, 1).record(-1, 999_999_999, 3, ONE);

        assertThat(Recorded.of(capture).packets).containsExactly(line(4_294_967_295_999_999_999L, 1, 3, ONE));
    }

    @Test
    void fractionOutOfRangeCountsAsItStands() throws IOException {
        final CaptureBytes capture =
                CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, MICRO, 1).record(1, 2_000_001, 3, ONE);

        assertThat(Recorded.of(capture).packets).containsExactly(line(3_000_001_000L, 1, 3, ONE));
    }

    @Test
    void origlenIsGivenAsItStands() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, MICRO, 1)
                .record(1, 0, 0, ONE)
                .record(1, 0, -1, ONE);

        assertThat(Recorded.of(capture).packets)
                .containsExactly(line(1_000_000_000L, 1, 0, ONE), line(1_000_000_000L, 1, Integer.MAX_VALUE, ONE));
    }

    @Test
    void lengthsOfOldVersionsStandTheOtherWayRound() throws IOException {
        final CaptureBytes older = CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, MICRO, 2, 1);
        older.u32(1).u32(0).u32(60).u32(3).raw(ONE);
        final CaptureBytes mixed = CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, MICRO, 3, 1);
        mixed.u32(1).u32(0).u32(60).u32(3).raw(ONE).u32(2).u32(0).u32(3).u32(60).raw(ONE);

        assertThat(Recorded.of(older).packets).containsExactly(line(1_000_000_000L, 1, 60, ONE));
        assertThat(Recorded.of(mixed).packets)
                .containsExactly(line(1_000_000_000L, 1, 60, ONE), line(2_000_000_000L, 1, 60, ONE));
    }

    @Test
    void unknownVersionIsRefused() {
        final byte[] capture =
                CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, MICRO, 9, 1).bytes();

        assertThatThrownBy(() -> Recorded.of(capture))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("test.pcap: pcap version 2.9 is not known");
    }

    @Test
    void lengthOfTheFrameCheckSequenceIsNoPartOfTheLinktype() throws IOException {
        final CaptureBytes capture =
                CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, MICRO, 0x4400_0001).record(1, 0, 3, ONE);

        assertThat(Recorded.of(capture).packets).containsExactly(line(1_000_000_000L, 1, 3, ONE));
    }

    @Test
    void everyTruncationDeliversTheWholePacketsAndNamesTheRest() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1);
        final List<Integer> ends = new ArrayList<>(List.of(capture.size()));
        for (final byte[] packet : List.of(ONE, TWO, ONE)) {
            capture.record(1, 0, 60, packet);
            ends.add(capture.size());
        }
        final byte[] whole = capture.bytes();
        for (int length = ends.get(0); length <= whole.length; length++) {
            final Recorded recorded = Recorded.of(Arrays.copyOf(whole, length));
            int packets = 0;
            while (packets < 3 && ends.get(packets + 1) <= length) {
                packets++;
            }
            assertThat(recorded.packets).as("cut at %d", length).hasSize(packets);
            if (ends.contains(length)) {
                assertThat(recorded.damage).isNull();
            } else {
                assertThat(recorded.damageMessage())
                        .contains("test.pcap: ")
                        .contains("is cut short at byte " + ends.get(packets) + " (packet " + (packets + 1) + ")");
                assertThat(recorded.damageHint()).contains("copy the file again");
            }
        }
    }

    @Test
    void fileCutInsideItsHeaderIsRefused() {
        final byte[] whole =
                CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1).bytes();
        for (int length = 4; length < 24; length++) {
            final byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Recorded.of(cut))
                    .isInstanceOf(CaptureException.class)
                    .hasMessageContaining("the file header is cut short at byte 0");
        }
    }

    @Test
    void impossibleCaplenEndsTheCapture() throws IOException {
        for (final int caplen : new int[] {256 * 1024 + 1, Integer.MAX_VALUE, -1}) {
            final CaptureBytes capture =
                    CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1).record(1, 0, 60, ONE);
            final int offset = capture.size();
            capture.u32(2).u32(0).u32(caplen).u32(60).raw(TWO);

            final Recorded recorded = Recorded.of(capture);

            assertThat(recorded.packets).hasSize(1);
            assertThat(recorded.damageMessage())
                    .contains(Integer.toUnsignedString(caplen))
                    .contains("at byte " + offset + " (packet 2)");
        }
    }

    @Test
    void largestCaplenIsRead() throws IOException {
        final byte[] packet = new byte[256 * 1024];
        final CaptureBytes capture = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1);
        for (int i = 0; i < 6; i++) {
            packet[i] = (byte) i;
            capture.record(1, 0, 60, packet).record(1, 0, 60, ONE);
        }

        final Recorded recorded = Recorded.of(capture);

        assertThat(recorded.damage).isNull();
        assertThat(recorded.packets).hasSize(12);
        assertThat(recorded.packets.get(10)).endsWith(line(1_000_000_000L, 1, 60, packet));
    }

    @Test
    void capturesJoinedByCatAreNamed() throws IOException {
        final byte[] first = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1)
                .record(1, 0, 60, ONE)
                .bytes();

        final Recorded recorded = Recorded.of(CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1)
                .record(1, 0, 60, ONE)
                .raw(first));

        assertThat(recorded.packets).hasSize(1);
        assertThat(recorded.damageMessage()).contains("another capture begins at byte " + first.length);
        assertThat(recorded.damageHint()).contains("mergecap");
    }

    @Test
    void countsAndPositionsFollowThePackets() throws IOException {
        final byte[] capture = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1)
                .record(1, 0, 60, ONE)
                .record(1, 0, 60, TWO)
                .bytes();
        try (CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(capture), "test.pcap")) {
            final List<Long> seen = new ArrayList<>();
            assertThat(reader.poll((b, o, c, l, t, k) -> seen.add(reader.packets()), 1))
                    .isEqualTo(1);
            assertThat(reader.packetPosition()).isEqualTo(24);
            assertThat(reader.position()).isEqualTo(43);
            assertThat(reader.poll((b, o, c, l, t, k) -> seen.add(reader.packetPosition()), 10))
                    .isEqualTo(1);
            assertThat(seen).containsExactly(1L, 43L);
            assertThat(reader.poll((b, o, c, l, t, k) -> seen.add(0L), 10)).isEqualTo(-1);
            assertThat(reader.packets()).isEqualTo(2);
            assertThat(reader.position()).isEqualTo(capture.length);
            assertThat(reader.fileBytes()).isEqualTo(capture.length);
        }
    }

    @Test
    void damageIsSaidAgainAtEveryLaterPoll() throws IOException {
        final byte[] capture =
                CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, MICRO, 1).u32(1).bytes();
        try (CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(capture), "test.pcap")) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> reader.poll((b, o, c, l, t, k) -> {}, 10))
                        .isInstanceOf(CaptureException.class);
            }
        }
    }
}
