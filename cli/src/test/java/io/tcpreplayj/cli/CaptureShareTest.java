package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.FlowHash;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which share of the flows is captured, in virtual time. */
final class CaptureShareTest {
    private static final long MS = 1_000_000L;
    private static final long LOOK_NS = 10 * MS;
    private static final long S = 1_000 * MS;

    private final CaptureShare share = new CaptureShare(0);
    private long nowNs;
    private long drops;

    /** Looks on for so long; returns what the share was changed to. */
    private List<String> look(final double fill, final long ns) {
        final List<String> changes = new ArrayList<>();
        for (final long endNs = nowNs + ns; nowNs < endNs; nowNs += LOOK_NS) {
            if (share.look(fill, drops, nowNs)) {
                changes.add(share.words());
            }
        }
        return changes;
    }

    private List<String> lose() {
        drops++;
        return look(0.55, LOOK_NS);
    }

    @Test
    void ringThatIsNotFull_changesNothing() {
        assertThat(look(0.59, 60 * S)).isEmpty();
        assertThat(share.limit()).isEqualTo(FlowHash.RANGE);
        assertThat(share.words()).isEqualTo("all");
    }

    @Test
    void fullRingThatIsBeingEmptied_changesNothing() {
        for (double fill = 1; fill > 0.5; fill -= 0.01) {
            assertThat(look(fill, LOOK_NS)).isEmpty();
        }
    }

    @Test
    void readerThatWasHeldUp_isGivenAMomentToCatchUp() {
        for (nowNs = 0; nowNs < 9 * MS; nowNs += 100_000) {
            assertThat(share.look(0.9, 0, nowNs)).isFalse();
        }
        assertThat(look(0.89, LOOK_NS)).isEmpty();
        assertThat(look(0.88, LOOK_NS)).isEmpty();
        assertThat(look(0.88, LOOK_NS)).containsExactly("1/2");
    }

    @Test
    void ringThatStaysFull_halvesOnceItHasSettled_downToOneIn64() {
        assertThat(look(0.9, 2 * LOOK_NS)).containsExactly("1/2");
        assertThat(look(0.9, 240 * MS))
                .as("what is in the ring is of the larger share")
                .isEmpty();
        assertThat(look(0.9, 60 * S)).containsExactly("1/4", "1/8", "1/16", "1/32", "1/64");
        assertThat(share.limit()).isEqualTo(FlowHash.RANGE / 64);
        assertThat(share.ratio()).isEqualTo(1.0 / 64);
    }

    @Test
    void ringThatGoesOnFilling_halvesAgainBeforeItOverflows() {
        final List<String> changes = new ArrayList<>();
        for (int fill = 620; fill < 750; fill += 10) {
            changes.addAll(look(fill / 1024.0, LOOK_NS));
        }
        // Above 0.6, then where half of what was left to three quarters is gone, twice.
        assertThat(changes).containsExactly("1/2", "1/4", "1/8");
    }

    @Test
    void ringThatIsNearlyFullStill_halvesAgain_unlessItIsBeingEmptied() {
        assertThat(look(0.96, 2 * LOOK_NS)).containsExactly("1/2");
        final List<String> changes = new ArrayList<>();
        for (int fill = 960; fill > 0; fill -= 5) {
            changes.addAll(look(fill / 1000.0, LOOK_NS));
        }
        assertThat(changes).isEmpty();
        look(0.96, 2 * LOOK_NS);
        for (int fill = 9600; fill > 9000; fill--) {
            changes.addAll(look(fill / 10_000.0, LOOK_NS));
        }
        assertThat(changes).startsWith("1/8");
    }

    @Test
    void readerThatWasHeldUp_hasReadNothingYet_thoughTimeHasPassed() {
        assertThat(look(0.9, 2 * LOOK_NS)).containsExactly("1/2");
        for (int turn = 0; turn < 10; turn++) {
            nowNs += S;
            assertThat(look(0.9, LOOK_NS)).isEmpty();
        }
        assertThat(look(0.9, 12 * LOOK_NS)).containsExactly("1/4");
    }

    @Test
    void lostPackets_halve_butNotThoseThatWereLostBefore() {
        assertThat(lose()).containsExactly("1/2");
        assertThat(lose()).as("counted late").isEmpty();
        assertThat(look(1, LOOK_NS)).as("how full it was then shows late").isEmpty();
        assertThat(look(0.55, 5 * S)).isEmpty();
        assertThat(lose()).containsExactly("1/4");
    }

    @Test
    void room_doublesOneStepAtATime() {
        look(0.9, 2 * S);
        final int least = share.limit();
        assertThat(least).isLessThan(FlowHash.RANGE / 4);
        assertThat(look(0.55, 60 * S)).as("neither full nor empty").isEmpty();
        assertThat(look(0.4, CaptureShare.PATIENCE_NS - 2 * LOOK_NS)).isEmpty();
        assertThat(look(0.4, 3 * LOOK_NS)).hasSize(1);
        assertThat(share.limit()).isEqualTo(2 * least);
        assertThat(look(0.4, CaptureShare.PATIENCE_NS - 3 * LOOK_NS)).isEmpty();
        look(0.4, 60 * S);
        assertThat(share.words()).isEqualTo("all");
    }

    @Test
    void doubledTooEarly_waitsLongerTheNextTime_untilItHolds() {
        lose();
        long patienceNs = CaptureShare.PATIENCE_NS;
        for (int turn = 0; turn < 4; turn++) {
            assertThat(look(0.1, patienceNs - LOOK_NS)).as("turn " + turn).isEmpty();
            assertThat(look(0.1, 2 * LOOK_NS)).as("turn " + turn).containsExactly("all");
            look(0.1, S);
            assertThat(lose()).containsExactly("1/2");
            patienceNs *= 2;
        }
        assertThat(look(0.1, 20 * CaptureShare.PATIENCE_NS)).as("at most 160 s").containsExactly("all");
        look(0.1, 60 * S);
        assertThat(lose()).containsExactly("1/2");
        assertThat(look(0.1, CaptureShare.PATIENCE_NS + 2 * LOOK_NS))
                .as("it held")
                .containsExactly("all");
    }
}
