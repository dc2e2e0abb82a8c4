package io.tcpreplayj.packet;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Input: packets without a link layer, each behind the seconds since the one before and its length in two bytes. */
public final class ReassemblerFuzz {
    private static final int HEAD = 3;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int LONGEST_DATAGRAM = 0xffff + Ipv6Header.LENGTH;

    /** One for all inputs, each of which it finishes: its memory is most of what an input would cost. */
    private static final Reassembler REASSEMBLER = new Reassembler();

    private static final PacketView VIEW = new PacketView();

    private ReassemblerFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> reassemble(ByteBuffer.wrap(bytes)));
    }

    private static void reassemble(final ByteBuffer packets) {
        long nowNs = 0;
        while (packets.remaining() >= HEAD) {
            nowNs += packets.get() * NS_PER_SECOND;
            final int caplen = Math.min(packets.getShort() & 0xffff, packets.remaining());
            final ByteBuffer exact = packets.slice(packets.position(), caplen);
            packets.position(packets.position() + caplen);
            final Verdict verdict = REASSEMBLER.decode(exact, 0, caplen, caplen, nowNs, Linktype.RAW, VIEW);
            if (verdict == Verdict.TCP) {
                // What was put together lies in the reassembler's memory, anywhere.
                final int end = VIEW.buffer() == exact ? caplen : VIEW.buffer().limit();
                PacketDecoderFuzz.check(VIEW, end, LONGEST_DATAGRAM);
            }
        }
        REASSEMBLER.finish();
        long fates = 0;
        for (final FragmentFate fate : FragmentFate.values()) {
            fates += REASSEMBLER.count(fate);
        }
        if (fates != REASSEMBLER.fragments()) {
            throw new AssertionError(fates + " ends of " + REASSEMBLER.fragments() + " fragments");
        }
    }

    /** In order, backwards, overlapping, and in an IPv6 tunnel. */
    public static List<byte[]> seeds() {
        final byte[] tcp = Seeds.join(Seeds.tcp(), new byte[80]);
        final byte[] first = v4(0x2000, Arrays.copyOf(tcp, 64));
        final byte[] second = v4(0x2008, Arrays.copyOfRange(tcp, 64, 96));
        final byte[] last = v4(0x000c, Arrays.copyOfRange(tcp, 96, tcp.length));
        final byte[] overlap = v4(0x2004, Arrays.copyOfRange(tcp, 32, 64));
        final byte[] lower = v6(0x0001, Arrays.copyOf(tcp, 64));
        final byte[] upper = v6(0x0040, Arrays.copyOfRange(tcp, 64, tcp.length));
        return List.of(
                Seeds.join(first, second, last),
                Seeds.join(last, second, first),
                Seeds.join(first, overlap, second, last, first),
                Seeds.join(lower, upper),
                Seeds.join(
                        packet(1, Seeds.ipv4(41, behindHead(upper))), packet(60, Seeds.ipv4(41, behindHead(lower)))));
    }

    private static byte[] behindHead(final byte[] packet) {
        return Arrays.copyOfRange(packet, HEAD, packet.length);
    }

    private static byte[] v4(final int flagsAndOffset, final byte[] body) {
        final byte[] packet = Seeds.ipv4(6, body);
        ByteBuffer.wrap(packet).putShort(Ipv4Header.FLAGS_FRAGMENT_OFFSET, (short) flagsAndOffset);
        return packet(0, packet);
    }

    private static byte[] v6(final int offsetAndMore, final byte[] body) {
        final ByteBuffer packet =
                ByteBuffer.wrap(Seeds.ipv6(44, 8 + body.length)).position(Ipv6Header.LENGTH);
        packet.put((byte) 6)
                .put((byte) 0)
                .putShort((short) offsetAndMore)
                .putInt(7)
                .put(body);
        return packet(0, packet.array());
    }

    private static byte[] packet(final int seconds, final byte[] packet) {
        return Seeds.join(new byte[] {(byte) seconds, (byte) (packet.length >> 8), (byte) packet.length}, packet);
    }
}
