package io.tcpreplayj.flow;

import static io.tcpreplayj.flow.Conversation.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowAssembler.Spill;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketViews;
import io.tcpreplayj.packet.TcpFlags;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which flows are handed over while their capture goes on, and what becomes of what follows. */
final class FlowEndsTest {
    private static final long QUIET_MS = FlowEnds.CLOSED_QUIET_NS / MS;
    private static final long TIME_WAIT_MS = FlowEnds.TIME_WAIT_NS / MS;

    private final Conversation conversation = new Conversation();

    @TempDir
    private Path folder;

    @BeforeEach
    void noteEnds() {
        conversation.assembler.noteEnds();
    }

    private Conversation closedByBoth() {
        return conversation
                .handshake()
                .client(0, 0, "ask")
                .server(0, 3, "answer", TcpFlags.FIN)
                .client(3, 7, "", TcpFlags.FIN)
                .server(7, 4, "");
    }

    private int flowsAfter(final long milliseconds) {
        conversation.after(milliseconds + 1);
        conversation.assembler.settle(conversation.nowNs);
        return conversation.flows.size();
    }

    private void finish(final int flows, final long late) {
        conversation.assembler.finish();
        FlowChecks.checkSums(conversation.assembler.counters(), conversation.flows);
        assertThat(conversation.flows).hasSize(flows);
        assertThat(conversation.assembler.counters().get(FlowCounter.LATE_SEGMENTS))
                .isEqualTo(late);
    }

    @Test
    void closedByBoth_isHandedOverOnceItIsQuiet() {
        closedByBoth();
        assertThat(flowsAfter(QUIET_MS - 1)).isZero();
        assertThat(flowsAfter(1)).isOne();
        assertThat(conversation.clientBytes).containsExactly("ask");
        finish(1, 0);
    }

    @Test
    void lastAckLost_finThatComesAgainIsTheFlows() {
        closedByBoth();
        assertThat(flowsAfter(QUIET_MS - 1)).isZero();
        conversation.client(3, 7, "", TcpFlags.FIN);
        assertThat(flowsAfter(QUIET_MS - 1)).isZero();
        assertThat(flowsAfter(1)).isOne();
        assertThat(conversation.flows.get(0).clientStream().duplicatePackets()).isOne();
        finish(1, 0);
    }

    @Test
    void finNotAcknowledged_waitsForTimeWait() {
        conversation
                .handshake()
                .client(0, 0, "ask")
                .server(0, 3, "", TcpFlags.FIN)
                .client(3, 1, "", TcpFlags.FIN);
        assertThat(flowsAfter(TIME_WAIT_MS - 1)).isZero();
        assertThat(flowsAfter(1)).isOne();
        finish(1, 0);
    }

    @Test
    void reset_waitsForTimeWait_andGoesOnIfItGoesOn() {
        conversation.handshake().server(500, 0, "", TcpFlags.RST);
        assertThat(flowsAfter(TIME_WAIT_MS - 1)).isZero();
        conversation.client(0, 0, "not impressed");
        assertThat(flowsAfter(TIME_WAIT_MS - 1)).isZero();
        assertThat(flowsAfter(1)).isOne();
        assertThat(conversation.clientBytes).containsExactly("not impressed");
        finish(1, 0);
    }

    @Test
    void ofOneSideOnly_itsFinIsTheEnd_onceThatIsQuietForTimeWait() {
        conversation.syn().client(0, 0, "").client(0, 0, "ask").client(3, 6, "");
        assertThat(flowsAfter(3_600_000)).isZero();
        // One more byte, or the server's FIN before the client's: it cannot be told.
        conversation.client(3, 7, "").client(3, 7, "", TcpFlags.FIN);
        assertThat(flowsAfter(TIME_WAIT_MS - 1)).isZero();
        assertThat(flowsAfter(1)).isOne();
        assertThat(conversation.clientBytes).containsExactly("ask");
        finish(1, 0);
    }

    @Test
    void ofOneSideOnly_theOthersFinIsInItsAcknowledgements() {
        conversation.syn().client(0, 0, "").client(0, 0, "ask").client(3, 6, "", TcpFlags.FIN);
        conversation.client(4, 7, "");
        assertThat(flowsAfter(QUIET_MS - 1)).isZero();
        assertThat(flowsAfter(1)).isOne();
        assertThat(conversation.clientBytes).containsExactly("ask");
        finish(1, 0);
    }

    @Test
    void ofOneSideOnly_whoseOtherStillSpeaks_waits() {
        conversation.syn().client(0, 0, "").client(0, 0, "ask", TcpFlags.FIN).client(4, 1, "");
        // The byte before was none of the end's.
        conversation.client(4, 6, "");
        assertThat(flowsAfter(TIME_WAIT_MS - 1)).isZero();
        conversation.client(4, 7, "");
        assertThat(flowsAfter(QUIET_MS)).isOne();
        finish(1, 0);
    }

    @Test
    void sideThatIsSeenAfterTheOthersFin_isWaitedFor() {
        conversation.client(0, 0, "ask", TcpFlags.FIN).server(0, 4, "answer");
        assertThat(flowsAfter(3_600_000)).isZero();
        conversation.server(6, 4, "", TcpFlags.FIN).client(4, 7, "");
        assertThat(flowsAfter(QUIET_MS)).isOne();
        finish(1, 0);
    }

    @Test
    void openAndHalfOpen_stayToTheEnd_howeverIdle() {
        conversation.handshake().client(0, 0, "ask", TcpFlags.FIN).server(0, 4, "");
        assertThat(flowsAfter(3_600_000)).isZero();
        conversation.server(0, 4, "answer", TcpFlags.FIN).client(4, 7, "");
        assertThat(flowsAfter(QUIET_MS)).isOne();
        finish(1, 0);
    }

    @Test
    void segmentsBehindTheHandOver_areCounted_andBeginNoFlow() {
        closedByBoth();
        assertThat(flowsAfter(QUIET_MS)).isOne();
        conversation.client(3, 7, "", TcpFlags.FIN).server(7, 4, "").syn();
        finish(1, 3);
    }

    @Test
    void synWithAnotherIsn_beginsTheNextFlow_andOneFlowIsNotTakenForTheOther() {
        closedByBoth();
        assertThat(flowsAfter(QUIET_MS)).isOne();
        conversation.clientIsn = 77_000;
        conversation.handshake().client(0, 0, "two");
        conversation.server(0, 3, "", TcpFlags.RST);
        assertThat(flowsAfter(TIME_WAIT_MS)).isEqualTo(2);
        assertThat(conversation.clientBytes).containsExactly("ask", "two");
        assertThat(conversation.flows).map(FlowRecord::id).containsExactly(1L, 2L);
        finish(2, 0);
    }

    @Test
    void tupleUsedAgainWhileItWaits_theSecondFlowWaitsForItself() {
        closedByBoth();
        conversation.clientIsn = 77_000;
        conversation.handshake();
        assertThat(conversation.flows).hasSize(1);
        assertThat(flowsAfter(TIME_WAIT_MS)).isOne();
        finish(2, 0);
    }

    @Test
    void afterAMinute_whatStillComesIsAFlowOfItsOwn() {
        closedByBoth();
        assertThat(flowsAfter(QUIET_MS)).isOne();
        assertThat(flowsAfter(TIME_WAIT_MS)).isOne();
        conversation.client(3, 7, "", TcpFlags.FIN);
        finish(2, 0);
        assertThat(conversation.flows.get(1).midstream()).isTrue();
    }

    @Test
    void moreFlowsThanAreWaitedFor_areHandedOverAtTheEnd() {
        final int count = FlowEnds.MOST + 100;
        for (int i = 0; i < count; i++) {
            conversation.sendAt(conversation.nowNs, opened(i).flags(TcpFlags.RST));
        }
        assertThat(flowsAfter(TIME_WAIT_MS)).isEqualTo(FlowEnds.MOST);
        assertThat(conversation.assembler.counters().get(FlowCounter.FLOWS_SETTLED))
                .isEqualTo(FlowEnds.MOST);
        finish(count, 0);
    }

    private static PacketViews opened(final int number) {
        return PacketViews.from(
                new Endpoint(new IpAddress(0, 0xffff_0a00_0000L + (number >>> 15)), 1024 + (number & 0x7fff)),
                Conversation.SERVER);
    }

    /** Flows come and go in a table that is never far from full, in memory or on disk: none is lost or met twice. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 200_000, 0})
    void manyFlowsComeAndGo_eachIsHandedOverOnce(final long hotBytes) throws Exception {
        final List<Long> ids = new ArrayList<>();
        final Random random = new Random(1);
        final AssemblerOptions options =
                AssemblerOptions.DEFAULT.spillingTo(new Spill(folder, hotBytes, Long.MAX_VALUE));
        try (FlowAssembler assembler = new FlowAssembler(0, 1, options, (flow, bytes) -> {
            assertThat(flow.clientStream().packets()).isEqualTo(2);
            ids.add(flow.id());
        })) {
            assembler.noteEnds();
            final int count = 20_000;
            final int span = 1500;
            for (int i = 0; i < count + span; i++) {
                final long nowNs = i * MS;
                if (i < count) {
                    assembler.onSegment(opened(i).flags(TcpFlags.SYN).seq(i).view(), nowNs);
                }
                if (i >= span && random.nextInt(100) > 0) {
                    assembler.onSegment(
                            opened(i - span).flags(TcpFlags.RST).seq(i).view(), nowNs);
                } else if (i >= span) {
                    assembler.onSegment(opened(i - span).ack(1).seq(i).view(), nowNs);
                }
                assembler.settle(nowNs + FlowEnds.TIME_WAIT_NS);
            }
            assertThat(ids).as("but for one in a hundred").hasSizeBetween(count - 300, count - 100);
            assembler.finish();
            assertThat(ids).doesNotHaveDuplicates().hasSize(count);
            assertThat(assembler.counters().get(FlowCounter.LATE_SEGMENTS)).isZero();
        }
    }

    /** Open flows are given up by a hash, in memory or on disk: some at a time, each ends once, as it is, and the others go on. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 0})
    void flowsThatAreGivenUp_endAsTheyAre_butForThoseThatHaveClosed(final long hotBytes) throws Exception {
        final AssemblerOptions options =
                AssemblerOptions.DEFAULT.spillingTo(new Spill(folder, hotBytes, Long.MAX_VALUE));
        final FlowHash hash = FlowHash.keyed(0x1234_5678_9abc_def0L, 3);
        final int count = 3000;
        final int closed = 300;
        final List<FlowRecord> ended = new ArrayList<>();
        final List<String> bytes = new ArrayList<>();
        try (FlowAssembler assembler = new FlowAssembler(0, 1, options, (flow, sent) -> {
            ended.add(flow);
            bytes.add(StandardCharsets.US_ASCII.decode(sent).toString());
        })) {
            assembler.noteEnds();
            for (int i = 0; i < count; i++) {
                assembler.onSegment(opened(i).flags(TcpFlags.SYN).seq(i).view(), 0);
                assembler.onSegment(opened(i).seq(i + 1).ack(1).payload("ask").view(), 0);
                if (i < closed) {
                    assembler.onSegment(opened(i).flags(TcpFlags.RST).seq(i + 4).view(), 0);
                }
            }
            final AtomicInteger asked = new AtomicInteger();
            final Set<Integer> isns = new HashSet<>();
            final FlowAssembler.GivesUp which = (key, isn) -> {
                asked.incrementAndGet();
                final boolean isIt = key.hash(hash) < FlowHash.RANGE / 2;
                assertThat(!isIt || isns.add(isn)).as("each ends once").isTrue();
                return isIt;
            };
            assertThat(assembler.giveUp(1 << 20, which)).as("nobody is to").isTrue();
            assertThat(asked).hasValue(0);
            assembler.lookThrough();
            int turns = 0;
            for (int before = 0; !assembler.giveUp(512, which); before = asked.get()) {
                assertThat(asked.get() - before).as("some at a time").isLessThanOrEqualTo(512);
                assertThat(hotBytes > 0 || asked.get() - before <= 10)
                        .as("fewer from disk")
                        .isTrue();
                // Others end and begin meanwhile: what is in the table moves.
                if (turns < closed) {
                    assembler.onSegment(
                            opened(turns).flags(TcpFlags.SYN).seq(count + turns).view(), MS);
                    assembler.onSegment(
                            opened(turns)
                                    .flags(TcpFlags.RST)
                                    .seq(count + turns + 1)
                                    .view(),
                            MS);
                }
                assembler.settle(turns * 10L * MS + FlowEnds.TIME_WAIT_NS);
                turns++;
            }
            assertThat(turns).isGreaterThan(closed / 10);
            for (int i = closed; i < count; i++) {
                final FlowKey key = new FlowKey();
                key.set(opened(i).view());
                assertThat(isns.contains(i)).isEqualTo(key.hash(hash) < FlowHash.RANGE / 2);
            }
            assertThat(assembler.counters().get(FlowCounter.FLOWS_GIVEN_UP)).isEqualTo(isns.size());
            final List<FlowRecord> givenUp = ended.stream()
                    .filter(flow -> flow.close() == FlowRecord.Close.NONE)
                    .toList();
            assertThat(givenUp).hasSize(isns.size());
            assertThat(givenUp)
                    .allSatisfy(flow -> assertThat(flow.clientStream().bytes()).isEqualTo(3));
            final int others = count - closed - isns.size();
            final int endedBefore = ended.size();
            assembler.finish();
            assertThat(ended.stream().skip(endedBefore).filter(flow -> flow.close() == FlowRecord.Close.NONE))
                    .hasSize(others);
            assertThat(ended).extracting(FlowRecord::id).doesNotHaveDuplicates();
            assertThat(bytes).hasSize(ended.size());
        }
    }

    /** Where one ends, others move up in the table: also from its beginning to its end, which has been looked at. */
    @Test
    void flowsThatMoveMeanwhile_areAskedForAllTheSame() throws IOException {
        final int count = 600;
        for (int run = 0; run < 200; run++) {
            try (FlowAssembler assembler = new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, (flow, bytes) -> {})) {
                assembler.noteEnds();
                for (int i = 0; i < count; i++) {
                    assembler.onSegment(opened(i).flags(TcpFlags.SYN).seq(i).view(), 0);
                    if (i % 2 == 1) {
                        assembler.onSegment(
                                opened(i).flags(TcpFlags.RST).seq(i + 1).view(), i * MS);
                    }
                }
                final Set<Integer> asked = new HashSet<>();
                assembler.lookThrough();
                for (long turn = 0; !assembler.giveUp(8, (key, isn) -> !asked.add(isn) && isn < 0); turn++) {
                    assembler.settle(turn * 5 * MS + FlowEnds.TIME_WAIT_NS);
                }
                assertThat(asked).hasSize(count / 2);
            }
        }
    }

    @Test
    void flowOfASegment_endsAsItIs_unlessItHasClosed() {
        final FlowAssembler assembler = conversation.assembler;
        for (int i = 0; i < 3; i++) {
            assembler.onSegment(opened(i).flags(TcpFlags.SYN).seq(i).view(), 0);
        }
        assembler.onSegment(opened(1).flags(TcpFlags.RST).seq(2).view(), 0);
        assertThat(assembler.giveUp(opened(0).seq(1).ack(1).view())).isTrue();
        assertThat(conversation.flows).hasSize(1);
        assertThat(assembler.giveUp(opened(0).seq(1).ack(1).view())).as("once").isFalse();
        assertThat(assembler.giveUp(opened(1).seq(2).ack(1).view())).as("whole").isFalse();
        assertThat(assembler.giveUp(opened(3).seq(4).ack(1).view()))
                .as("not known")
                .isFalse();
        assertThat(assembler.counters().get(FlowCounter.FLOWS_GIVEN_UP)).isOne();
        finish(3, 0);
    }

    /** Whoever was given up does not come back in its middle, though nobody knows of it any more. */
    @Test
    void flowThatIsNotKnown_isTakenUpInItsMiddle_onlyIfItIsNotOneOfThoseThatWereGivenUp() {
        final FlowHash hash = FlowHash.keyed(0x1234_5678_9abc_def0L, 3);
        final int count = 1000;
        final FlowAssembler assembler = conversation.assembler;
        for (int i = 0; i < count; i += 2) {
            assembler.onSegment(opened(i).flags(TcpFlags.SYN).seq(i).view(), 0);
        }
        assembler.takeUpBelow(FlowHash.RANGE / 4, hash);
        int taken = count / 2;
        for (int i = 0; i < count; i++) {
            assembler.onSegment(opened(i).seq(i + 1).ack(1).payload("ask").view(), 0);
            final FlowKey key = new FlowKey();
            key.set(opened(i).view());
            taken += i % 2 == 1 && key.hash(hash) < FlowHash.RANGE / 4 ? 1 : 0;
        }
        assertThat(taken).isBetween(count / 2 + count / 16, count / 2 + count / 4);
        finish(taken, count - taken);
    }
}
