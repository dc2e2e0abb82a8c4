package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** First in, first out, in one piece, and never more than there is room for. */
@Timeout(60)
final class MessageRingTest {
    @Test
    void randomMessages_comeOutAsTheyWentIn() {
        for (long seed = 1; seed <= 200; seed++) {
            final Random random = new Random(seed);
            final MessageRing ring = new MessageRing(1 << 8);
            final Deque<Integer> inside = new ArrayDeque<>();
            int next = 0;
            for (int step = 0; step < 2_000; step++) {
                if (random.nextInt(3) > 0) {
                    final int length = Integer.BYTES + random.nextInt(100);
                    final int at = ring.claim(1 + length % 7, length);
                    if (at != MessageRing.NO_ROOM) {
                        ring.buffer().put(at + length - 1, (byte) 1).putInt(at, next);
                        ring.commit();
                        inside.add(next++);
                    }
                } else {
                    final int most = 1 + random.nextInt(5);
                    final int read = ring.read(
                            (type, from, at) -> assertThat(from.getInt(at)).isEqualTo(inside.remove()), most);
                    assertThat(read).isLessThanOrEqualTo(most);
                }
                assertThat(ring.isEmpty()).isEqualTo(inside.isEmpty());
            }
            assertThat(next).as("seed %d", seed).isGreaterThan(100);
        }
    }

    @Test
    void aFullRing_refusesUntilSomethingIsRead() {
        final MessageRing ring = new MessageRing(64);
        assertThat(ring.claim(1, 24)).isNotNegative();
        ring.commit();
        assertThat(ring.claim(1, 24)).isNotNegative();
        ring.commit();
        assertThat(ring.claim(1, 0)).isEqualTo(MessageRing.NO_ROOM);
        assertThat(ring.read((type, from, at) -> {}, 1)).isOne();
        assertThat(ring.claim(1, 0)).isNotNegative();
        assertThat(ring.claim(1, 1_000)).as("what never fits").isEqualTo(MessageRing.NO_ROOM);
    }

    @Test
    void whatIsClaimedAndNotCommitted_isNotRead() {
        final MessageRing ring = new MessageRing(64);
        ring.claim(1, 8);
        assertThat(ring.isEmpty()).isTrue();
        assertThat(ring.read((type, from, at) -> {}, 1)).isZero();
    }

    @Test
    void noPowerOfTwo_isRefused() {
        assertThatThrownBy(() -> new MessageRing(100)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void twoThreads_loseNothing() throws Exception {
        final MessageRing ring = new MessageRing(1 << 12);
        final long messages = 1_000_000;
        final AtomicLong wrong = new AtomicLong();
        final Thread writer = new Thread(() -> {
            for (long message = 0; message < messages; message++) {
                int at = ring.claim(1, Long.BYTES);
                while (at == MessageRing.NO_ROOM) {
                    Thread.onSpinWait();
                    at = ring.claim(1, Long.BYTES);
                }
                ring.buffer().putLong(at, message);
                ring.commit();
            }
        });
        writer.start();
        final long[] expected = {0};
        while (expected[0] < messages) {
            ring.read(
                    (type, from, at) -> {
                        if (from.getLong(at) != expected[0]++) {
                            wrong.incrementAndGet();
                        }
                    },
                    64);
        }
        writer.join();
        assertThat(wrong.get()).isZero();
    }
}
