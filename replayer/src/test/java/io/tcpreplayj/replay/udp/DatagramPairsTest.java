package io.tcpreplayj.replay.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.replay.ReplayResult;
import org.junit.jupiter.api.Test;

/** A datagram is known by its digest here: the number of the recorded one it equals. */
final class DatagramPairsTest {
    private static final int LENGTH = 100;

    private final UdpLedger ledger = new UdpLedger();
    private final AnswerGate gate = new AnswerGate();
    private final DatagramPairs pairs = new DatagramPairs(ledger, gate);

    private void recorded(final int from, final int to) {
        for (int digest = from; digest < to; digest++) {
            pairs.onRecorded(LENGTH, digest, digest);
        }
    }

    private void came(final int from, final int to) {
        for (int digest = from; digest < to; digest++) {
            pairs.onLive(LENGTH, digest);
        }
    }

    private ReplayResult.Udp.Answers finished() {
        pairs.finish();
        return ledger.result().answers();
    }

    @Test
    void oneThatIsLost_oneThatComesTwice_andOneThatIsOvertaken_leaveTheOthersEqual() {
        recorded(0, 40);
        came(0, 5);
        came(6, 10);
        came(9, 10);
        came(11, 12);
        came(10, 11);
        came(12, 40);
        assertThat(pairs.isLost()).isFalse();
        // The one that came twice is in the place of the one that did not come.
        assertThat(finished()).isEqualTo(new ReplayResult.Udp.Answers(40, 39, 1, 0, 0, 0));
    }

    @Test
    void aDozenInARow_mayBeLost() {
        recorded(0, 100);
        came(0, 40);
        came(52, 100);
        assertThat(pairs.isLost()).isTrue();
        assertThat(finished()).isEqualTo(new ReplayResult.Udp.Answers(100, 88, 0, 0, 12, 0));
    }

    @Test
    void whatHasNoEqual_isPairedInOrder() {
        recorded(0, 50);
        came(1_000, 1_060);
        assertThat(pairs.waiting()).as("what is held back has a bound").isEqualTo(6);
        assertThat(finished()).isEqualTo(new ReplayResult.Udp.Answers(50, 0, 50, 0, 0, 10));
        assertThat(pairs.isLost()).isFalse();
    }

    @Test
    void oneWhoseBytesTheCaptureDoesNotTell_isNotCompared() {
        recorded(0, 1);
        pairs.onRecorded(LENGTH, -1, 0);
        recorded(2, 3);
        came(0, 3);
        assertThat(finished()).isEqualTo(new ReplayResult.Udp.Answers(3, 2, 0, 1, 0, 0));
    }

    @Test
    void theLiveOneMayBeThereFirst() {
        came(0, 3);
        assertThat(pairs.expectsMore()).isFalse();
        recorded(0, 4);
        assertThat(pairs.expectsMore()).isTrue();
        assertThat(finished()).isEqualTo(new ReplayResult.Udp.Answers(4, 3, 0, 0, 1, 0));
    }

    @Test
    void whatIsTooOld_isMissing_andWhatNobodyRecorded_isExtra() {
        recorded(0, 10);
        pairs.giveUpBefore(7);
        assertThat(pairs.waiting()).isEqualTo(3);
        came(1_000, 1_030);
        pairs.giveUpBefore(100);
        assertThat(ledger.result().answers()).isEqualTo(new ReplayResult.Udp.Answers(10, 0, 3, 0, 7, 11));
    }

    @Test
    void oneThatNobodyWaitsForAnyMore_isNotTakenForAnEqualOneThatIsWaitedFor() {
        for (int i = 0; i < 3; i++) {
            pairs.onRecorded(LENGTH, 7, i);
        }
        gate.forgive(1);
        assertThat(gate.isOpen(2)).isFalse();
        pairs.onLive(LENGTH, 7);
        assertThat(gate.isOpen(2)).as("it is the second, as far as can be told").isTrue();
        pairs.onLive(LENGTH, 7);
        pairs.onLive(LENGTH, 7);
        assertThat(gate.isOpen(3)).isTrue();
        assertThat(gate.isOpen(4)).as("the first came after all").isFalse();
    }
}
