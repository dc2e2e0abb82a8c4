package io.tcpreplayj.flow;

import io.tcpreplayj.flow.db.StoredFlow;
import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import io.tcpreplayj.packet.CopyFinder;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Input: datagrams, one behind the other. Of each a byte for who sends it and when, one for its length, then the payload: of
 * DNS, of a protocol nobody knows, or of one that begins like QUIC.
 */
public final class UdpFlowsFuzz {
    private static final int LINKTYPE_RAW = 101;
    private static final int[] PORTS = {53, 443, 7000, 5353};
    private static final long[] STEPS_NS = {0, -30_999_000_000L, 5_000_000_000L, 31_000_000_000L};

    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final PacketView view = new PacketView();
    private final CopyFinder copies = new CopyFinder();
    private final FlowCounters counters = new FlowCounters();
    private long ids;
    private long flows;
    private long packets;
    private long bytes;
    private long copied;
    private long marked;
    private long markedBytes;

    private UdpFlowsFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, one -> new UdpFlowsFuzz().assemble(one));
    }

    private void assemble(final byte[] input) {
        final UdpAssembler assembler = new UdpAssembler(
                new FlowAssembler.AssemblerOptions(false, 64),
                this::onFlow,
                () -> ++ids,
                counters,
                new UdpAssembler.Limits(4_000, 1_000));
        long nowNs = 0;
        for (int at = 0; at + 2 <= input.length; ) {
            final int head = input[at] & 0xff;
            final int length = Math.min(input[at + 1] & 0xff, input.length - at - 2);
            nowNs += STEPS_NS[head >>> 6];
            final byte[] payload = new byte[length];
            System.arraycopy(input, at + 2, payload, 0, length);
            final byte[] packet = packet(head, payload);
            final int cut = (head & 0x20) == 0 ? packet.length : Math.max(28, packet.length - 3);
            if (decoder.decode(ByteBuffer.wrap(packet), 0, cut, packet.length, LINKTYPE_RAW, view) != Verdict.UDP) {
                throw new AssertionError("no datagram");
            }
            if (copies.markDatagram(view, nowNs)) {
                marked++;
                markedBytes += view.payloadLength();
            }
            assembler.onDatagram(view, nowNs, 0);
            at += 2 + length;
        }
        assembler.finish();
        checkSums();
    }

    private static byte[] packet(final int head, final byte[] payload) {
        final byte[] packet = Seeds.udp(PORTS[head & 3], payload);
        if ((head & 4) != 0) {
            // The other way: addresses and ports change places.
            for (int i = 0; i < 4; i++) {
                final byte address = packet[12 + i];
                packet[12 + i] = packet[16 + i];
                packet[16 + i] = address;
            }
            for (int i = 0; i < 2; i++) {
                final byte port = packet[20 + i];
                packet[20 + i] = packet[22 + i];
                packet[22 + i] = port;
            }
        }
        return packet;
    }

    private void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        flows++;
        StoredFlow.check(flow, clientBytes.remaining());
        copied += flow.clientStream().duplicatePackets() + flow.serverStream().duplicatePackets();
        packets += flow.clientStream().packets() + flow.serverStream().packets();
        bytes += flow.clientStream().bytes() + flow.serverStream().bytes();
        final ServerDatagrams datagrams = flow.datagrams();
        if (datagrams == null
                || datagrams.size() + flow.events().size()
                        != flow.clientStream().packets()
                                - flow.clientStream().duplicatePackets()
                                + flow.serverStream().packets()
                                - flow.serverStream().duplicatePackets()) {
            throw new AssertionError("not every datagram is there: " + flow);
        }
    }

    private void checkSums() {
        final long ended = counters.get(FlowCounter.FLOWS_QUIET)
                + counters.get(FlowCounter.FLOWS_CUT)
                + counters.get(FlowCounter.FLOWS_FINISHED);
        if (packets + counters.get(FlowCounter.LATE_DATAGRAMS) != counters.get(FlowCounter.DATAGRAMS)
                || copied + counters.get(FlowCounter.LATE_DATAGRAMS) != marked
                || bytes + markedBytes != counters.get(FlowCounter.DATAGRAM_BYTES)
                || flows != counters.get(FlowCounter.FLOWS)
                || flows != ended) {
            throw new AssertionError(
                    "the sums differ: " + packets + " packets, " + bytes + " bytes, " + flows + " flows");
        }
    }

    public static List<byte[]> seeds() {
        final byte[] query = Seeds.hex("1234 0100 0001 0000 0000 0000 0161 0362 6f62 0000 0100 01");
        final byte[] answer = Seeds.hex("1234 8183 0001 0000 0000 0000 0161 0362 6f62 0000 0100 01");
        final byte[] sent = datagram(0x00, query);
        final List<byte[]> seeds = new ArrayList<>();
        seeds.add(Seeds.join(sent, datagram(0x40, query), datagram(0x44, answer)));
        final byte[] other = datagram(0xc1, query);
        seeds.add(Seeds.join(sent, other, datagram(0x40, query)));
        seeds.add(Seeds.join(datagram(0x04, answer), datagram(0xc0, query)));
        seeds.add(datagram(0x00, Seeds.hex("1234 0100 0001 0000 0000 0000 0161 c00c 0001 0001")));
        seeds.add(datagram(0x01, Seeds.hex("c3 00000001 08 0102030405060708 00")));
        seeds.add(datagram(0x22, Seeds.hex("16fefd 0000 0000 0000 0000 0010 01")));
        return seeds;
    }

    private static byte[] datagram(final int head, final byte[] payload) {
        return Seeds.join(new byte[] {(byte) head, (byte) payload.length}, payload);
    }
}
