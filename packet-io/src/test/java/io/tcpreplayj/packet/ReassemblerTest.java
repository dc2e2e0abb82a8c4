package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Frames.ethernet;
import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.ipv6;
import static io.tcpreplayj.packet.Frames.join;
import static io.tcpreplayj.packet.Frames.tcp;
import static io.tcpreplayj.packet.Frames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Fragments in, segments out; and each fragment has one fate (TF-36). */
final class ReassemblerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final byte[] NO_OPTIONS = {};
    private static final byte[] PAYLOAD = payload(1000);
    private static final byte[] SEGMENT = tcp(NO_OPTIONS, PAYLOAD);

    private final Reassembler reassembler = new Reassembler();
    private final PacketView view = new PacketView();
    private long nowNs;

    private static byte[] payload(final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 >>> 3);
        }
        return bytes;
    }

    private Verdict decode(final byte[] packet) {
        return decode(packet, packet.length);
    }

    private Verdict decode(final byte[] packet, final int caplen) {
        return reassembler.decode(
                ByteBuffer.wrap(Arrays.copyOf(packet, caplen)), 0, caplen, packet.length, nowNs, Linktype.RAW, view);
    }

    private static byte[] fragment4(
            final int id, final int protocol, final int from, final int to, final byte[] datagram) {
        final byte[] piece = Arrays.copyOfRange(datagram, from, to);
        final int more = to < datagram.length ? 0x2000 : 0;
        final byte[] packet = ipv4(protocol, 20 + piece.length, more | from >> 3, NO_OPTIONS, piece);
        packet[4] = (byte) (id >>> 8);
        packet[5] = (byte) id;
        return packet;
    }

    private static byte[] fragment6(final int id, final int next, final int from, final int to, final byte[] datagram) {
        final ByteBuffer header = ByteBuffer.allocate(8);
        header.put((byte) next)
                .put((byte) 0)
                .putShort((short) (from | (to < datagram.length ? 1 : 0)))
                .putInt(id);
        return ipv6(44, join(header.array(), Arrays.copyOfRange(datagram, from, to)));
    }

    /** Pieces of that size, in order. */
    private static List<byte[]> pieces4(final int id, final int protocol, final int size, final byte[] datagram) {
        final List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < datagram.length; from += size) {
            pieces.add(fragment4(id, protocol, from, Math.min(datagram.length, from + size), datagram));
        }
        return pieces;
    }

    private void assertOnlyTheLastCompletes(final List<byte[]> packets) {
        for (final byte[] packet : packets.subList(0, packets.size() - 1)) {
            assertThat(decode(packet)).isEqualTo(Verdict.FRAGMENT);
        }
        assertThat(decode(packets.get(packets.size() - 1))).isEqualTo(Verdict.TCP);
    }

    private void assertPayload(final byte[] payload) {
        assertThat(capturedPayload()).isEqualTo(payload);
        assertThat(view.payloadLength()).isEqualTo(payload.length);
        assertThat(view.sourcePort()).isEqualTo(40000);
    }

    private byte[] capturedPayload() {
        final byte[] bytes = new byte[view.payloadCaplen()];
        view.buffer().get(view.payloadOffset(), bytes);
        return bytes;
    }

    private void assertFates(final long... wanted) {
        reassembler.finish();
        final long[] fates = new long[FragmentFate.values().length];
        Arrays.setAll(fates, i -> reassembler.count(FragmentFate.values()[i]));
        assertThat(fates)
                .as("reassembled, overlapping, incomplete, evicted, malformed")
                .isEqualTo(wanted);
        assertThat(reassembler.fragments()).isEqualTo(Arrays.stream(fates).sum());
    }

    @Test
    void fragmentsInAnyOrder_areOneSegment() {
        final List<byte[]> pieces = pieces4(7, 6, 344, SEGMENT);
        assertThat(pieces).hasSize(3);
        for (final int[] order : new int[][] {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}}) {
            assertOnlyTheLastCompletes(
                    Arrays.stream(order).mapToObj(pieces::get).toList());
            assertPayload(PAYLOAD);
            assertThat(new IpAddress(view.sourceHigh(), view.sourceLow())).isEqualTo(IpAddress.parse("10.0.0.1"));
        }
        assertFates(12, 0, 0, 0, 0);
    }

    @Test
    void fragmentsOfIpv6_areOneSegment_behindItsOtherHeaders() {
        final byte[] datagram = join(hex("06 00 0104 00000000"), SEGMENT);

        assertOnlyTheLastCompletes(List.of(
                fragment6(0x01020304, 60, 512, datagram.length, datagram),
                fragment6(0x01020304, 60, 0, 512, datagram)));

        assertPayload(PAYLOAD);
        assertThat(view.ipVersion()).isEqualTo(6);
        assertThat(new IpAddress(view.destinationHigh(), view.destinationLow()))
                .isEqualTo(IpAddress.parse("2001:db8::2"));
        assertFates(2, 0, 0, 0, 0);
    }

    @Test
    void datagramsAreToldApart_byAddressIdProtocolAndTunnel() {
        final byte[] other = SEGMENT.clone();
        other[3] = 81;
        decode(fragment4(1, 6, 0, 512, SEGMENT));
        assertThat(decode(fragment4(2, 6, 512, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 17, 512, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(ipv4(4, fragment4(1, 6, 512, SEGMENT.length, SEGMENT))))
                .isEqualTo(Verdict.FRAGMENT);
        final byte[] elsewhere = fragment4(1, 6, 512, SEGMENT.length, SEGMENT);
        elsewhere[19] = 9;
        assertThat(decode(elsewhere)).isEqualTo(Verdict.FRAGMENT);

        assertThat(decode(fragment4(1, 6, 512, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.TCP);
        assertPayload(PAYLOAD);
        assertFates(2, 0, 4, 0, 0);
    }

    @Test
    void tunnelThatWasFragmented_isOpened() {
        final byte[] inner = ethernet("0800", ipv4(6, SEGMENT));
        final byte[] outer = udp(50000, 4789, join(hex("08000000 00002a00"), inner));

        assertOnlyTheLastCompletes(pieces4(9, 17, 504, outer));

        assertPayload(PAYLOAD);
        assertThat(Tunnel.text(view.tunnel())).isEqualTo("vxlan 42");
    }

    @Test
    void fragmentsInATunnelThatWasFragmented_areOneSegment() {
        final List<byte[]> packets = new ArrayList<>();
        for (final byte[] inner : pieces4(5, 6, 512, SEGMENT)) {
            packets.addAll(pieces4(100 + packets.size(), 4, 256, inner));
        }
        assertOnlyTheLastCompletes(packets);
        assertPayload(PAYLOAD);
        assertThat(Tunnel.text(view.tunnel())).isEqualTo("ipip");
        // Three of each inner one, and the two inner ones.
        assertFates(packets.size() + 2, 0, 0, 0, 0);
    }

    @Test
    void udpDatagramInFragments_isRead() {
        final byte[] datagram = udp(53, 53, new byte[600]);

        assertThat(decode(fragment4(1, 17, 0, 304, datagram))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 17, 304, datagram.length, datagram))).isEqualTo(Verdict.UDP);
        assertThat(view.payloadLength()).isEqualTo(600);
        assertFates(2, 0, 0, 0, 0);
    }

    @Test
    void ofOverlappingFragments_theFirstWins() {
        final byte[] forged = SEGMENT.clone();
        Arrays.fill(forged, 100, forged.length, (byte) 'x');
        assertThat(decode(fragment4(1, 6, 0, 512, SEGMENT))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 6, 256, 768, forged))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 6, 512, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.TCP);

        final byte[] mixed = SEGMENT.clone();
        System.arraycopy(forged, 512, mixed, 512, 256);
        assertPayload(Arrays.copyOfRange(mixed, 20, mixed.length));
        assertFates(1, 2, 0, 0, 0);
    }

    @Test
    void copyOfAFragment_changesNothing() {
        final List<byte[]> pieces = pieces4(7, 6, 344, SEGMENT);

        assertOnlyTheLastCompletes(List.of(pieces.get(0), pieces.get(0), pieces.get(1), pieces.get(1), pieces.get(2)));

        assertPayload(PAYLOAD);
        assertFates(3, 2, 0, 0, 0);
    }

    @Test
    void fragmentsThatContradictTheirEnd_areMalformed() {
        decode(fragment4(1, 6, 512, SEGMENT.length, SEGMENT));
        assertThat(decode(fragment4(1, 6, 1016, 1032, new byte[2000]))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 6, 512, 600, Arrays.copyOf(SEGMENT, 600))))
                .isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 6, 0, 512, SEGMENT))).isEqualTo(Verdict.TCP);
        assertPayload(PAYLOAD);

        decode(fragment4(2, 6, 512, 1000, SEGMENT));
        assertThat(decode(fragment4(2, 6, 8, 504, Arrays.copyOf(SEGMENT, 504)))).isEqualTo(Verdict.FRAGMENT);
        assertFates(2, 0, 1, 0, 3);
    }

    @Test
    void lengthsThatLie_areMalformed() {
        final byte[] odd = fragment4(1, 6, 0, 100, SEGMENT);
        assertThat(decode(odd)).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 6, 0, 0, SEGMENT))).isEqualTo(Verdict.FRAGMENT);
        final byte[] pingOfDeath = ipv4(6, 20 + 32, 0x1ffd, NO_OPTIONS, new byte[32]);
        assertThat(decode(pingOfDeath)).isEqualTo(Verdict.FRAGMENT);
        assertFates(0, 0, 0, 0, 3);
    }

    @Test
    void longestDatagram_isReassembled() {
        final byte[] datagram = tcp(NO_OPTIONS, payload(65_515));

        assertOnlyTheLastCompletes(pieces4(3, 6, 1480, datagram));

        assertPayload(payload(65_515));
    }

    @Test
    void fragmentThatTheSnaplenCut_cutsTheSegment() {
        final List<byte[]> pieces = pieces4(7, 6, 344, SEGMENT);
        decode(pieces.get(0));
        decode(pieces.get(2));

        assertThat(decode(pieces.get(1), 20 + 101)).isEqualTo(Verdict.TCP);
        assertThat(view.payloadLength()).isEqualTo(PAYLOAD.length);
        assertThat(view.payloadCaplen()).isEqualTo(344 - 20 + 101);
        assertThat(capturedPayload()).isEqualTo(Arrays.copyOf(PAYLOAD, 344 - 20 + 101));
        assertFates(3, 0, 0, 0, 0);
    }

    @Test
    void fragmentsThatComeTooLate_beginAnew() {
        decode(fragment4(1, 6, 0, 512, SEGMENT));
        nowNs = 30 * SECOND + 1;
        assertThat(decode(fragment4(1, 6, 512, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment4(1, 6, 0, 512, SEGMENT))).isEqualTo(Verdict.TCP);

        decode(fragment6(1, 6, 0, 512, SEGMENT));
        nowNs += 60 * SECOND;
        assertThat(decode(fragment6(1, 6, 512, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.TCP);
        assertFates(4, 0, 1, 0, 0);
    }

    @Test
    void whenAllSlotsAreTaken_theLeastRecentMakesRoom() {
        decode(fragment4(0, 6, 0, 512, SEGMENT));
        decode(fragment4(1, 6, 0, 512, SEGMENT));
        decode(fragment4(0, 6, 512, 1000, SEGMENT));
        for (int id = 2; id <= FragmentTable.SLOTS; id++) {
            decode(fragment4(id, 6, 0, 512, SEGMENT));
        }
        assertThat(decode(fragment4(0, 6, 1000, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.TCP);
        assertThat(decode(fragment4(1, 6, 512, SEGMENT.length, SEGMENT))).isEqualTo(Verdict.FRAGMENT);
        assertFates(3, 0, FragmentTable.SLOTS, 1, 0);
    }

    /** A Fragment header behind a Fragment header, of the same datagram: it ends, and nothing is read twice. */
    @Test
    void fragmentInAFragmentOfTheSameKey_waits() {
        final byte[] nested = join(hex("06 00 0001 00000001"), Arrays.copyOf(SEGMENT, 504));

        assertThat(decode(fragment6(1, 44, 0, 256, nested))).isEqualTo(Verdict.FRAGMENT);
        assertThat(decode(fragment6(1, 44, 256, nested.length, nested))).isEqualTo(Verdict.FRAGMENT);
        assertFates(2, 0, 1, 0, 0);
    }

    @Test
    void randomFragments_neverThrow_andAllAreAccountedFor() {
        final Random random = new Random(0x5eed_0003L);
        for (int i = 0; i < 200_000; i++) {
            final int from = random.nextInt(40) * (random.nextInt(50) == 0 ? 1600 : 8);
            final int field = from >> 3 & 0x1fff | (random.nextBoolean() ? 0x2000 : 0);
            final byte[] body = new byte[random.nextInt(100)];
            random.nextBytes(body);
            final byte[] packet = random.nextBoolean()
                    ? ipv4(random.nextInt(3) == 0 ? 4 : 6, 20 + body.length, field, NO_OPTIONS, body)
                    : ipv6(
                            44,
                            join(
                                    hex("06 00"),
                                    new byte[] {(byte) (from >> 8), (byte) (from & 0xf8 | field >> 13)},
                                    hex("00000000"),
                                    body));
            // The identification of IPv4; of IPv6 a length that lies.
            packet[4] = (byte) random.nextInt(2);
            packet[5] = (byte) random.nextInt(300);
            nowNs += random.nextInt(50_000_000);
            assertThat(decode(packet, packet.length - random.nextInt(packet.length / 8)))
                    .isNotNull();
        }
        reassembler.finish();
        long sum = 0;
        for (final FragmentFate fate : FragmentFate.values()) {
            assertThat(reassembler.count(fate)).as(fate.name()).isPositive();
            sum += reassembler.count(fate);
        }
        assertThat(reassembler.fragments()).isEqualTo(sum);
    }

    @Test
    void shuffledDatagrams_comeOutWhole() {
        final Random random = new Random(0x5eed_0004L);
        final List<byte[]> packets = new ArrayList<>();
        for (int id = 0; id < 100; id++) {
            packets.addAll(pieces4(id, 6, 8 * (1 + random.nextInt(60)), SEGMENT));
        }
        Collections.shuffle(packets, random);
        int segments = 0;
        for (final byte[] packet : packets) {
            if (decode(packet) == Verdict.TCP) {
                assertPayload(PAYLOAD);
                segments++;
            }
        }
        assertThat(segments).isEqualTo(100);
        assertFates(packets.size(), 0, 0, 0, 0);
    }
}
