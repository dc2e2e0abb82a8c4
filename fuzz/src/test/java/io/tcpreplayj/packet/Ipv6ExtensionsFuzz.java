package io.tcpreplayj.packet;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.util.List;

/** Input: what follows the fixed header of an IPv6 packet, so that every mutation is one of the chain. */
public final class Ipv6ExtensionsFuzz {
    private static final PacketDecoder DECODER = new PacketDecoder();
    private static final PacketView VIEW = new PacketView();

    private Ipv6ExtensionsFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, Ipv6ExtensionsFuzz::decode);
    }

    private static void decode(final byte[] input) {
        if (input.length < 1) {
            return;
        }
        final int bodyLength = input.length - 1;
        final byte[] packet = Seeds.ipv6(input[0] & 0xff, bodyLength);
        System.arraycopy(input, 1, packet, packet.length - bodyLength, bodyLength);
        final Verdict verdict =
                DECODER.decode(ByteBuffer.wrap(packet), 0, packet.length, packet.length, Linktype.IPV6, VIEW);
        if (verdict == Verdict.TCP && VIEW.payloadOffset() + VIEW.payloadCaplen() > packet.length) {
            throw new AssertionError("the view leaves the packet");
        }
    }

    /** Each chain ends in the same TCP segment. */
    public static List<byte[]> seeds() {
        final byte[] tcp = Seeds.tcp();
        return List.of(
                Seeds.join(Seeds.hex("06"), tcp),
                Seeds.join(Seeds.hex("00 3c00010400000000 2c00010400000000 0600000000000001"), tcp),
                Seeds.join(Seeds.hex("2b 0602040000000000 0000000000000000 0000000000000000"), tcp),
                Seeds.join(Seeds.hex("33 0604000000000001 0000000200000003 0000000000000000"), tcp),
                Seeds.join(Seeds.hex("2c 0600000100000007"), tcp),
                Seeds.join(Seeds.hex("87 0600000000000000"), tcp),
                Seeds.hex("3b"));
    }
}
