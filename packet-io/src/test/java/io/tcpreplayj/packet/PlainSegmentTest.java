package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Frames.PAYLOAD;
import static io.tcpreplayj.packet.Frames.ethernet;
import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is read in words is what is read field by field: of the same packet without its Ethernet header. */
final class PlainSegmentTest {
    private static final int SEED = 20261127;
    private static final int ETHERNET = 14;
    private static final byte[] FRAME = ethernet("0800", ipv4(6, tcp(hex("0204 05b4 0101 0402"), PAYLOAD)));

    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView plain = new PacketView();
    private final PacketView general = new PacketView();

    @Test
    void everyByteChangedToAnything_bothSayTheSame() {
        for (int at = ETHERNET; at < FRAME.length; at++) {
            final byte[] frame = FRAME.clone();
            for (int value = 0; value < 256; value++) {
                frame[at] = (byte) value;
                assertSame(frame, frame.length, frame.length);
            }
        }
    }

    @Test
    void everyCaplenAndOriglen_bothSayTheSame() {
        for (int caplen = ETHERNET; caplen <= FRAME.length; caplen++) {
            for (int origlen = 0; origlen <= FRAME.length + 9; origlen++) {
                assertSame(FRAME, caplen, origlen);
            }
        }
    }

    @Test
    void severalBytesChangedAtRandom_bothSayTheSame() {
        final Random random = new Random(SEED);
        for (int round = 0; round < 100_000; round++) {
            final byte[] frame = FRAME.clone();
            for (int changes = random.nextInt(6); changes >= 0; changes--) {
                frame[ETHERNET + random.nextInt(frame.length - ETHERNET)] = (byte) random.nextInt();
            }
            assertSame(frame, ETHERNET + random.nextInt(frame.length - ETHERNET + 1), random.nextInt(200));
        }
    }

    @Test
    void aPlainSegmentIsOne() {
        assertThat(PlainSegment.decode(ByteBuffer.wrap(FRAME), 0, FRAME.length, FRAME.length, plain))
                .isTrue();
        assertThat(plain.segSeq()).isEqualTo(0x01020304);
        assertThat(plain.segUp()).isEqualTo(7);
    }

    private void assertSame(final byte[] frame, final int caplen, final int origlen) {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(caplen + 8).put(0, frame, 0, caplen);
        final Verdict verdict = decoder.decode(buffer, 0, caplen, origlen, Linktype.ETHERNET, plain);
        final Verdict expected = decoder.decode(
                buffer, ETHERNET, caplen - ETHERNET, Math.max(origlen, caplen) - ETHERNET, Linktype.IPV4, general);
        if (verdict != expected || (verdict == Verdict.TCP && !fields(plain).equals(fields(general)))) {
            assertThat(verdict + " " + fields(plain))
                    .as(() -> "seed " + SEED + ", caplen " + caplen + ", origlen " + origlen)
                    .isEqualTo(expected + " " + fields(general));
        }
    }

    private static String fields(final PacketView view) {
        return String.join(
                " ",
                view.ipVersion + " " + view.ipId + " " + view.trafficClass + " " + view.hopLimit + " " + view.tunnel
                        + " " + view.tcpChecksum,
                view.sourceHigh + " " + view.sourceLow + " " + view.destinationHigh + " " + view.destinationLow,
                view.sourcePort + " " + view.destinationPort + " " + view.segSeq + " " + view.segAck,
                view.segFlags + " " + view.segWnd + " " + view.segUp,
                view.optionsOffset + " " + view.optionsLength,
                view.payloadOffset + " " + view.payloadLength + " " + view.payloadCaplen);
    }
}
