package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StartScheduleTest {
    private static final long ORIGIN = 1_000;

    @Test
    void openLoop_startsEachWhenItIsDue() {
        final StartSchedule schedule = open(List.of(session(0, 0, -1), session(1, 10, -1), session(2, 10, -1)));
        assertThat(schedule.nextStartNs()).isEqualTo(ORIGIN);
        assertThat(schedule.pollStart(ORIGIN)).isEqualTo(0);
        assertThat(schedule.pollStart(ORIGIN + 9)).isEqualTo(-1);
        assertThat(schedule.nextStartNs()).isEqualTo(ORIGIN + 10);
        assertThat(schedule.pollStart(ORIGIN + 10)).isEqualTo(1);
        assertThat(schedule.pollStart(ORIGIN + 10)).isEqualTo(2);
        assertThat(schedule.pollStart(ORIGIN + 99)).isEqualTo(-1);
        assertThat(schedule.nextStartNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(schedule.finished()).isFalse();
        schedule.onEnded(0);
        schedule.onEnded(1);
        schedule.onEnded(2);
        assertThat(schedule.finished()).isTrue();
    }

    @Test
    void tf32_sameCapturedTuple_waitsForItsPredecessorAndKeepsItsDueTime() {
        final StartSchedule schedule = open(List.of(session(0, 0, -1), session(1, 10, 0), session(2, 20, -1)));
        assertThat(schedule.pollStart(ORIGIN + 30)).isEqualTo(0);
        assertThat(schedule.pollStart(ORIGIN + 30)).isEqualTo(2);
        assertThat(schedule.pollStart(ORIGIN + 30)).isEqualTo(-1);
        schedule.onEnded(0);
        assertThat(schedule.nextStartNs()).isEqualTo(Long.MIN_VALUE);
        assertThat(schedule.pollStart(ORIGIN + 40)).isEqualTo(1);
        assertThat(schedule.dueNs(1, ORIGIN + 40)).isEqualTo(ORIGIN + 10);
    }

    @Test
    void tf32_predecessorEndedBeforeTheTurn_startsInTurn() {
        final StartSchedule schedule = open(List.of(session(0, 0, -1), session(1, 10, 0)));
        assertThat(schedule.pollStart(ORIGIN)).isEqualTo(0);
        schedule.onEnded(0);
        assertThat(schedule.pollStart(ORIGIN + 9)).isEqualTo(-1);
        assertThat(schedule.pollStart(ORIGIN + 10)).isEqualTo(1);
    }

    @Test
    void closedLoop_keepsTheNumberOfOpenSessions() {
        final List<PlannedSession> sessions = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sessions.add(session(i, i * 1_000_000L, -1));
        }
        final StartSchedule schedule = new StartSchedule(sessions, true, 3, ORIGIN);
        assertThat(schedule.pollStart(ORIGIN)).isEqualTo(0);
        assertThat(schedule.pollStart(ORIGIN)).isEqualTo(1);
        assertThat(schedule.pollStart(ORIGIN)).isEqualTo(2);
        assertThat(schedule.pollStart(ORIGIN)).isEqualTo(-1);
        assertThat(schedule.nextStartNs()).isEqualTo(Long.MAX_VALUE);
        schedule.onEnded(1);
        assertThat(schedule.pollStart(ORIGIN + 5)).isEqualTo(3);
        assertThat(schedule.dueNs(3, ORIGIN + 5)).isEqualTo(ORIGIN + 5);
        assertThat(schedule.open()).isEqualTo(3);
    }

    @Test
    void stop_startsNoMore() {
        final StartSchedule schedule = open(List.of(session(0, 0, -1), session(1, 10, -1)));
        assertThat(schedule.pollStart(ORIGIN)).isEqualTo(0);
        schedule.stop();
        assertThat(schedule.pollStart(ORIGIN + 99)).isEqualTo(-1);
        assertThat(schedule.notStarted()).isEqualTo(1);
        assertThat(schedule.finished()).isFalse();
        schedule.onEnded(0);
        assertThat(schedule.finished()).isTrue();
    }

    @Test
    void everySession_startsExactlyOnce_whateverTheOrderOfEnds() {
        final List<PlannedSession> sessions = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            sessions.add(session(i, i, i < 50 || i % 3 == 0 ? -1 : i - 50));
        }
        final StartSchedule schedule = new StartSchedule(sessions, true, 17, ORIGIN);
        final List<Integer> running = new ArrayList<>();
        final boolean[] seen = new boolean[500];
        final java.util.SplittableRandom random = new java.util.SplittableRandom(3);
        while (!schedule.finished()) {
            final int index = schedule.pollStart(ORIGIN);
            if (index >= 0) {
                assertThat(seen[index]).isFalse();
                final int before = sessions.get(index).after();
                assertThat(before == -1 || (seen[before] && !running.contains(before)))
                        .isTrue();
                seen[index] = true;
                running.add(index);
            } else {
                schedule.onEnded(running.remove(random.nextInt(running.size())));
            }
        }
        assertThat(schedule.notStarted()).isZero();
    }

    private static StartSchedule open(final List<PlannedSession> sessions) {
        return new StartSchedule(sessions, false, Integer.MAX_VALUE, ORIGIN);
    }

    @SuppressWarnings("NullAway") // the schedule looks at times and indices only
    private static PlannedSession session(final int index, final long startNs, final int after) {
        return new PlannedSession(index, null, 0, new Endpoint(IpAddress.v4(1), 1), startNs, after);
    }
}
