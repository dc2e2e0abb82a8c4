package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.ipv6;
import static io.tcpreplayj.packet.Frames.join;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** UDP datagrams that are no tunnel's. */
final class UdpDecodingTest {
    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final PacketView view = new PacketView();

    private Verdict decode(final int linktype, final byte[] packet, final int caplen) {
        return decoder.decode(ByteBuffer.wrap(packet), 0, caplen, packet.length, linktype, view);
    }

    private Verdict decode(final byte[] packet) {
        return decode(Linktype.RAW, packet, packet.length);
    }

    @Test
    void fieldsAreThoseOfTheHeader() {
        assertThat(decode(ipv4(17, hex("9c40 0035 000b abcd 010203")))).isEqualTo(Verdict.UDP);
        assertThat(view.sourcePort()).isEqualTo(40_000);
        assertThat(view.destinationPort()).isEqualTo(53);
        assertThat(view.payloadLength()).isEqualTo(3);
        assertThat(view.payloadCaplen()).isEqualTo(3);
        assertThat(view.buffer().get(view.payloadOffset())).isEqualTo((byte) 1);
        assertThat(view.segFlags()).isZero();
        assertThat(view.isToMany()).isFalse();
        assertThat(decode(ipv6(17, hex("9c40 0035 0008 abcd")))).isEqualTo(Verdict.UDP);
        assertThat(view.payloadLength()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "9c40 0035 000c 0000 010203, MALFORMED_UDP, one byte more than the packet holds",
        "9c40 0035 0007 0000 010203, MALFORMED_UDP, less than the header",
        "9c40 0035 0000 0000 010203, UDP, cut by the card: the packet's length counts",
        "9c40 0035 000a 0000 010203, UDP, the last byte is padding",
        "9c40 0035 0008, MALFORMED_UDP, no whole header"
    })
    void lengthIsNotBelieved(final String datagram, final Verdict verdict, final String what) {
        assertThat(decode(ipv4(17, hex(datagram)))).as(what).isEqualTo(verdict);
    }

    /** The frame says more than a UDP header can: no record has room for it. */
    @Test
    void claimOfNothing_isAtMostWhatTheFieldCanSay() {
        final byte[] header = ipv4(17, 0, 0x4000, new byte[0], hex("9c40 0035 0000 0000"));
        final byte[] most = Arrays.copyOf(header, 20 + 65_535);
        assertThat(decode(most)).isEqualTo(Verdict.UDP);
        assertThat(view.payloadLength()).isEqualTo(65_527);
        assertThat(decode(Arrays.copyOf(header, most.length + 1))).isEqualTo(Verdict.MALFORMED_UDP);
    }

    @Test
    void snaplenCutsThePayload() {
        final byte[] packet = ipv4(17, hex("9c40 0035 000c abcd 01020304"));
        assertThat(decode(Linktype.RAW, packet, packet.length - 3)).isEqualTo(Verdict.UDP);
        assertThat(view.payloadLength()).isEqualTo(4);
        assertThat(view.payloadCaplen()).isEqualTo(1);
        assertThat(decode(Linktype.RAW, packet, packet.length - 5)).isEqualTo(Verdict.MALFORMED_UDP);
    }

    @ParameterizedTest
    @CsvSource({"e00000fb, true", "ffffffff, true", "efffffff, true", "f0000001, false", "0a0000ff, false"})
    void addressTellsAGroup(final String destination, final boolean toMany) {
        final byte[] packet = ipv4(17, hex("9c40 14e9 0008 0000"));
        System.arraycopy(hex(destination), 0, packet, 16, 4);
        assertThat(decode(packet)).isEqualTo(Verdict.UDP);
        assertThat(view.isToMany()).isEqualTo(toMany);
    }

    /** A subnet's broadcast address looks like any other; its frame does not. */
    @Test
    void frameTellsAGroup() {
        final byte[] packet = ipv4(17, hex("0089 0089 0008 0000"));
        final byte[] broadcast = join(hex("ffffffffffff 020000000001 0800"), packet);
        assertThat(decode(Linktype.ETHERNET, broadcast, broadcast.length)).isEqualTo(Verdict.UDP);
        assertThat(view.isToMany()).isTrue();
        final byte[] cooked = join(hex("0001 0001 0006 0200000000010000 0800"), packet);
        assertThat(decode(Linktype.LINUX_SLL, cooked, cooked.length)).isEqualTo(Verdict.UDP);
        assertThat(view.isToMany()).isTrue();
        cooked[1] = 0;
        assertThat(decode(Linktype.LINUX_SLL, cooked, cooked.length)).isEqualTo(Verdict.UDP);
        assertThat(view.isToMany()).isFalse();
    }

    /** Answers to a replay that is on its way are not looked for there. */
    @Test
    void decoderThatOpensNoTunnels_readsNone() {
        final byte[] packet = ipv4(17, hex("9c40 0035 0008 0000"));
        assertThat(new PacketDecoder().decode(ByteBuffer.wrap(packet), 0, 28, 28, Linktype.RAW, view))
                .isEqualTo(Verdict.NOT_TCP);
    }

    /** Two answers of a server that lets the card compute checksums differ in their bytes only. */
    @Test
    void datagramsOfEqualHeaders_areNoCopies() {
        final CopyFinder copies = new CopyFinder();
        assertThat(decode(ipv4(17, hex("0035 9c40 000a 1111 0001")))).isEqualTo(Verdict.UDP);
        assertThat(copies.markDatagram(view, 1_000)).isFalse();
        assertThat(copies.markDatagram(view, 1_001)).isTrue();
        assertThat(view.isCopy()).isTrue();
        assertThat(decode(ipv4(17, hex("0035 9c40 000a 1111 0002")))).isEqualTo(Verdict.UDP);
        assertThat(copies.markDatagram(view, 1_002)).isFalse();
    }
}
