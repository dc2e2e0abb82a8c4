package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two clocks of which one is set; packets are stamped by that one, and read some time later. */
final class StampClockTest {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final long HOUR = 3_600 * SECOND;

    private long steadyNs = 1_764_000_000 * SECOND;
    private long aheadNs;
    /** A thread that is held up, once, between two looks. */
    private long heldUpNs;

    private final StampClock clock = new StampClock(() -> steadyNs, () -> {
        final long ns = steadyNs + aheadNs;
        steadyNs += heldUpNs;
        heldUpNs = 0;
        return ns;
    });

    /** One that came a while ago, and has been stamped then. */
    private record Packet(long cameNs, long stampNs) {}

    private Packet comes() {
        return new Packet(steadyNs, steadyNs + aheadNs);
    }

    /** How much later it seems to have come than it has. */
    private long error(final Packet packet) {
        return clock.steadyNs(packet.stampNs) - packet.cameNs;
    }

    private void passes(final long ns) {
        steadyNs += ns;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 10_000, MS, 9 * MS, 11 * MS, SECOND, HOUR, 24 * HOUR})
    void clockThatNobodySets_isTheTimeOfPackets_howeverFarApartAndHoweverLateTheyAreRead(final long apartNs) {
        for (int i = 0; i < 100; i++) {
            passes(apartNs);
            final Packet packet = comes();
            passes(i * 50 * MS);
            if (i % 3 == 0) {
                clock.onBatch();
            }
            assertThat(error(packet)).isZero();
        }
        assertThat(clock.steps()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            longs = {HOUR, -HOUR, SECOND, -SECOND, 20 * MS, -20 * MS, 5 * MS, -5 * MS, 9_000 * HOUR, -9_000 * HOUR})
    void clockThatIsSet_movesNoPacket(final long stepNs) {
        for (int i = 1; i <= 100; i++) {
            passes(MS / 10);
            if (i == 50) {
                aheadNs += stepNs;
            }
            clock.onBatch();
            final Packet packet = comes();
            passes(MS / 10);
            assertThat(error(packet)).as("packet %d", i).isZero();
        }
        assertThat(clock.steps()).isOne();
        assertThat(clock.toSteps().aheadNs()).isEqualTo(stepNs);
    }

    @ParameterizedTest
    @ValueSource(longs = {HOUR, -HOUR, SECOND, -SECOND})
    void packetsThatWaited_areTold_byWhichOfTheTwoTheyWereStamped(final long stepNs) {
        assertThat(error(comes())).isZero();
        passes(HOUR / 2);
        final Packet before = comes();
        passes(MS);
        aheadNs += stepNs;
        final Packet behind = comes();
        passes(100 * MS);
        clock.onBatch();
        assertThat(error(before)).isZero();
        assertThat(error(behind)).isZero();
        assertThat(error(before)).as("out of another queue").isZero();
        assertThat(error(behind)).isZero();
        assertThat(clock.steps()).isOne();
    }

    /** Those of one queue do not jump. */
    @ParameterizedTest
    @ValueSource(longs = {HOUR, -HOUR, SECOND, -SECOND})
    void severalPacketsThatWaited_behindOneThatWasStampedLater_areAllToldSo(final long stepNs) {
        assertThat(error(comes())).isZero();
        passes(HOUR / 2);
        final Packet first = comes();
        passes(MS / 10);
        final Packet second = comes();
        passes(MS);
        aheadNs += stepNs;
        final Packet behind = comes();
        passes(MS / 10);
        final Packet next = comes();
        passes(100 * MS);
        clock.onBatch();
        for (final Packet packet : List.of(behind, first, second, behind, next)) {
            assertThat(error(packet)).isZero();
        }
        assertThat(clock.steps()).isOne();
    }

    @Test
    void clockThatIsSetBackToWhereItWas_isSetTwice() {
        assertThat(error(comes())).isZero();
        for (final long nowAheadNs : new long[] {-HOUR, 0}) {
            aheadNs = nowAheadNs;
            passes(10 * SECOND);
            assertThat(error(comes())).isZero();
        }
        assertThat(clock.steps()).isEqualTo(2);
        assertThat(clock.toSteps().summary()).isEqualTo("set 2 times, now as the times of packets");
    }

    /** What such a look says of the two clocks is wrong by that time. */
    @Test
    void threadThatIsHeldUpBetweenTwoLooks_seesNoStep() {
        for (int i = 0; i < 10; i++) {
            passes(SECOND);
            final Packet packet = comes();
            heldUpNs = SECOND;
            assertThat(error(packet)).isZero();
        }
        assertThat(clock.steps()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {HOUR, -HOUR})
    void threadThatIsHeldUpAsItFindsAStep_looksAgain_beforeThePacketGetsATime(final long stepNs) {
        assertThat(error(comes())).isZero();
        passes(10 * SECOND);
        aheadNs = stepNs;
        final Packet packet = comes();
        heldUpNs = SECOND;
        assertThat(error(packet)).isZero();
        assertThat(clock.steps()).isOne();
    }

    /** As under faketime, or where somebody else's clock is looked at by mistake. */
    @ParameterizedTest
    @ValueSource(longs = {HOUR, -HOUR})
    void clockThatPacketsAreNotStampedBy_movesNone(final long stepNs) {
        assertThat(error(comes())).isZero();
        aheadNs = stepNs;
        for (int i = 0; i < 100; i++) {
            passes(SECOND);
            assertThat(error(new Packet(steadyNs, steadyNs))).isZero();
        }
        assertThat(clock.steps()).isZero();
    }
}
