package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Frames.PAYLOAD;
import static io.tcpreplayj.packet.Frames.ethernet;
import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.ipv6;
import static io.tcpreplayj.packet.Frames.join;
import static io.tcpreplayj.packet.Frames.tcp;
import static io.tcpreplayj.packet.Frames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Copies of the capture against segments that were sent again. */
final class CopyFinderTest {
    private static final long MS = 1_000_000;
    private static final byte[] SEGMENT = tcp(new byte[0], PAYLOAD);
    private static final byte[] PACKET = ipv4(6, SEGMENT);

    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final CopyFinder copies = new CopyFinder();
    private final PacketView view = new PacketView();

    private boolean isCopy(final byte[] packet, final long timeNs) {
        return isCopy(Linktype.RAW, packet, timeNs);
    }

    private boolean isCopyOfDatagram(final int linktype, final byte[] packet, final long timeNs) {
        assertThat(decoder.decode(ByteBuffer.wrap(packet), 0, packet.length, packet.length, linktype, view))
                .isEqualTo(Verdict.UDP);
        final boolean copy = copies.markDatagram(view, timeNs);
        assertThat(view.isCopy()).isEqualTo(copy);
        return copy;
    }

    /** What Linux sends from a socket that is not connected. */
    private static byte[] datagramWithoutId() {
        final byte[] packet = ipv4(17, udp(40_000, 8125, "hits:1|c".getBytes(StandardCharsets.US_ASCII)));
        packet[5] = 0;
        return packet;
    }

    private boolean isCopy(final int linktype, final byte[] packet, final long timeNs) {
        assertThat(decoder.decode(ByteBuffer.wrap(packet), 0, packet.length, packet.length, linktype, view))
                .isEqualTo(Verdict.TCP);
        final boolean copy = copies.mark(view, timeNs);
        assertThat(view.isCopy()).isEqualTo(copy);
        return copy;
    }

    private static byte[] changed(final byte[] packet, final int at) {
        final byte[] other = packet.clone();
        other[at]++;
        return other;
    }

    @Test
    void samePacketOnAnotherLink_inATunnelOrBehindARouter_isACopy() {
        final byte[] vxlan = ipv4(17, udp(1, 4789, join(hex("08000000 00000100"), ethernet("0800", PACKET))));

        assertThat(isCopy(PACKET, 0)).isFalse();
        assertThat(isCopy(Linktype.ETHERNET, ethernet("0800", PACKET), 15_000)).isTrue();
        assertThat(isCopy(Linktype.ETHERNET, ethernet("8100 0005 0800", PACKET), 30_000))
                .isTrue();
        assertThat(isCopy(changed(PACKET, 8), 50 * MS)).as("another TTL").isTrue();
        assertThat(isCopy(vxlan, 100 * MS)).isTrue();
        assertThat(isCopy(PACKET, 100 * MS + 1)).as("too late").isFalse();
    }

    @Test
    void equalDatagramsWithoutAnIdentification_areAllTheSenders() {
        final byte[] v6 = ipv6(17, udp(40_000, 8125, "hits:1|c".getBytes(StandardCharsets.US_ASCII)));
        for (int i = 0; i < 5; i++) {
            assertThat(isCopyOfDatagram(Linktype.ETHERNET, ethernet("0800", datagramWithoutId()), i * 1_000))
                    .isFalse();
            assertThat(isCopyOfDatagram(Linktype.RAW, v6, i * 1_000)).isFalse();
        }
    }

    @Test
    void datagramWithTheSameIdentification_isACopy() {
        final byte[] packet = changed(datagramWithoutId(), 5);
        assertThat(isCopyOfDatagram(Linktype.RAW, packet, 0)).isFalse();
        assertThat(isCopyOfDatagram(Linktype.RAW, packet, 100 * MS)).isTrue();
        assertThat(isCopyOfDatagram(Linktype.RAW, changed(packet, 5), 0)).isFalse();
    }

    private static byte[] datagram(final String text, final int id) {
        final byte[] packet = ipv4(17, udp(40_000, 8125, text.getBytes(StandardCharsets.US_ASCII)));
        packet[5] = (byte) id;
        return packet;
    }

    /** A sensor whose stack writes the identification 1, always, and which counts the same hit five times. */
    @Test
    void equalDatagramsWithAnIdentificationThatNeverChanges_areAllTheSenders() {
        assertThat(isCopyOfDatagram(Linktype.RAW, datagram("temp:20|g", 1), 0)).isFalse();
        assertThat(isCopyOfDatagram(Linktype.RAW, datagram("temp:21|g", 1), MS)).isFalse();
        for (int i = 2; i < 7; i++) {
            assertThat(isCopyOfDatagram(Linktype.RAW, datagram("hits:1|c", 1), i * MS))
                    .isFalse();
        }
        assertThat(isCopyOfDatagram(Linktype.RAW, changed(datagram("hits:1|c", 1), 8), 7 * MS))
                .as("behind a router")
                .isTrue();
        // Another identification: they tell something again.
        assertThat(isCopyOfDatagram(Linktype.RAW, datagram("hits:1|c", 2), 8 * MS))
                .isFalse();
        assertThat(isCopyOfDatagram(Linktype.RAW, datagram("hits:1|c", 2), 9 * MS))
                .isTrue();
    }

    /** Nothing but equal datagrams: the second one may be a mirror's, the third one is none. */
    @Test
    void thirdEqualDatagramThatIsLate_isTheSenders_andSoAreThoseBehindIt() {
        final byte[] beat = datagram("alive", 1);
        assertThat(isCopyOfDatagram(Linktype.RAW, beat, 0)).isFalse();
        assertThat(isCopyOfDatagram(Linktype.RAW, beat, 20 * MS)).isTrue();
        for (int i = 2; i < 10; i++) {
            assertThat(isCopyOfDatagram(Linktype.RAW, beat, i * 20 * MS)).isFalse();
        }
    }

    @Test
    void heartbeatsSlowerThanAnyMirror_areTheSendersFromTheFirstOn() {
        final byte[] beat = datagram("alive", 1);
        for (int i = 0; i < 5; i++) {
            assertThat(isCopyOfDatagram(Linktype.RAW, beat, i * 101 * MS)).isFalse();
        }
        assertThat(isCopyOfDatagram(Linktype.RAW, beat, 405 * MS))
                .as("and one that hurries")
                .isFalse();
    }

    /** Three mirrors of one switch, or a bridge and its ports: microseconds apart. */
    @Test
    void threeEqualDatagramsAtOnce_areOneAndTwoCopies() {
        for (int id = 1; id < 5; id++) {
            final byte[] packet = datagram("hits:1|c", id);
            assertThat(isCopyOfDatagram(Linktype.RAW, packet, id * MS)).isFalse();
            assertThat(isCopyOfDatagram(Linktype.RAW, packet, id * MS + 3_000)).isTrue();
            assertThat(isCopyOfDatagram(Linktype.RAW, packet, id * MS + 9_000)).isTrue();
        }
    }

    @Test
    void datagramSeenElsewhere_isACopy_alsoWithoutAnIdentification() {
        final byte[] packet = datagramWithoutId();
        final byte[] frame = ethernet("0800", packet);
        final byte[] vxlan = ipv4(17, udp(1, 4789, join(hex("08000000 00000100"), frame)));
        assertThat(isCopyOfDatagram(Linktype.ETHERNET, frame, 0)).isFalse();
        assertThat(isCopyOfDatagram(Linktype.ETHERNET, changed(frame, 11), 1))
                .as("another MAC address")
                .isTrue();
        assertThat(isCopyOfDatagram(Linktype.ETHERNET, ethernet("8100 0005 0800", packet), 2))
                .as("a VLAN")
                .isTrue();
        assertThat(isCopyOfDatagram(Linktype.ETHERNET, ethernet("0800", changed(packet, 8)), 3))
                .as("another TTL")
                .isTrue();
        assertThat(isCopyOfDatagram(Linktype.RAW, vxlan, 4)).as("a tunnel").isTrue();
        assertThat(isCopyOfDatagram(Linktype.ETHERNET, frame, 5))
                .as("the sender's next")
                .isFalse();
    }

    /** {@code -i any} has each datagram of the loopback interface on its way out and on its way in. */
    @ParameterizedTest
    @CsvSource({
        "113, 0004 0304 0006 000000000000 0000 0800, 1, the direction",
        "276, 0800 0000 00000001 0304 04 06 0000000000000000, 10, the direction",
        "276, 0800 0000 00000001 0304 04 06 0000000000000000, 7, the interface"
    })
    void cookedHeaderTellsCopies(final int linktype, final String header, final int at, final String what) {
        final byte[] first = join(hex(header), datagramWithoutId());
        final byte[] second = changed(first, at);
        for (int i = 0; i < 3; i++) {
            assertThat(isCopyOfDatagram(linktype, first, i)).as(what).isFalse();
            assertThat(isCopyOfDatagram(linktype, second, i)).as(what).isTrue();
        }
    }

    @Test
    void copyMayHaveTheEarlierTime() {
        assertThat(isCopy(PACKET, 5 * MS)).isFalse();
        assertThat(isCopy(PACKET, 0)).isTrue();
        assertThat(isCopy(PACKET, -96 * MS)).isFalse();
    }

    @Test
    void whatTheSenderWroteAnew_isNoCopy() {
        isCopy(PACKET, 0);
        // Identification; addresses; ports, numbers, flags, window and checksum of TCP.
        for (final int at : new int[] {5, 15, 19, 21, 23, 27, 31, 33, 35, 37}) {
            assertThat(isCopy(changed(PACKET, at), 0)).as("byte %d", at).isFalse();
        }
        assertThat(isCopy(ipv4(6, tcp(new byte[0], "another length".getBytes())), 0))
                .isFalse();
        assertThat(isCopy(PACKET, 0)).isTrue();
    }

    @Test
    void withoutAnIdentification_aMillisecondIsAllowed() {
        final byte[] withoutId = PACKET.clone();
        withoutId[5] = 0;
        for (final byte[] packet : new byte[][] {withoutId, ipv6(6, SEGMENT)}) {
            assertThat(isCopy(packet, 10 * MS)).isFalse();
            assertThat(isCopy(packet, 11 * MS)).isTrue();
            assertThat(isCopy(packet, 11 * MS + 1)).isFalse();
        }
    }
}
