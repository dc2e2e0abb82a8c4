package io.tcpreplayj.pcap;

import static io.tcpreplayj.pcap.Recorded.line;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PcapngReaderTest {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;
    private static final byte[] ONE = {1, 2, 3};
    private static final byte[] TWO = {4, 5, 6, 7, 8};
    private static final int TSRESOL = 9;
    private static final int TSOFFSET = 14;

    @Test
    void packetBlocksOfAllThreeKindsAreRead() throws IOException {
        for (final ByteOrder order : List.of(LITTLE, BIG)) {
            final CaptureBytes capture = CaptureBytes.pcapng(order)
                    .iface(1)
                    .enhanced(0, 0x1_0000_0005L, 60, ONE)
                    .obsolete(0, 7, 61, TWO)
                    .simple(5, TWO);

            final Recorded recorded = Recorded.of(capture);

            assertThat(recorded.damage).isNull();
            assertThat(recorded.format).isEqualTo("pcapng");
            assertThat(recorded.packets)
                    .containsExactly(
                            line(0x1_0000_0005L * 1000, 1, 60, ONE),
                            line(7000, 1, 61, TWO),
                            // no time of its own: that of the packet before
                            line(7000, 1, 5, TWO));
        }
    }

    @Test
    void simplePacketIsCutAtTheSnaplenOfTheFirstInterface() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(BIG);
        capture.iface(113, 3, capture.part()).iface(1).simple(60, ONE);

        assertThat(Recorded.of(capture).packets).containsExactly(line(0, 113, 60, ONE));
    }

    @Test
    void interfacesHaveTheirOwnLinktypeAndClock() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(LITTLE);
        capture.iface(1, 0, capture.part().option(TSRESOL, new byte[] {9}))
                .iface(113, 0, capture.part().option(2, TWO).option(TSRESOL, new byte[] {3}))
                .iface(101, 0, capture.part().option(TSRESOL, new byte[] {(byte) 0x8a}))
                .iface(
                        276,
                        0,
                        capture.part()
                                .option(TSOFFSET, capture.part().i64(-2).bytes())
                                .option(0, new byte[0]))
                .enhanced(0, 1_000_000_001L, 3, ONE)
                .enhanced(1, 1001, 3, ONE)
                .enhanced(2, 1024 + 512, 3, ONE)
                .enhanced(3, 5_000_001, 3, ONE);

        assertThat(Recorded.of(capture).packets)
                .containsExactly(
                        line(1_000_000_001L, 1, 3, ONE),
                        line(1_001_000_000L, 113, 3, ONE),
                        line(1_500_000_000L, 101, 3, ONE),
                        line(3_000_001_000L, 276, 3, ONE));
    }

    @Test
    void sectionChangesTheByteOrderAndForgetsTheInterfaces() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(LITTLE)
                .iface(1)
                .enhanced(0, 1, 3, ONE)
                .section(BIG)
                .iface(113)
                .enhanced(0, 2, 3, ONE)
                .section(LITTLE);
        final int offset = capture.size();
        capture.enhanced(0, 3, 3, ONE);

        final Recorded recorded = Recorded.of(capture);

        assertThat(recorded.packets).containsExactly(line(1000, 1, 3, ONE), line(2000, 113, 3, ONE));
        assertThat(recorded.damageMessage())
                .contains("interface 0, which the section does not describe")
                .contains("at byte " + offset + " (packet 3)");
    }

    @Test
    void unknownBlocksOfAnySizeAreSteppedOver() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(LITTLE);
        capture.iface(1)
                .block(0x0bad, capture.part())
                .enhanced(0, 1, 3, ONE)
                .block(0x0bad, capture.part().raw(new byte[3_000_000]))
                .block(10, capture.part().raw(new byte[20]))
                .enhanced(0, 2, 3, ONE);

        final Recorded recorded = Recorded.of(capture);

        assertThat(recorded.damage).isNull();
        assertThat(recorded.packets).containsExactly(line(1000, 1, 3, ONE), line(2000, 1, 3, ONE));
    }

    @Test
    void optionsBehindThePacketAreNotLookedAt() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(LITTLE).iface(1);
        capture.block(
                6,
                capture.part()
                        .u32(0)
                        .ticks(1)
                        .u32(3)
                        .u32(3)
                        .padded(ONE)
                        .u16(1)
                        .u16(60000)
                        .raw(new byte[4]));

        assertThat(Recorded.of(capture).packets).containsExactly(line(1000, 1, 3, ONE));
    }

    @Test
    void everyTruncationDeliversTheWholePackets() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE);
        final int afterFirst = capture.size();
        capture.block(0x0bad, capture.part().raw(TWO).raw(ONE));
        final int afterUnknown = capture.size();
        final byte[] whole = capture.enhanced(0, 2, 5, TWO).bytes();
        for (int length = 4; length <= whole.length; length++) {
            final Recorded recorded = Recorded.of(Arrays.copyOf(whole, length));
            assertThat(recorded.packets)
                    .as("cut at %d", length)
                    .hasSize(length < afterFirst ? 0 : length < whole.length ? 1 : 2);
            final boolean betweenBlocks =
                    List.of(28, 48, afterFirst, afterUnknown, whole.length).contains(length);
            if (betweenBlocks) {
                assertThat(recorded.damage).as("cut at %d", length).isNull();
            } else {
                assertThat(recorded.damageMessage()).contains("is cut short at byte ");
            }
        }
    }

    @Test
    void blocksThatLieEndTheCapture() throws IOException {
        final byte[] good =
                CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE).bytes();
        final int offset = good.length;
        for (final int length : new int[] {0, 4, 8, 13, 28, -4, 2_000_000}) {
            final CaptureBytes capture = CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE);
            capture.u32(6).u32(length).raw(new byte[100]);
            assertDamage(capture, "the impossible length " + Integer.toUnsignedString(length) + " at byte " + offset);
        }
        final CaptureBytes trailer =
                CaptureBytes.pcapng(LITTLE).raw(new byte[0]).iface(1).enhanced(0, 1, 3, ONE);
        trailer.u32(6).u32(36).u32(0).ticks(2).u32(3).u32(3).padded(ONE).u32(40);
        assertDamage(trailer, "lengths differ, 36 in front and 40 behind");
        final CaptureBytes unknown = CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE);
        unknown.u32(77).u32(16).u32(0).u32(20);
        assertDamage(unknown, "lengths differ, 16 in front and 20 behind");
        final CaptureBytes caplen = CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE);
        caplen.block(6, caplen.part().u32(0).ticks(2).u32(5).u32(5).padded(ONE));
        assertDamage(caplen, "room for 4 bytes claims a packet of 5");
    }

    @Test
    void interfaceOptionsThatRunPastTheBlockAreDamage() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE);
        capture.iface(1, 0, capture.part().u16(TSRESOL).u16(60_000));

        assertDamage(capture, "options run past its end");
    }

    @Test
    void sectionOfAnUnknownVersionIsRefused() throws IOException {
        final CaptureBytes capture = CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE);
        capture.block(
                0x0a0d0d0a, capture.part().u32(0x1a2b3c4d).u16(2).u16(0).u32(-1).u32(-1));
        assertDamage(capture, "pcapng version 2 is not known");
        final CaptureBytes magic = CaptureBytes.pcapng(LITTLE).iface(1).enhanced(0, 1, 3, ONE);
        magic.block(
                0x0a0d0d0a, magic.part().u32(0x12345678).u16(1).u16(0).u32(-1).u32(-1));
        assertDamage(magic, "without byte-order magic");
    }

    private static void assertDamage(final CaptureBytes capture, final String message) throws IOException {
        final Recorded recorded = Recorded.of(capture);
        assertThat(recorded.packets).containsExactly(line(1000, 1, 3, ONE));
        assertThat(recorded.damageMessage())
                .startsWith("test.pcap: ")
                .contains(message)
                .contains("(packet 2)");
    }
}
