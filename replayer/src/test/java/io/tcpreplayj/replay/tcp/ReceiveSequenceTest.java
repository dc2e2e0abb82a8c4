package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** TF-21, TF-22: what of a segment is taken, at every edge of the window. */
final class ReceiveSequenceTest {
    private static final int IRS = 0xffff_fff0;
    private static final int WINDOW = 100;

    private final ReceiveSequence receive = new ReceiveSequence();

    private ReceiveSequence opened() {
        receive.init(IRS, WINDOW);
        return receive;
    }

    private boolean acceptable(final long position, final int length) {
        return receive.acceptable(IRS + (int) position, length);
    }

    /** RFC 9293 3.10.7.4. */
    @Test
    void tf21_acceptableIsWhatTouchesTheWindow() {
        opened();
        assertThat(acceptable(1, 0)).isTrue();
        assertThat(acceptable(0, 0)).isFalse();
        assertThat(acceptable(100, 0)).isTrue();
        assertThat(acceptable(101, 0)).isFalse();
        assertThat(acceptable(0, 1)).isFalse();
        assertThat(acceptable(0, 2)).isTrue();
        assertThat(acceptable(-3, 5)).isTrue();
        assertThat(acceptable(-3, 4)).isFalse();
        assertThat(acceptable(101, 1)).isFalse();
    }

    @Test
    void tf21_closedWindow_takesNothingButABareAckInOrder() {
        opened().onOffered();
        receive.limit(50);
        receive.accept(1, 100);
        assertThat(receive.wnd()).isZero();
        assertThat(acceptable(101, 0)).isTrue();
        assertThat(acceptable(100, 0)).isFalse();
        assertThat(acceptable(101, 1)).isFalse();
        assertThat(acceptable(100, 0)).isFalse();
    }

    @Test
    void tf22_inOrder_isTaken_upToTheWindow() {
        assertThat(opened().accept(1, 10)).isEqualTo(10);
        assertThat(receive.disordered()).isFalse();
        assertThat(receive.accept(11, 200)).isEqualTo(WINDOW);
        assertThat(receive.nxt()).isEqualTo(111);
        assertThat(receive.accept(111, 0)).isZero();
        assertThat(receive.disordered()).isFalse();
        assertThat(receive.duplicate().isPending()).isFalse();
    }

    @Test
    void tf22_whatCameBefore_isADuplicate_andTheRestIsTaken() {
        opened().accept(1, 10);
        assertThat(receive.accept(6, 10)).isEqualTo(5);
        assertThat(receive.duplicate().from()).isEqualTo(6);
        assertThat(receive.duplicate().to()).isEqualTo(11);
        assertThat(receive.disordered()).isTrue();
        receive.duplicate().clear();
        assertThat(receive.accept(11, 5)).isZero();
        assertThat(receive.duplicate().from()).isEqualTo(11);
        assertThat(receive.duplicate().to()).isEqualTo(16);
        receive.duplicate().clear();
        assertThat(receive.accept(5, 0)).as("no bytes").isZero();
        assertThat(receive.hasBlocks()).isFalse();
    }

    @Test
    void tf22_behindAHole_isKept_andTakenWhenTheHoleIsFilled() {
        assertThat(opened().accept(11, 10)).isZero();
        assertThat(receive.hasHole()).isTrue();
        assertThat(receive.hasBlocks()).isTrue();
        assertThat(receive.disordered()).isTrue();
        assertThat(receive.accept(11, 10)).isZero();
        assertThat(receive.duplicate().from()).isEqualTo(11);
        assertThat(receive.duplicate().to()).isEqualTo(21);
        receive.duplicate().clear();
        assertThat(receive.accept(1, 10)).isEqualTo(20);
        assertThat(receive.duplicate().isPending()).isFalse();
        assertThat(receive.hasHole()).isFalse();
    }

    @Test
    void tf22_holeFilledWithMoreThanWasMissing_tellsWhatCameTwice() {
        opened().accept(11, 10);
        assertThat(receive.accept(1, 15)).isEqualTo(20);
        assertThat(receive.duplicate().from()).isEqualTo(11);
        assertThat(receive.duplicate().to()).isEqualTo(16);
    }

    @Test
    void tf22_nothingLiesBehindAFin() {
        opened().fin(21);
        assertThat(receive.hasHole()).isTrue();
        assertThat(receive.accept(31, 10)).isZero();
        assertThat(receive.ranges().isEmpty()).isTrue();
        assertThat(receive.accept(11, 30)).isZero();
        assertThat(receive.accept(1, 10)).isEqualTo(20);
        assertThat(receive.finReached()).isFalse();
        assertThat(receive.streamBytes()).isEqualTo(20);
        assertThat(receive.takeFin()).isTrue();
        assertThat(receive.finReached()).isTrue();
        assertThat(receive.takeFin()).isFalse();
        assertThat(receive.streamBytes()).isEqualTo(20);
        assertThat(receive.hasHole()).isFalse();
        assertThat(receive.accept(22, 10)).isZero();
    }

    @Test
    void tf22_numberHeardOf_thatDidNotCome_isAHole() {
        opened().heardOf(1);
        assertThat(receive.hasHole()).isFalse();
        receive.heardOf(2);
        receive.heardOf(1);
        assertThat(receive.hasHole()).isTrue();
        receive.accept(1, 1);
        assertThat(receive.hasHole()).isFalse();
    }

    /** RFC 2883 4.1: an old segment is told of; what the window cuts off is not old. */
    @Test
    void tf21_unacceptableAndOld_isADuplicate() {
        opened().accept(1, 10);
        receive.onUnacceptable(5, 0);
        receive.onUnacceptable(5, 7);
        assertThat(receive.duplicate().isPending()).isFalse();
        assertThat(receive.disordered()).isFalse();
        receive.onUnacceptable(5, 6);
        assertThat(receive.duplicate().from()).isEqualTo(5);
        assertThat(receive.duplicate().to()).isEqualTo(11);
        assertThat(receive.disordered()).isTrue();
    }
}
