package io.tcpreplayj.bench;

import io.tcpreplayj.packet.CopyFinder;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.util.HexFormat;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Packets decoded a second; requests, answers and ACKs mixed, all in the processor's caches. */
@State(Scope.Thread)
public class PacketDecoderBenchmark extends Rates {
    static final int PACKETS = 1024;
    private static final byte[] NONE = {};
    private static final byte[] ETHERNET = HexFormat.of().parseHex("0200000000020200000000010800");
    private static final byte[] VLAN = HexFormat.of().parseHex("0200000000020200000000018100000a0800");

    /** Ethernet, IPv4 with a Total Length of 0 (as long as the frame), UDP, VXLAN, Ethernet. */
    private static final byte[] VXLAN = HexFormat.of()
            .parseHex("0200000000020200000000010800"
                    + "45000000000000004011000001020304010203050bb812b500000000"
                    + "0800000000002a00"
                    + "0200000000020200000000010800");

    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final CopyFinder copies = new CopyFinder();
    private final PacketView view = new PacketView();
    private long nowNs;
    private final PacketPile ipv4 = pile(ETHERNET, Linktype.ETHERNET, false);
    private final PacketPile ipv6 = pile(NONE, Linktype.RAW, true);
    private final PacketPile vlan = pile(VLAN, Linktype.ETHERNET, false);
    private final PacketPile vxlan = pile(VXLAN, Linktype.ETHERNET, false);

    private static PacketPile pile(final byte[] linkHeader, final int linktype, final boolean v6) {
        final PacketPile pile = new PacketPile(linkHeader, linktype, PACKETS * 2048);
        final Traffic traffic = new Traffic(pile, v6);
        for (int i = 0; pile.size() < PACKETS; i++) {
            traffic.connection(i)
                    .open()
                    .exchange(Traffic.request(), Traffic.answer(2000))
                    .close();
        }
        return pile;
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long ethernetIpv4() {
        return decode(ipv4, Linktype.ETHERNET);
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long rawIpv6() {
        return decode(ipv6, Linktype.RAW);
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long vlanIpv4() {
        return decode(vlan, Linktype.ETHERNET);
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long vxlanIpv4() {
        return decode(vxlan, Linktype.ETHERNET);
    }

    /** With the look for packets that were captured twice, of which there are none. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long ethernetIpv4Copies() {
        nowNs += 1_000_000_000;
        long found = 0;
        for (int i = 0; i < PACKETS; i++) {
            final int length = ipv4.length(i);
            decoder.decode(ipv4.bytes(), ipv4.offset(i), length, length, Linktype.ETHERNET, view);
            found += copies.mark(view, nowNs) ? 1 : 0;
        }
        return found;
    }

    /** What it costs to touch the same headers once: two words a packet. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long controlTouchHeaders() {
        long sum = 0;
        for (int i = 0; i < PACKETS; i++) {
            final int at = ipv4.offset(i);
            sum += ipv4.bytes().getLong(at + 26) + ipv4.bytes().getLong(at + 34);
        }
        return sum;
    }

    private long decode(final PacketPile pile, final int linktype) {
        long payloadBytes = 0;
        for (int i = 0; i < PACKETS; i++) {
            final int length = pile.length(i);
            final Verdict verdict = decoder.decode(pile.bytes(), pile.offset(i), length, length, linktype, view);
            if (verdict != Verdict.TCP) {
                throw new IllegalStateException("made-up traffic is " + verdict);
            }
            payloadBytes += view.payloadLength();
        }
        return payloadBytes;
    }
}
