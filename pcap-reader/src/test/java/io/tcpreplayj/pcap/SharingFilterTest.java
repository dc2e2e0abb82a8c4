package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel's program for a share of the flows, run by our interpreter, beside the hash that is reckoned here. */
final class SharingFilterTest {
    private static final int SNAPLEN = 65_535;
    private static final FlowHash HASH = FlowHash.keyed(0x1234_5678_9abc_def0L, 0x0fed_cba9);
    private static final int FLOWS = 4000;
    private static final int ETHERNET = 14;
    private static final byte[] PAYLOAD = {1, 2, 3};

    private final SplittableRandom random = new SplittableRandom(7);
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final ByteBuffer frame = ByteBuffer.allocate(256);
    private int length;

    private static BpfProgram program(final int limit, final int linktype) {
        final PacketFilter all = PacketFilter.everything(SNAPLEN);
        return new BpfProgram(all.sharing(HASH, limit, linktype).instructions());
    }

    private InetAddress address(final boolean v4) throws IOException {
        final byte[] bytes = new byte[v4 ? 4 : 16];
        random.nextBytes(bytes);
        bytes[0] = v4 ? 10 : (byte) 0xfd;
        return InetAddress.getByAddress(bytes);
    }

    private void write(final HandMadeSegment segment, final int linktype) {
        final int ip = linktype == Linktype.ETHERNET ? ETHERNET : 0;
        if (ip > 0) {
            frame.putShort(12, (short) (segment.source().getAddress().length == 4 ? 0x0800 : 0x86dd));
        }
        length = ip + segment.write(frame, ip);
    }

    private int hash(final int linktype) {
        assertThat(decoder.decode(frame, 0, length, length, linktype, view)).isEqualTo(Verdict.TCP);
        return HASH.of(
                view.sourceHigh() ^ view.sourceLow() ^ view.destinationHigh() ^ view.destinationLow(),
                view.sourcePort() ^ view.destinationPort());
    }

    private boolean passes(final BpfProgram program) {
        return program.accepts(frame, 0, length, length);
    }

    private static HandMadeSegment segment(
            final InetAddress from, final int fromPort, final InetAddress to, final int toPort, final int flags) {
        return new HandMadeSegment(from, fromPort, to, toPort, 5, 6, flags, PAYLOAD);
    }

    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "101, true", "101, false"})
    void letsInTheFlowsBelowTheLimit_inBothDirections(final int linktype, final boolean v4) throws IOException {
        final int limit = FlowHash.RANGE / 4;
        final BpfProgram quarter = program(limit, linktype);
        final BpfProgram all = program(FlowHash.RANGE, linktype);
        int in = 0;
        for (int flow = 0; flow < FLOWS; flow++) {
            final InetAddress client = address(v4);
            final InetAddress server = address(v4);
            final int port = random.nextInt(1024, 65_536);
            write(segment(client, port, server, 80, TcpFlags.ACK), linktype);
            final int hash = hash(linktype);
            assertThat(passes(quarter)).isEqualTo(hash < limit);
            assertThat(passes(all)).isTrue();
            write(segment(server, 80, client, port, TcpFlags.SYN | TcpFlags.ACK), linktype);
            assertThat(hash(linktype)).isEqualTo(hash);
            assertThat(passes(quarter)).isEqualTo(hash < limit);
            in += hash < limit ? 1 : 0;
            write(segment(client, port, server, 80, TcpFlags.SYN | TcpFlags.ECE | TcpFlags.CWR), linktype);
            assertThat(passes(quarter)).as("a flow that begins is counted").isTrue();
        }
        assertThat(in).isBetween(FLOWS * 22 / 100, FLOWS * 28 / 100);
    }

    /** One client, one port behind the other: what a load generator does. */
    @Test
    void sharesAreEven_alsoWhereOnlyPortsDiffer() throws IOException {
        final InetAddress client = InetAddress.getByName("10.0.0.1");
        final InetAddress server = InetAddress.getByName("10.0.0.2");
        for (int key = 0; key < 50; key++) {
            final FlowHash hash = FlowHash.keyed(random.nextLong(), random.nextInt());
            final int limit = FlowHash.RANGE / 2;
            int in = 0;
            for (int port = 40_000; port < 41_000; port++) {
                write(segment(client, port, server, 80, TcpFlags.ACK), Linktype.RAW);
                assertThat(decoder.decode(frame, 0, length, length, Linktype.RAW, view))
                        .isEqualTo(Verdict.TCP);
                in += hash.of(view.sourceLow() ^ view.destinationLow(), view.sourcePort() ^ view.destinationPort())
                                < limit
                        ? 1
                        : 0;
            }
            assertThat(in).as(hash.toString()).isBetween(350, 650);
        }
    }

    @Test
    void whatItCannotTell_passes() throws IOException {
        final BpfProgram none = program(0, Linktype.ETHERNET);
        final HandMadeSegment v4 = segment(address(true), 4000, address(true), 80, TcpFlags.ACK);
        write(v4, Linktype.ETHERNET);
        assertThat(passes(none)).isFalse();
        frame.putShort(ETHERNET + 6, (short) 0x2000);
        assertThat(passes(none)).as("first fragment").isTrue();
        frame.putShort(ETHERNET + 6, (short) 0x0001);
        assertThat(passes(none)).as("later fragment").isTrue();
        write(v4, Linktype.ETHERNET);
        frame.put(ETHERNET + 9, (byte) 47);
        assertThat(passes(none)).as("GRE").isTrue();
        frame.put(ETHERNET + 9, (byte) 17);
        assertThat(passes(none)).as("UDP").isTrue();
        write(v4, Linktype.ETHERNET);
        frame.putShort(12, (short) 0x8100);
        assertThat(passes(none)).as("a tag inside the frame").isTrue();
        write(segment(address(false), 4000, address(false), 80, TcpFlags.ACK), Linktype.ETHERNET);
        assertThat(passes(none)).isFalse();
        frame.put(ETHERNET + 6, (byte) 0);
        assertThat(passes(none)).as("extension header").isTrue();
    }

    @Test
    void whatTheFilterRefuses_staysOut() throws IOException {
        write(segment(address(true), 4000, address(true), 80, TcpFlags.ACK), Linktype.ETHERNET);
        final PacketFilter none = PacketFilter.nothing().sharing(HASH, FlowHash.RANGE, Linktype.ETHERNET);
        assertThat(passes(new BpfProgram(none.instructions()))).isFalse();
    }
}
