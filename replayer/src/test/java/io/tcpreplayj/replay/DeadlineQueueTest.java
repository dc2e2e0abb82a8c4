package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DeadlineQueueTest {
    @Test
    void shouldGiveTheEarliestFirstAndNothingBeforeItsTime() {
        final DeadlineQueue queue = new DeadlineQueue(4);
        assertThat(queue.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
        queue.schedule(0, 30);
        queue.schedule(1, 10);
        queue.schedule(2, 20);
        queue.schedule(3, 40);
        queue.schedule(3, 5);
        queue.schedule(1, 50);
        queue.schedule(0, Long.MAX_VALUE);
        queue.schedule(0, Long.MAX_VALUE);
        assertThat(queue.contains(0)).isFalse();
        assertThat(queue.pollDue(4)).isEqualTo(-1);
        assertThat(queue.pollDue(5)).isEqualTo(3);
        assertThat(queue.pollDue(19)).isEqualTo(-1);
        assertThat(queue.pollDue(100)).isEqualTo(2);
        assertThat(queue.pollDue(100)).isEqualTo(1);
        assertThat(queue.pollDue(100)).isEqualTo(-1);
        assertThat(queue.size()).isZero();
    }

    @Test
    void shouldGiveThoseDueTogetherByIndex() {
        final DeadlineQueue queue = new DeadlineQueue(100);
        for (int i = 0; i < 100; i++) {
            queue.schedule(37 * i % 100, 5);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(queue.pollDue(5)).isEqualTo(i);
        }
    }

    @Test
    void shouldAgreeWithASortedMapForRandomCalls() {
        final long seed = 20261123;
        final Random random = new Random(seed);
        final int capacity = 300;
        final DeadlineQueue queue = new DeadlineQueue(capacity);
        final TreeMap<Integer, Long> deadlines = new TreeMap<>();
        long nowNs = 0;
        for (int i = 0; i < 30_000; i++) {
            final int index = random.nextInt(capacity);
            if (random.nextInt(10) == 0) {
                queue.schedule(index, Long.MAX_VALUE);
                deadlines.remove(index);
            } else {
                final long deadlineNs = nowNs + random.nextInt(1_000);
                queue.schedule(index, deadlineNs);
                deadlines.put(index, deadlineNs);
            }
            nowNs += random.nextInt(8);
            final TreeSet<Long> sorted = new TreeSet<>(deadlines.values());
            final long first = sorted.isEmpty() ? Long.MAX_VALUE : sorted.first();
            assertThat(queue.nextDeadlineNs()).as("seed %d step %d", seed, i).isEqualTo(first);
            for (int due = queue.pollDue(nowNs); due >= 0; due = queue.pollDue(nowNs)) {
                assertThat(deadlines.remove(due)).as("seed %d step %d", seed, i).isLessThanOrEqualTo(nowNs);
            }
            assertThat(queue.size()).isEqualTo(deadlines.size());
            if (i % 1_000 == 0) {
                nowNs += 2_000;
            }
        }
    }
}
