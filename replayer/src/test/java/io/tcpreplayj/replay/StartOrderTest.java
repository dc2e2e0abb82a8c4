package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StartOrderTest {
    private static final FlowScript SCRIPT = Scripts.flow().send("x").build();
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("127.0.0.1"), 1);

    private static PlannedSession session(final int index, final long startNs, final int after) {
        return new PlannedSession(index, SCRIPT, 0, null, TARGET, startNs, after);
    }

    @Test
    void shouldStartEachWhenDueAndNotBefore() {
        final StartOrder order = new StartOrder(List.of(session(0, 10, -1), session(1, 20, -1)), false, 9);
        assertThat(order.nextStartNs()).isEqualTo(10);
        assertThat(order.pollReady(9)).isEqualTo(-1);
        assertThat(order.pollReady(12)).isZero();
        assertThat(order.dueNs(0, 12)).isEqualTo(10);
        assertThat(order.pollReady(12)).isEqualTo(-1);
        assertThat(order.nextStartNs()).isEqualTo(20);
    }

    @Test
    void shouldHoldBackTheFollowerUntilTheOneBeforeEnded() {
        final StartOrder order = new StartOrder(List.of(session(0, 10, -1), session(1, 20, 0)), false, 9);
        assertThat(order.pollReady(30)).isZero();
        assertThat(order.pollReady(30)).isEqualTo(-1);
        assertThat(order.nextStartNs()).isEqualTo(Long.MAX_VALUE);
        order.ended(0, 50);
        assertThat(order.pollReady(50)).isEqualTo(1);
        // Having had to wait is lateness, and shows.
        assertThat(order.dueNs(1, 55)).isEqualTo(20);
        order.ended(1, 60);
        assertThat(order.done()).isTrue();
    }

    @Test
    void shouldMakeRoomBeforeTheNextWhenFull() {
        final StartOrder order =
                new StartOrder(List.of(session(0, 0, -1), session(1, 5, -1), session(2, 6, -1)), true, 1);
        assertThat(order.pollReady(0)).isZero();
        assertThat(order.pollReady(9)).isEqualTo(-1);
        assertThat(order.nextStartNs()).isEqualTo(Long.MAX_VALUE);
        order.ended(0, 9);
        assertThat(order.nextStartNs()).isZero();
        assertThat(order.pollReady(9)).isEqualTo(1);
        order.putBack(1);
        assertThat(order.open()).isZero();
    }

    @Test
    void shouldTryAgainOnlyWhenAnotherEnded() {
        final StartOrder order =
                new StartOrder(List.of(session(0, 0, -1), session(1, 0, -1), session(2, 0, -1)), true, 9);
        assertThat(order.pollReady(0)).isZero();
        assertThat(order.pollReady(0)).isEqualTo(1);
        order.putBack(1);
        assertThat(order.pollReady(0)).isEqualTo(-1);
        order.ended(0, 1);
        assertThat(order.pollReady(1)).isEqualTo(1);
        assertThat(order.pollReady(1)).isEqualTo(2);
    }

    /** R20: whatever the capture says, and however much is overdue. */
    @Test
    void shouldStartNoFasterThanTheLimit() {
        final StartOrder order = new StartOrder(
                List.of(session(0, 10, -1), session(1, 11, -1), session(2, 12, -1)), false, new StartLimits(9, 100));
        assertThat(order.nextStartNs()).isEqualTo(10);
        assertThat(order.pollReady(10)).isZero();
        assertThat(order.nextStartNs()).isEqualTo(110);
        assertThat(order.pollReady(109)).isEqualTo(-1);
        assertThat(order.pollReady(500)).isEqualTo(1);
        assertThat(order.pollReady(500)).as("no burst makes up for it").isEqualTo(-1);
        assertThat(order.pollReady(600)).isEqualTo(2);
        assertThat(order.dueNs(2, 600))
                .as("waiting for its turn is lateness, and shows")
                .isEqualTo(12);
        order.ended(0, 600);
        order.ended(1, 600);
        order.ended(2, 600);
        assertThat(order.done()).isTrue();
    }

    /** R14: whoever could begin only later than that does not, and who had to wait for it is next. */
    @Test
    void shouldNotStartWhatIsTooLate() {
        final StartOrder order = new StartOrder(
                List.of(session(0, 10, -1), session(1, 10, -1), session(2, 20, 1), session(3, 500, -1)),
                false,
                new StartLimits(9, 100, 0, 50));
        assertThat(order.pollLate(10)).isEqualTo(-1);
        assertThat(order.pollReady(10)).isZero();
        assertThat(order.pollLate(60)).as("by no more than it may").isEqualTo(-1);
        assertThat(order.pollLate(71)).isEqualTo(1);
        assertThat(order.pollLate(71))
                .as("the follower of one that did not begin")
                .isEqualTo(2);
        assertThat(order.pollLate(71)).isEqualTo(-1);
        assertThat(order.open()).isOne();
        order.ended(0, 100);
        assertThat(order.pollLate(550)).isEqualTo(-1);
        assertThat(order.pollReady(550)).isEqualTo(3);
        order.ended(3, 600);
        assertThat(order.done()).isTrue();
        assertThat(order.pollNeverStarted()).isEqualTo(-1);
    }

    /** Who waited for another one stands behind younger ones. */
    @Test
    void shouldFindWhatIsTooLate_behindWhatIsNot() {
        final StartOrder order = new StartOrder(
                List.of(session(0, 0, -1), session(1, 10, 0), session(2, 100, -1)),
                false,
                new StartLimits(1, 0, 0, 50));
        assertThat(order.pollReady(0)).isZero();
        assertThat(order.pollLate(110)).isEqualTo(-1);
        order.ended(0, 110);
        assertThat(order.pollLate(110)).isEqualTo(-1);
        assertThat(order.pollReady(110)).isEqualTo(2);
        assertThat(order.pollLate(110)).isEqualTo(1);
        order.ended(2, 120);
        assertThat(order.done()).isTrue();
    }

    @Test
    void shouldStartHoweverLate_unlessToldOtherwise() {
        final StartOrder order = new StartOrder(List.of(session(0, 10, -1)), false, new StartLimits(9, 0));
        assertThat(order.pollLate(1_000_000_000_000L)).isEqualTo(-1);
        assertThat(order.pollReady(1_000_000_000_000L)).isZero();
    }

    /** A hundred a second in the end: half of that in the mean of a ramp of two seconds. */
    @Test
    void shouldStartFasterAndFasterInARamp() {
        final List<PlannedSession> plan = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            plan.add(session(i, 0, -1));
        }
        final long second = 1_000_000_000L;
        final StartOrder order = new StartOrder(plan, true, new StartLimits(1_000, second / 100, 2 * second));
        final int[] started = new int[3];
        for (long nowNs = 0; nowNs < 3 * second; nowNs += 1_000_000) {
            if (order.pollReady(nowNs) >= 0) {
                started[(int) (nowNs / second)]++;
            }
        }
        assertThat(started[0]).isBetween(24, 27);
        assertThat(started[1]).isBetween(70, 77);
        assertThat(started[2]).isBetween(91, 101);
    }

    @Test
    void shouldRampWithinPartsOfASecond() {
        final StartLimits limits = new StartLimits(1_000, 2_000_000, 100_000_000);
        assertThat(limits.gapNs(0)).isEqualTo(20_000_000);
        assertThat(limits.gapNs(50_000_000)).isBetween(3_500_000L, 4_000_000L);
        assertThat(limits.gapNs(100_000_000)).isEqualTo(2_000_000);
    }

    @Test
    void shouldNotCountAsAStartWhatWasPutBack() {
        final StartOrder order =
                new StartOrder(List.of(session(0, 0, -1), session(1, 0, -1)), true, new StartLimits(9, 100));
        assertThat(order.pollReady(50)).isZero();
        order.putBack(0, 60);
        assertThat(order.pollReady(60)).isZero();
        assertThat(order.pollReady(61)).isEqualTo(-1);
    }

    @Test
    void shouldNameEachNeverStartedSessionOnce() {
        final StartOrder order =
                new StartOrder(List.of(session(0, 0, -1), session(1, 0, 0), session(2, 9, -1)), false, 9);
        assertThat(order.pollReady(0)).isZero();
        assertThat(order.pollNeverStarted()).isEqualTo(1);
        assertThat(order.pollNeverStarted()).isEqualTo(2);
        assertThat(order.pollNeverStarted()).isEqualTo(-1);
        order.ended(0, 5);
        assertThat(order.pollReady(100)).isEqualTo(-1);
        assertThat(order.done()).isTrue();
    }

    @Test
    void shouldTryAgainWhenTheTimeHasComeThoughNoneIsOpen() {
        final StartOrder order = new StartOrder(List.of(session(0, 0, -1), session(1, 0, -1)), true, 5);
        assertThat(order.pollReady(10)).isZero();
        order.putBack(0, 100);
        assertThat(order.pollReady(99)).isEqualTo(-1);
        assertThat(order.nextStartNs()).isEqualTo(100);
        assertThat(order.pollReady(100)).isZero();
        assertThat(order.pollReady(100)).isEqualTo(1);
        order.putBack(1, 900);
        order.ended(0, 200);
        assertThat(order.pollReady(200)).as("an end makes room before the time").isEqualTo(1);
    }

    @Test
    void shouldStartEverySessionOnceWithinAllLimits() {
        for (long seed = 1; seed <= 300; seed++) {
            final Random random = new Random(seed);
            final int n = 1 + random.nextInt(40);
            final List<PlannedSession> plan = new ArrayList<>();
            final boolean[] followed = new boolean[n];
            for (int i = 0; i < n; i++) {
                int after = i > 0 && random.nextBoolean() ? random.nextInt(i) : -1;
                if (after >= 0 && followed[after]) {
                    after = -1;
                }
                if (after >= 0) {
                    followed[after] = true;
                }
                plan.add(session(i, 3L * i, after));
            }
            final int maxOpen = 1 + random.nextInt(5);
            final StartOrder order = new StartOrder(plan, random.nextBoolean(), maxOpen);
            final List<Integer> running = new ArrayList<>();
            final List<Integer> ended = new ArrayList<>();
            for (long nowNs = 0; !order.done(); nowNs++) {
                assertThat(nowNs).as("seed %d", seed).isLessThan(1_000);
                for (int index = order.pollReady(nowNs); index >= 0; index = order.pollReady(nowNs)) {
                    final int after = plan.get(index).after();
                    assertThat(after < 0 || ended.contains(after))
                            .as("seed %d", seed)
                            .isTrue();
                    running.add(index);
                }
                assertThat(running)
                        .as("seed %d", seed)
                        .hasSizeLessThanOrEqualTo(maxOpen)
                        .hasSize(order.open());
                if (!running.isEmpty() && random.nextBoolean()) {
                    final int index = running.remove(random.nextInt(running.size()));
                    order.ended(index, nowNs);
                    ended.add(index);
                }
            }
            assertThat(ended).as("seed %d", seed).doesNotHaveDuplicates().hasSize(n);
        }
    }
}
