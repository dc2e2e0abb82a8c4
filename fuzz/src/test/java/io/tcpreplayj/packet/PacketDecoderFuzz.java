package io.tcpreplayj.packet;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Input: an index into the link types, a flag byte, the packet. */
public final class PacketDecoderFuzz {
    private static final int[] LINKTYPES = {
        0, 1, 9, 12, 14, 50, 51, 100, 101, 104, 105, 108, 113, 119, 127, 163, 166, 192, 204, 228, 229, 239, 276, 147
    };
    private static final int HEAD = 2;

    private static final PacketDecoder PLAIN = new PacketDecoder();
    private static final PacketDecoder OPENING = PacketDecoder.openingTunnels();
    private static final PacketView VIEW = new PacketView();

    private PacketDecoderFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> {
            decode(PLAIN, bytes);
            decode(OPENING, bytes);
        });
    }

    private static void decode(final PacketDecoder decoder, final byte[] input) {
        if (input.length < HEAD) {
            return;
        }
        final int caplen = input.length - HEAD;
        final int origlen = (input[1] & 1) == 0 ? caplen : (input[1] & 0xff) << 8;
        // The buffer ends where the packet does: one byte too far is an exception.
        final ByteBuffer exact = ByteBuffer.wrap(input, HEAD, caplen).slice();
        final int linktype = LINKTYPES[(input[0] & 0xff) % LINKTYPES.length];
        final Verdict verdict = decoder.decode(exact, 0, caplen, origlen, linktype, VIEW);
        if (verdict == Verdict.TCP || verdict == Verdict.UDP) {
            check(VIEW, caplen, Math.max(origlen, caplen));
        } else if (verdict == null) {
            throw new AssertionError("no verdict");
        }
    }

    /** The view of a segment lies inside the {@code caplen} bytes from which it was decoded. */
    static void check(final PacketView view, final int caplen, final int wireLength) {
        final boolean inside = view.optionsLength() >= 0
                && view.optionsLength() <= TcpHeader.MAX_LENGTH - TcpHeader.MIN_LENGTH
                && view.optionsOffset() >= UdpHeader.LENGTH
                && view.optionsOffset() + view.optionsLength() <= caplen
                && view.payloadOffset() >= view.optionsOffset()
                && view.payloadCaplen() >= 0
                && view.payloadCaplen() <= view.payloadLength()
                && view.payloadLength() <= wireLength
                && view.payloadOffset() + view.payloadCaplen() <= caplen;
        if (!inside) {
            throw new AssertionError("the view leaves the packet");
        }
        if (view.ipVersion() != 4 && view.ipVersion() != 6) {
            throw new AssertionError("IP version " + view.ipVersion());
        }
        TcpOptionsFuzz.parse(view.buffer(), view.optionsOffset(), view.optionsLength());
    }

    /** The first packets of each recorded capture, and one frame for each link type that those do not have. */
    public static List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        Seeds.packets(8, (linktype, packet) -> seeds.add(seed(linktype, packet)));
        final byte[] v4 = Seeds.tcpOverIpv4();
        final byte[] v6 = Seeds.tcpOverIpv6();
        for (final int linktype : new int[] {12, 101, 228}) {
            seeds.add(seed(linktype, v4));
        }
        for (final int linktype : new int[] {14, 101, 229}) {
            seeds.add(seed(linktype, v6));
        }
        seeds.add(seed(0, Seeds.join(Seeds.hex("02000000"), v4)));
        seeds.add(seed(108, Seeds.join(Seeds.hex("0000001e"), v6)));
        links(v4).forEach((linktype, packet) -> seeds.add(seed(linktype, packet)));
        tunnels(v4, v6).forEach(packet -> seeds.add(seed(228, packet)));
        return seeds;
    }

    private static Map<Integer, byte[]> links(final byte[] v4) {
        final byte[] snap = Seeds.join(Seeds.hex("aaaa03 000000 0800"), v4);
        final byte[] wireless =
                Seeds.join(Seeds.hex("8801 0000 020000000001 020000000002 020000000003 1000 0000"), snap);
        final byte[] mpls = Seeds.join(Seeds.hex("0281 00020040 000111ff"), v4);
        return Map.ofEntries(
                Map.entry(9, mpls),
                Map.entry(50, Seeds.join(Seeds.hex("0f000800"), v4)),
                Map.entry(51, Seeds.join(Seeds.hex("11 00 0042 0048 0021"), v4)),
                Map.entry(100, snap),
                Map.entry(104, Seeds.join(Seeds.hex("8f000800"), v4)),
                Map.entry(105, wireless),
                Map.entry(119, Seeds.join(Seeds.hex("44000000 90000000"), new byte[136], wireless)),
                Map.entry(127, Seeds.join(Seeds.hex("0000 0c00 00000080 00000000"), wireless)),
                Map.entry(163, Seeds.join(Seeds.hex("80211001 00000044"), new byte[60], wireless)),
                Map.entry(166, Seeds.join(Seeds.hex("01 03 0021"), v4)),
                Map.entry(192, Seeds.join(Seeds.hex("0000 0800 69000000"), wireless)),
                Map.entry(204, Seeds.join(Seeds.hex("01 ff03 0021"), v4)),
                Map.entry(
                        239, Seeds.join(Seeds.hex("0200 0000 0800 0100 08000100 0500 0a00 41 000000 5200 0900"), v4)));
    }

    /** Each in an IPv4 packet. */
    private static List<byte[]> tunnels(final byte[] v4, final byte[] v6) {
        final byte[] frame = Seeds.join(Seeds.hex("020000000002 020000000001 0800"), v4);
        return List.of(
                Seeds.ipv4(4, v4),
                Seeds.ipv4(41, v6),
                Seeds.ipv4(47, Seeds.join(Seeds.hex("b000 86dd 00000000 ffffffff 00000001"), v6)),
                Seeds.ipv4(47, Seeds.join(Seeds.hex("3081 880b 0050 0005 00000001 00000002 ff03 0021"), v4)),
                Seeds.ipv4(47, Seeds.join(Seeds.hex("1000 88be 00000001 1005 0807 00000000"), frame)),
                Seeds.ipv4(47, Seeds.join(Seeds.hex("1000 22eb 00000001 2005 0007 00000000 0000 0000"), frame)),
                Seeds.udp(53, Seeds.hex("1234 0100 0001 0000 0000 0000 0161 0000 0100 01")),
                Seeds.udp(4789, Seeds.join(Seeds.hex("08000000 00002a00"), frame)),
                Seeds.udp(4790, Seeds.join(Seeds.hex("0c000001 00002a00"), v4)),
                Seeds.udp(6081, Seeds.join(Seeds.hex("02 40 86dd 000001 00 0102800100000000"), v6)),
                Seeds.udp(2152, Seeds.join(Seeds.hex("34 ff 0064 00000001 0000 00 85 01 1005 85 01 0000 00"), v4)),
                Seeds.udp(3544, Seeds.join(Seeds.hex("0000 1234 01020304"), v6)));
    }

    private static byte[] seed(final int linktype, final byte[] packet) {
        int index = 0;
        while (LINKTYPES[index] != linktype) {
            index++;
        }
        return Seeds.join(new byte[] {(byte) index, 0}, packet);
    }
}
