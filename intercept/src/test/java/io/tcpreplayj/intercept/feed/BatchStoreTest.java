package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BatchStoreTest {
    private static final int BYTES = 1 << 14;

    private final BatchStore store = new BatchStore(BYTES);
    private final PacketBatch batch = new PacketBatch();
    private final byte[] taken = new byte[FeedFormat.MAX_PAYLOAD];
    private final Object reader = new Object();

    @Test
    void batchesComeInOrder_andOnce() throws InterruptedException {
        assertThat(store.resumeAfter(0, reader)).isEqualTo(1);
        append(100);
        append(200);
        assertThat(take()).isEqualTo(1);
        assertThat(take()).isEqualTo(2);
        assertThat(store.take(reader, taken, 0)).isZero();
        assertThat(store.lastSent()).isEqualTo(2);
    }

    @Test
    void whatWasNotAcknowledged_comesAgainAfterACut() throws InterruptedException {
        store.resumeAfter(0, reader);
        for (int i = 0; i < 5; i++) {
            append(50);
        }
        for (int i = 0; i < 4; i++) {
            take();
        }
        store.acknowledge(2);
        final Object next = new Object();
        assertThat(store.resumeAfter(3, next)).isEqualTo(4);
        assertThat(store.take(reader, taken, 1_000_000_000L)).isEqualTo(BatchStore.NOT_THE_READER);
        store.take(next, taken, 0);
        assertThat(PacketBatch.number(ByteBuffer.wrap(taken), 0)).isEqualTo(4);
    }

    @Test
    void numberOfABatchThatNeverWas_isNotKnown() {
        append(10);
        assertThat(store.knows(1)).isTrue();
        assertThat(store.knows(2)).isFalse();
    }

    @Test
    void fullStore_dropsTheOldest_andCountsPacketsThatNobodyGot() throws InterruptedException {
        store.resumeAfter(0, reader);
        append(1_000);
        take();
        for (int i = 0; i < 100; i++) {
            append(1_000);
        }
        final long first = take();
        final long kept = 102 - first;
        assertThat(kept).isBetween(14L, 16L);
        assertThat(store.lostPackets()).isEqualTo(100 - kept);
    }

    /** Against a list that does the same in the simplest way. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyOrderOfCalls_losesNothingUncounted(final long seed) throws InterruptedException {
        final Random random = new Random(seed);
        final Deque<Long> expected = new ArrayDeque<>();
        store.resumeAfter(0, reader);
        long appended = 0;
        long got = 0;
        long lost = 0;
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(100) < 52) {
                append(1 + random.nextInt(3_000));
                expected.add(++appended);
                while (expected.size() > 0 && store.lostPackets() > lost) {
                    expected.remove();
                    lost++;
                }
            } else if (expected.isEmpty()) {
                assertThat(store.take(reader, taken, 0)).isZero();
            } else {
                got = take();
                assertThat(got).isEqualTo(expected.remove());
            }
            if (random.nextInt(10) == 0) {
                store.acknowledge(got);
            }
        }
        assertThat(lost).isPositive();
    }

    private void append(final int payload) {
        batch.add(ByteBuffer.allocate(payload), 0, payload, payload, 0, true);
        store.append(batch);
    }

    private long take() throws InterruptedException {
        assertThat(store.take(reader, taken, 0)).isPositive();
        return PacketBatch.number(ByteBuffer.wrap(taken), 0);
    }
}
