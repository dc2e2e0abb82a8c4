package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class NextHopTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final CountDownLatch closed = new CountDownLatch(1);

    /** Looks as a test says. */
    @FunctionalInterface
    private interface Answer {
        long mac();
    }

    private NextHop watch(final Answer answer) {
        return NextHop.watch(
                new NextHop.Look() {
                    @Override
                    public long mac() {
                        return answer.mac();
                    }

                    @Override
                    public void close() {
                        closed.countDown();
                    }
                },
                1);
    }

    /** Frames would go on to where the neighbour was. */
    @Test
    void fault_isThrownToWhoAsks() throws InterruptedException {
        final CountDownLatch looked = new CountDownLatch(1);
        try (NextHop nextHop = watch(() -> {
            looked.countDown();
            throw new IllegalStateException("a message of no known form");
        })) {
            assertThat(looked.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> {
                        for (final long endNs = System.nanoTime() + 10 * SECOND_NS; System.nanoTime() < endNs; ) {
                            nextHop.mac();
                        }
                    })
                    .hasMessage("a message of no known form");
        }
        assertThat(closed.getCount()).isZero();
    }

    @Test
    void isAskedOnceASecond_andWhatIsNotKnownForNowChangesNothing() throws Exception {
        final Queue<Long> times = new ConcurrentLinkedQueue<>();
        final CountDownLatch looked = new CountDownLatch(3);
        try (NextHop nextHop = watch(() -> {
            times.add(System.nanoTime());
            looked.countDown();
            return times.size() == 1 ? 2 : -1;
        })) {
            assertThat(looked.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(nextHop.mac()).isEqualTo(2);
        }
        final Long[] at = times.toArray(Long[]::new);
        assertThat(at[2] - at[0]).isGreaterThan(3 * SECOND_NS / 2);
    }
}
