package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowCounter;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.Verdict;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Flows are given up whole, and only as many as the ring or the disk asks for. */
final class FlowShedderTest {
    private static final int FLOWS = 4000;
    private static final int TCP = 6;
    private static final int UDP = 17;
    /** Quiet that ends a conversation, and a moment. */
    private static final long QUIET_MS = 30_001;

    private static final int SYN = TcpFlags.SYN;
    private static final int ACK = TcpFlags.ACK;

    private FlowShedder shedder = new FlowShedder();
    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final PacketView view = new PacketView();
    private int isn = 1;

    private boolean takes(final int flow, final boolean fromClient, final int flags) {
        look(flow, fromClient, flags);
        return shedder.takes(view);
    }

    private void look(final int flow, final boolean fromClient, final int flags) {
        segment(flow, fromClient, flags, view);
    }

    private PacketView segment(final int flow, final boolean fromClient, final int flags, final PacketView into) {
        final ByteBuffer packet = packet(flow, fromClient, 40, TCP);
        packet.putInt(24, isn);
        packet.put(32, (byte) 0x50).put(33, (byte) flags);
        assertThat(decoder.decode(packet, 0, 40, 40, Linktype.RAW, into)).isEqualTo(Verdict.TCP);
        return into;
    }

    private PacketView datagram(final int flow, final boolean fromClient, final PacketView into) {
        final ByteBuffer packet = packet(flow, fromClient, 28, UDP);
        packet.putShort(24, (short) 8);
        assertThat(decoder.decode(packet, 0, 28, 28, Linktype.RAW, into)).isEqualTo(Verdict.UDP);
        return into;
    }

    private static ByteBuffer packet(final int flow, final boolean fromClient, final int length, final int protocol) {
        final ByteBuffer packet = ByteBuffer.allocate(length);
        packet.put(0, (byte) 0x45).putShort(2, (short) length).put(8, (byte) 64).put(9, (byte) protocol);
        packet.putInt(fromClient ? 12 : 16, 0x0a00_0000 + flow / 100).putInt(fromClient ? 16 : 12, 0x0a01_0001);
        packet.putShort(fromClient ? 20 : 22, (short) (40_000 + flow % 100));
        return packet.putShort(fromClient ? 22 : 20, (short) 80);
    }

    /** The time is in ms. */
    private boolean takesDatagram(
            final int flow, final boolean fromClient, final long ms, final @Nullable FlowAssembler open) {
        datagram(flow, fromClient, view);
        final boolean takes = shedder.takesDatagram(view, ms * 1_000_000, open);
        if (takes && open != null) {
            open.onDatagram(view, ms * 1_000_000);
        }
        return takes;
    }

    private BitSet begun() {
        final BitSet taken = new BitSet();
        for (int flow = 0; flow < FLOWS; flow++) {
            taken.set(flow, takes(flow, true, SYN));
        }
        return taken;
    }

    @Test
    void withRoom_everythingIsTaken() {
        shedder.onFill(0.5);
        assertThat(begun().cardinality()).isEqualTo(FLOWS);
        assertThat(shedder.flows()).isZero();
    }

    @Test
    void flowsThatWaitForTheDisk_countAsPacketsInTheRing() {
        shedder.onBacklog(0.75);
        shedder.onFill(0);
        assertThat(begun().cardinality()).isBetween(FLOWS * 45 / 100, FLOWS * 55 / 100);
        shedder.onBacklog(0);
        shedder.onFill(0);
        assertThat(takes(FLOWS, true, SYN)).isTrue();
    }

    @Test
    void fullerRing_shedsMoreOfTheFlowsThatBegin_eachWhole() {
        shedder.onFill(0.75);
        final BitSet taken = begun();
        assertThat(taken.cardinality()).isBetween(FLOWS * 45 / 100, FLOWS * 55 / 100);
        // There is room again, and what was given up stays so, whoever sends.
        shedder.onFill(0);
        for (int flow = 0; flow < FLOWS; flow++) {
            assertThat(takes(flow, false, SYN | ACK)).isEqualTo(taken.get(flow));
            assertThat(takes(flow, true, ACK)).isEqualTo(taken.get(flow));
        }
        final long gone = FLOWS - taken.cardinality();
        assertThat(shedder.flows()).isEqualTo(gone);
        assertThat(shedder.packets()).isEqualTo(3 * gone);
        assertThat(begun().cardinality()).as("SYNs that are sent again").isEqualTo(FLOWS - gone);
        assertThat(shedder.flows()).isEqualTo(gone);
        // Until the next connection of the same ports.
        isn++;
        assertThat(begun().cardinality()).isEqualTo(FLOWS);
        assertThat(takes(7, true, ACK)).isTrue();
    }

    @Test
    void flowsThatHaveBegun_goOn_howeverFullItIs() {
        assertThat(begun().cardinality()).isEqualTo(FLOWS);
        shedder.onFill(1);
        for (int flow = 0; flow < FLOWS; flow++) {
            assertThat(takes(flow, true, ACK)).isTrue();
        }
        assertThat(begun().cardinality()).as("and none begins").isZero();
    }

    @Test
    void connectionsOfTheSamePorts_areFlowsOfTheirOwn() {
        shedder.onFill(1);
        for (isn = 1; isn <= 3; isn++) {
            assertThat(takes(7, true, SYN)).isFalse();
            assertThat(takes(7, true, SYN)).isFalse();
            assertThat(takes(7, true, ACK)).isFalse();
        }
        assertThat(shedder.flows()).isEqualTo(3);
        assertThat(shedder.packets()).isEqualTo(9);
    }

    /** All flows of which {@link #look} knows, as far as they are taken in. */
    private FlowAssembler open(final BitSet ended) {
        final FlowAssembler open = new FlowAssembler(
                1, 1, FlowAssembler.AssemblerOptions.DEFAULT, (flow, bytes) -> ended.set((int) flow.id() - 1));
        for (int flow = 0; flow < FLOWS; flow++) {
            look(flow, true, SYN);
            assertThat(shedder.takes(view)).isTrue();
            open.onSegment(view, flow);
        }
        return open;
    }

    @Test
    void smallerShare_cutsFlowsThatAreOpen_andKeepsTheOthers() throws IOException {
        final BitSet cut = new BitSet();
        try (FlowAssembler open = open(cut)) {
            shedder.cut(open);
            assertThat(cut.isEmpty()).as("nothing is to be cut yet").isTrue();
            shedder.onFill(0.6);
            shedder.keep(FlowHash.RANGE / 2);
            assertThat(shedder.flows()).as("not known yet").isZero();
            shedder.cut(open);
            assertThat(shedder.flowsCut())
                    .as("some at a time, where there is no room")
                    .isBetween(1L, 20L);
            assertThat(begun().cardinality()).as("SYNs that are sent again").isBetween(FLOWS / 3, FLOWS * 2 / 3);
            shedder.keep(FlowHash.RANGE / 4);
            shedder.keep(FlowHash.RANGE);
            assertThat(shedder.keeping())
                    .as("not before all of them have ended")
                    .isEqualTo(FlowHash.RANGE / 4);
            for (int turn = 0; turn < FLOWS; turn++) {
                shedder.cut(open);
            }
            final long gone = shedder.flowsCut();
            assertThat(gone).isBetween(FLOWS * 70L / 100, FLOWS * 80L / 100);
            assertThat((long) cut.cardinality()).isEqualTo(gone);
            assertThat(shedder.flows()).as("none of them twice").isEqualTo(gone);
            begun();
            assertThat(shedder.flows()).as("SYNs that are sent again").isEqualTo(gone);
            goOn(cut);
            // There is room again: none of them comes back in its middle, and all ports may begin anew.
            shedder.onFill(0);
            shedder.keep(FlowHash.RANGE);
            shedder.cut(open);
            assertThat(shedder.flowsCut()).isEqualTo(gone);
            goOn(cut);
            isn++;
            assertThat(begun().cardinality()).isEqualTo(FLOWS);
            assertThat(shedder.flows()).isEqualTo(gone);
        }
    }

    @Test
    void atTheEnd_allThatIsToBeCutIs() throws IOException {
        final BitSet cut = new BitSet();
        try (FlowAssembler open = open(cut)) {
            shedder.onFill(0.6);
            shedder.keep(FlowHash.RANGE / 2);
            shedder.cutRest(open);
            assertThat(shedder.flowsCut()).isBetween(FLOWS * 45L / 100, FLOWS * 55L / 100);
            assertThat((long) cut.cardinality()).isEqualTo(shedder.flowsCut());
        }
    }

    /** The table of those that were given up has room for so many. */
    @Test
    void flowThatWasCut_neverComesBackInItsMiddle_howeverManyAreGivenUpBehind() throws IOException {
        final BitSet cut = new BitSet();
        try (FlowAssembler open = open(cut)) {
            shedder.keep(FlowHash.RANGE / 2);
            shedder.cutRest(open);
            shedder.keep(FlowHash.RANGE / 8);
            for (int flow = FLOWS; flow < 100 * FLOWS; flow++) {
                takes(flow, true, SYN);
            }
            shedder.cutRest(open);
            shedder.keep(FlowHash.RANGE);
            int taken = 0;
            for (int flow = 0; flow < FLOWS; flow++) {
                if (cut.get(flow) && takes(flow, flow % 2 == 0, ACK)) {
                    taken++;
                    open.onSegment(view, FLOWS);
                }
            }
            assertThat(taken).as("forgotten").isPositive();
            assertThat(open.counters().get(FlowCounter.LATE_SEGMENTS)).isEqualTo(taken);
            assertThat(open.nextId() - 1).as("flows that began").isEqualTo(FLOWS);
        }
    }

    private void goOn(final BitSet cut) {
        for (int flow = 0; flow < FLOWS; flow++) {
            assertThat(takes(flow, flow % 2 == 0, ACK)).isNotEqualTo(cut.get(flow));
        }
    }

    @Test
    void underASmallerShare_flowsThatBeginAreCounted_whatIsNotKnownIsNot() {
        shedder.keep(FlowHash.RANGE / 2);
        final BitSet known = new BitSet();
        for (int flow = 0; flow < FLOWS; flow++) {
            known.set(flow, takes(flow, true, ACK));
        }
        assertThat(known.cardinality()).isBetween(FLOWS * 45 / 100, FLOWS * 55 / 100);
        assertThat(shedder.flows()).isZero();
        assertThat(begun()).isEqualTo(known);
        assertThat(shedder.flows()).isEqualTo(FLOWS - known.cardinality());
        assertThat(shedder.flowsCut()).isZero();
    }

    @Test
    void flowsThatBegin_areGivenUpInTheOrderInWhichOpenOnesWouldBe() {
        shedder.onFill(0.75);
        final BitSet begun = begun();
        isn++;
        shedder.onFill(0);
        shedder.keep(FlowHash.RANGE / 4);
        final BitSet kept = begun();
        kept.andNot(begun);
        assertThat(kept.isEmpty()).isTrue();
    }

    private BitSet conversations(final long ms, final @Nullable FlowAssembler open) {
        final BitSet taken = new BitSet();
        for (int flow = 0; flow < FLOWS; flow++) {
            taken.set(flow, takesDatagram(flow, true, ms, open));
        }
        return taken;
    }

    private static FlowAssembler assembler(final BitSet ended) {
        return new FlowAssembler(
                1, 1, FlowAssembler.AssemblerOptions.DEFAULT, (flow, bytes) -> ended.set((int) flow.id() - 1));
    }

    @Test
    void fullerRing_shedsMoreOfTheConversationsThatBegin_eachWhole() throws IOException {
        try (FlowAssembler open = assembler(new BitSet())) {
            shedder.onFill(0.75);
            final BitSet taken = conversations(0, open);
            assertThat(taken.cardinality()).isBetween(FLOWS * 45 / 100, FLOWS * 55 / 100);
            shedder.onFill(1);
            for (int flow = 0; flow < FLOWS; flow++) {
                assertThat(takesDatagram(flow, false, 10, open))
                        .as("an answer, however full it is")
                        .isEqualTo(taken.get(flow));
            }
            shedder.onFill(0);
            assertThat(conversations(20_000, open)).as("with room again").isEqualTo(taken);
            final long gone = FLOWS - taken.cardinality();
            assertThat(shedder.flows()).isEqualTo(gone);
            assertThat(shedder.flowsCut()).isZero();
            assertThat(shedder.packets()).isEqualTo(3 * gone);
            assertThat(conversations(20_000 + QUIET_MS, open).cardinality())
                    .as("others of the same ports, as they would be in an index")
                    .isEqualTo(FLOWS);
            assertThat(shedder.flows()).isEqualTo(gone);
        }
    }

    @Test
    void smallerShare_cutsConversationsByTheirNextDatagrams_andKeepsTheOthers() throws IOException {
        final BitSet cut = new BitSet();
        try (FlowAssembler open = assembler(cut)) {
            assertThat(conversations(0, open).cardinality()).isEqualTo(FLOWS);
            shedder.keep(FlowHash.RANGE / 2);
            final BitSet taken = conversations(10, open);
            assertThat(taken.cardinality()).isBetween(FLOWS * 45 / 100, FLOWS * 55 / 100);
            final long gone = FLOWS - taken.cardinality();
            assertThat(shedder.flows()).isEqualTo(gone);
            assertThat(shedder.flowsCut()).isEqualTo(gone);
            assertThat((long) cut.cardinality()).isEqualTo(gone);
            assertThat(cut.intersects(taken)).isFalse();
            assertThat(open.counters().get(FlowCounter.FLOWS_GIVEN_UP)).isEqualTo(gone);
            shedder.keep(FlowHash.RANGE);
            assertThat(conversations(20, open))
                    .as("none comes back in its middle")
                    .isEqualTo(taken);
            assertThat(shedder.flows()).isEqualTo(gone);
            assertThat(open.nextId() - 1).as("flows that began").isEqualTo(FLOWS);
        }
    }

    @Test
    void whoKnowsNoOpenFlows_cutsThemOnSight_andNoneComesBackInItsMiddle() {
        shedder = FlowShedder.onSight();
        shedder.keep(FlowHash.RANGE / 2);
        final BitSet taken = new BitSet();
        for (int flow = 0; flow < FLOWS; flow++) {
            taken.set(flow, takes(flow, flow % 2 == 0, ACK));
        }
        assertThat(taken.cardinality()).isBetween(FLOWS * 45 / 100, FLOWS * 55 / 100);
        final long gone = FLOWS - taken.cardinality();
        assertThat(shedder.flows()).isEqualTo(gone).isEqualTo(shedder.flowsCut());
        final BitSet spoken = conversations(0, null);
        assertThat(spoken).as("by the same hash").isEqualTo(taken);
        assertThat(shedder.flows()).isEqualTo(2 * gone);
        shedder.keep(FlowHash.RANGE);
        for (int flow = 0; flow < FLOWS; flow++) {
            assertThat(takes(flow, flow % 2 != 0, ACK)).isEqualTo(taken.get(flow));
            assertThat(takesDatagram(flow, false, 20, null)).isEqualTo(taken.get(flow));
        }
        assertThat(shedder.flows()).isEqualTo(2 * gone);
        assertThat(shedder.packets()).isEqualTo(4 * gone);
        assertThat(begun().cardinality()).as("the next of the same ports").isEqualTo(FLOWS);
        assertThat(conversations(20 + QUIET_MS, null).cardinality()).isEqualTo(FLOWS);
    }

    /** Milliseconds are kept in 32 bits, and some conversations last for as long as the servers between which they are. */
    @Test
    void conversationThatBeganAnew_isTakenInForWeeks_andAlsoOneThatComesAfterWeeks() {
        shedder = FlowShedder.onSight();
        shedder.keep(FlowHash.RANGE / 2);
        final BitSet taken = conversations(0, null);
        assertThat(taken.cardinality()).isLessThan(FLOWS);
        shedder.keep(FlowHash.RANGE);
        assertThat(conversations(-1, null)).as("overtaken by another").isEqualTo(taken);
        assertThat(conversations(1L << 31, null).cardinality()).isEqualTo(FLOWS);
        assertThat(conversations(1L << 32, null).cardinality()).isEqualTo(FLOWS);
    }

    /** Beside what opens a flow or ends one. */
    @Test
    void whatIsAskedOfEachPacket_allocatesNothing() throws IOException {
        final int rounds = 20;
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long self = Thread.currentThread().getId();
        final PacketView[] segments = new PacketView[2 * FLOWS];
        final PacketView[] datagrams = new PacketView[FLOWS];
        try (FlowAssembler open = assembler(new BitSet())) {
            conversations(0, open);
            for (int flow = 0; flow < FLOWS; flow++) {
                segments[2 * flow] = segment(flow, true, SYN, new PacketView());
                segments[2 * flow + 1] = segment(flow, false, ACK, new PacketView());
                datagrams[flow] = datagram(flow, true, new PacketView());
            }
            shedder.onFill(0.75);
            shedder.keep(FlowHash.RANGE / 2);
            long before = 0;
            for (int round = 0; round <= rounds; round++) {
                for (final PacketView segment : segments) {
                    shedder.takes(segment);
                }
                for (final PacketView datagram : datagrams) {
                    shedder.takesDatagram(datagram, round, open);
                }
                if (round == 0) {
                    assertThat(shedder.flows()).isBetween(FLOWS * 9L / 10, FLOWS * 11L / 10);
                    before = threads.getThreadAllocatedBytes(self);
                }
            }
            assertThat(threads.getThreadAllocatedBytes(self) - before).isLessThan(rounds * FLOWS);
        }
    }
}
