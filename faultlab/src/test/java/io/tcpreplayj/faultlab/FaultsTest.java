package io.tcpreplayj.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Checksums;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FaultsTest {
    private static final int ETHERNET = 14;
    private static final long MS = 1_000_000L;

    /** The fates of packets of one flow, in order. */
    private static List<Boolean> lost(
            final Supplier<Fault> fault, final long seed, final long flow, final int packets) {
        final FlowOnTheLine.Side side =
                new FlowOnTheLine(FaultPlan.seeded(seed).both(fault), flow).side(Way.FROM_CLIENT);
        final List<Boolean> lost = new ArrayList<>();
        final Passing frame = frame(4, HandMadeSegment.ACK, new byte[10]);
        for (int i = 0; i < packets; i++) {
            pass(frame, side, i * MS);
            lost.add(frame.lost());
        }
        return lost;
    }

    private static void pass(final Passing frame, final FlowOnTheLine.Side side, final long nowNs) {
        side.packets++;
        frame.begin(Way.FROM_CLIENT, side, nowNs);
        for (final Fault each : side.faults) {
            each.on(frame);
        }
    }

    private static FlowOnTheLine.Side side(final Supplier<Fault> fault) {
        return new FlowOnTheLine(FaultPlan.seeded(1).fromClient(fault), 0).side(Way.FROM_CLIENT);
    }

    private static Passing frame(final int family, final int flags, final byte[] payload) {
        try {
            final HandMadeSegment segment = new HandMadeSegment(
                    InetAddress.getByName(family == 4 ? "10.0.0.1" : "fd00::1"),
                    40_000,
                    InetAddress.getByName(family == 4 ? "10.0.0.2" : "fd00::2"),
                    80,
                    1000,
                    2000,
                    flags,
                    payload);
            final ByteBuffer bytes = ByteBuffer.allocate(FaultBridge.LONGEST_FRAME);
            bytes.putShort(12, (short) (family == 4 ? 0x0800 : 0x86dd));
            final int length = ETHERNET + segment.write(bytes, ETHERNET);
            final Passing frame = new Passing();
            frame.load(bytes, 0, length);
            assertThat(new PacketDecoder().decode(frame.buffer(), 0, length, length, Linktype.ETHERNET, frame.view()))
                    .isEqualTo(Verdict.TCP);
            return frame;
        } catch (final UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void loss_isOfItsRate_theSameForTheSameSeed_anotherForEachFlow() {
        final List<Boolean> lost = lost(Faults.loss(0.05), 7, 0, 20_000);
        assertThat(lost.stream().filter(each -> each).count()).isBetween(900L, 1100L);
        assertThat(lost(Faults.loss(0.05), 7, 0, 20_000)).isEqualTo(lost);
        assertThat(lost(Faults.loss(0.05), 8, 0, 20_000)).isNotEqualTo(lost);
        assertThat(lost(Faults.loss(0.05), 7, 1, 20_000)).isNotEqualTo(lost);
    }

    @Test
    void bursts_haveTheirRateAndMeanLength() {
        final List<Boolean> lost = lost(Faults.bursts(0.03, 10, 1_000), 7, 0, 200_000);
        int bursts = 0;
        for (int i = 1; i < lost.size(); i++) {
            bursts += lost.get(i) && !lost.get(i - 1) ? 1 : 0;
        }
        final long all = lost.stream().filter(each -> each).count();
        assertThat((double) all / lost.size()).isBetween(0.02, 0.04);
        assertThat((double) all / bursts).isBetween(8.0, 12.0);
    }

    /** Packets come a millisecond apart. */
    @Test
    void bursts_areOverInTime_howeverFewPacketsCome() {
        final List<Boolean> lost = lost(Faults.bursts(0.03, 1_000, 20), 7, 0, 200_000);
        int longest = 0;
        int length = 0;
        for (final boolean each : lost) {
            length = each ? length + 1 : 0;
            longest = Math.max(longest, length);
        }
        assertThat(longest).isEqualTo(20);
    }

    @Test
    void blackout_isBetweenItsTimes() {
        assertThat(lost(Faults.blackout(3 * MS, 2 * MS), 7, 0, 7))
                .containsExactly(false, false, false, true, true, false, false);
    }

    @Test
    void loseFirst_takesSoManyOfItsKind() {
        assertThat(lost(Faults.loseFirst(2, "ACK", Faults::isBareAck), 7, 0, 3)).containsOnly(false);
        assertThat(lost(Faults.loseFirst(2, "data", frame -> true), 7, 0, 3)).containsExactly(true, true, false);
        assertThat(lost(Faults.loseNumber(2), 7, 0, 3)).containsExactly(false, true, false);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void window_isRewrittenWithARightChecksum(final int family) {
        final Passing frame = frame(family, HandMadeSegment.ACK, new byte[11]);
        pass(frame, side(Faults.window(77)), 0);
        final int tcp = frame.length() - 31;
        assertThat(frame.buffer().getShort(tcp + 14)).isEqualTo((short) 77);
        assertThat(HandMadeSegment.checksumsAreRight(frame.buffer(), ETHERNET)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void congestion_isMarked_whereTheSenderAllowsIt(final int family) {
        final Passing frame = frame(family, HandMadeSegment.ACK, new byte[10]);
        pass(frame, side(Faults.congestion()), 0);
        assertThat(frame.fate()).isEmpty();
        final int capable = family == 4 ? 2 : 0x20;
        frame.buffer().put(ETHERNET + 1, (byte) capable);
        pass(frame, side(Faults.congestion()), 0);
        assertThat(frame.buffer().get(ETHERNET + 1)).isEqualTo((byte) (family == 4 ? 3 : 0x30));
        assertThat(HandMadeSegment.checksumsAreRight(frame.buffer(), ETHERNET)).isTrue();
    }

    @Test
    void shrinkingWindow_takesBackWhatItOffered_inTurns() {
        final FlowOnTheLine.Side side = side(Faults.shrinkingWindow(20));
        final List<Integer> windows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            final Passing frame = frame(4, HandMadeSegment.ACK, new byte[0]);
            pass(frame, side, 0);
            windows.add(frame.buffer().getShort(ETHERNET + 20 + 14) & 0xffff);
            assertThat(HandMadeSegment.checksumsAreRight(frame.buffer(), ETHERNET))
                    .isTrue();
        }
        final int whole = 65_535;
        assertThat(windows).containsExactly(whole, whole, whole, whole, whole, 20, 20, 20, 20, 0, 0, whole);
    }

    @Test
    void traffic_countsWhatComesAgain() {
        final Passing frame = frame(4, HandMadeSegment.ACK, new byte[100]);
        final FlowOnTheLine.Side side = side(Faults.loss(0));
        side.isn = 1000 - 1;
        side.hasIsn = true;
        final Traffic traffic = new Traffic();
        traffic.count(frame.view(), side);
        assertThat(traffic.resent()).isZero();
        traffic.count(frame.view(), side);
        assertThat(traffic.packets()).isEqualTo(2);
        assertThat(traffic.payloadBytes()).isEqualTo(200);
        assertThat(traffic.resent()).isEqualTo(1);
        assertThat(traffic.resentBytes()).isEqualTo(100);
    }

    @Test
    void corruption_isFoundByTheChecksum() {
        int changed = 0;
        final FlowOnTheLine.Side side = side(Faults.corruption(1));
        for (int i = 0; i < 1000; i++) {
            final Passing frame = frame(4, HandMadeSegment.ACK, new byte[500]);
            final int length = frame.length();
            pass(frame, side, 0);
            // What hit the version and header length is not looked into by the hand-made reader.
            if (frame.length() == length
                    && frame.buffer().get(ETHERNET) == 0x45
                    && frame.buffer().getShort(ETHERNET + 2) == length - ETHERNET) {
                changed++;
                assertThat(HandMadeSegment.checksumsAreRight(frame.buffer(), ETHERNET))
                        .as(frame.fate())
                        .isFalse();
            }
        }
        assertThat(changed).isGreaterThan(600);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void reset_comesInTheSendersNameAtTheNextSequenceNumber(final int family) {
        final Passing frame = frame(family, HandMadeSegment.ACK, new byte[100]);
        pass(frame, side(Faults.resetBefore(1)), 0);
        assertThat(frame.lost()).isFalse();
        assertThat(frame.injected()).hasSize(1);
        final Passing.Injected injected = frame.injected().get(0);
        assertThat(injected.way()).isEqualTo(Way.FROM_CLIENT);
        final ByteBuffer reset = ByteBuffer.wrap(injected.frame());
        assertThat(HandMadeSegment.checksumsAreRight(reset, ETHERNET)).isTrue();
        final PacketView view = new PacketView();
        final int length = reset.capacity();
        assertThat(new PacketDecoder().decode(reset, 0, length, length, Linktype.ETHERNET, view))
                .isEqualTo(Verdict.TCP);
        assertThat(view.segFlags()).isEqualTo(TcpFlags.RST | TcpFlags.ACK);
        assertThat(view.segSeq()).isEqualTo(1000);
        assertThat(view.payloadLength()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void pathMtu_tellsTheSenderByIcmp(final int family) {
        final PathMtu mtu = new PathMtu(1300, true);
        final Passing small = frame(family, HandMadeSegment.ACK, new byte[100]);
        pass(small, side(Faults.pathMtu(mtu)), 0);
        assertThat(small.lost()).isFalse();
        final Passing large = frame(family, HandMadeSegment.ACK, new byte[1400]);
        pass(large, side(Faults.pathMtu(mtu)), 0);
        assertThat(large.lost()).isTrue();
        final Passing.Injected injected = large.injected().get(0);
        assertThat(injected.way()).isEqualTo(Way.FROM_SERVER);
        final ByteBuffer message = ByteBuffer.wrap(injected.frame());
        final int ip = family == 4 ? 20 : 40;
        final int icmp = ETHERNET + ip;
        final int length = message.capacity() - icmp;
        assertThat(message.getInt(icmp + 4)).isEqualTo(1300);
        long sum = 0;
        if (family == 6) {
            sum = Checksums.add(length + 58, message, ETHERNET + 8, 32);
        }
        assertThat(Checksums.finish(Checksums.add(sum, message, icmp, length))).isZero();
        // The quoted packet begins as the lost one did.
        assertThat(message.slice(icmp + 8, 24)).isEqualTo(large.buffer().slice(ETHERNET, 24));
        mtu.change(1500);
        pass(large, side(Faults.pathMtu(mtu)), 0);
        assertThat(large.lost()).isFalse();
        assertThat(mtu.refused()).isEqualTo(1);
    }

    @Test
    void sparedFlow_isLeftAlone() {
        final FaultPlan plan = FaultPlan.seeded(1).both(Faults.loss(1)).sparingTheFirst();
        assertThat(new FlowOnTheLine(plan, 0).side(Way.FROM_CLIENT).faults).isEmpty();
        assertThat(new FlowOnTheLine(plan, 1).side(Way.FROM_CLIENT).faults).hasSize(1);
    }
}
