package io.tcpreplayj.cli.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class RebuiltDatagramsTest {
    private static final int HEADERS = 28;
    private static final int SNAPLEN = 68;

    private final List<String> rebuilt = new ArrayList<>();

    /** IPv4 and UDP, from 10.0.0.2:4000 to 10.0.0.1:7000. */
    private static byte[] datagram(final int identification, final String payload) {
        final ByteBuffer packet = ByteBuffer.allocate(HEADERS + payload.length());
        packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
        packet.putShort((short) identification).putShort((short) 0).put((byte) 64);
        packet.put((byte) 17).putShort((short) 0).putInt(0x0a000002).putInt(0x0a000001);
        packet.putShort((short) 4000).putShort((short) 7000);
        packet.putShort((short) (8 + payload.length())).putShort((short) 0);
        return packet.put(payload.getBytes(StandardCharsets.US_ASCII)).array();
    }

    private void rebuild(final String... payloads) {
        final FlowAssembler assembler =
                new FlowAssembler(0, 1, FlowAssembler.AssemblerOptions.DEFAULT, (flow, bytes) -> {
                    final RebuiltDatagrams datagrams =
                            new RebuiltDatagrams((buffer, offset, caplen, origlen, timeNs, linktype) -> {
                                final byte[] there = new byte[caplen - HEADERS];
                                buffer.get(offset + HEADERS, there);
                                rebuilt.add(
                                        new String(there, StandardCharsets.US_ASCII) + " of " + (origlen - HEADERS));
                            });
                    datagrams.write(flow, Objects.requireNonNull(flow.datagrams()), bytes);
                });
        final PacketDecoder decoder = PacketDecoder.openingTunnels();
        final PacketView view = new PacketView();
        for (int i = 0; i < payloads.length; i++) {
            final byte[] packet = datagram(i + 1, payloads[i]);
            final int caplen = Math.min(SNAPLEN, packet.length);
            assertThat(decoder.decode(ByteBuffer.wrap(packet), 0, caplen, packet.length, Linktype.RAW, view))
                    .isEqualTo(Verdict.UDP);
            assembler.onDatagram(view, i);
        }
        assembler.finish();
    }

    @Test
    void eachDatagramIsCut_whereTheSnaplenCutIt() {
        rebuild("a".repeat(200), "short", "b".repeat(200));
        assertThat(rebuilt).containsExactly("a".repeat(40) + " of 200", "short of 5", "b".repeat(40) + " of 200");
    }
}
