package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class ReadAheadSourceTest {
    private static final byte[] BYTES = new byte[3_000_017];

    static {
        new Random(11).nextBytes(BYTES);
    }

    @Test
    void read_inAnyPortions_isTheSource() throws IOException {
        final Random random = new Random(12);
        final ByteBuffer all = ByteBuffer.allocate(BYTES.length + 1);
        try (ReadAheadSource ahead = new ReadAheadSource(of(BYTES))) {
            int read = 0;
            while (read >= 0) {
                final ByteBuffer portion = ByteBuffer.allocate(1 + random.nextInt(random.nextBoolean() ? 10 : 600_000));
                read = ahead.read(portion);
                all.put(portion.flip());
            }
            assertThat(ahead.read(ByteBuffer.allocate(1))).as("behind the end").isEqualTo(-1);
            assertThat(ahead.fileBytes()).isEqualTo(BYTES.length);
        }
        assertThat(all.flip()).isEqualTo(ByteBuffer.wrap(BYTES));
    }

    @Test
    void failure_comesBehindTheBytesBeforeIt_andAgain() throws IOException {
        final ByteSource failing = new Wrapper(of(new byte[] {1, 2, 3})) {
            private boolean read;

            @Override
            public int read(final ByteBuffer target) throws IOException {
                if (read) {
                    throw new DamagedInputException("it broke", "mend it");
                }
                read = true;
                return super.read(target);
            }
        };
        try (ReadAheadSource ahead = new ReadAheadSource(failing)) {
            assertThat(ahead.read(ByteBuffer.allocate(9))).isEqualTo(3);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> ahead.read(ByteBuffer.allocate(9))).hasMessage("it broke");
            }
        }
    }

    @Test
    void pipeThatPauses_handsOverWhatItHas() throws IOException {
        try (PipedOutputStream writer = new PipedOutputStream();
                PipedInputStream pipe = new PipedInputStream(writer);
                ReadAheadSource ahead = new ReadAheadSource(new ChannelSource(Channels.newChannel(pipe)))) {
            writer.write(new byte[] {1, 2, 3, 4});
            writer.flush();
            assertThat(ahead.read(ByteBuffer.allocate(9))).isPositive();
        }
    }

    @Test
    void close_whileTheThreadWaitsForAPipe_returns_andTheThreadClosesTheSource() throws Exception {
        final CountDownLatch closed = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final ByteSource stuck = new Wrapper(of(BYTES)) {
            private boolean read;

            @Override
            public int read(final ByteBuffer target) throws IOException {
                if (read) {
                    awaitUninterruptibly(mayEnd);
                    return -1;
                }
                read = true;
                return super.read(target);
            }

            @Override
            public void close() throws IOException {
                super.close();
                closed.countDown();
            }
        };
        final ReadAheadSource ahead = new ReadAheadSource(stuck);
        ahead.read(ByteBuffer.allocate(1));
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), ahead::close);
        assertThat(closed.getCount()).as("closed under a reader").isOne();
        mayEnd.countDown();
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    private static void awaitUninterruptibly(final CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (final InterruptedException e) {
                // As a read of standard input, which no interrupt ends.
            }
        }
    }

    private static ByteSource of(final byte[] bytes) {
        return new ChannelSource(Channels.newChannel(new ByteArrayInputStream(bytes)));
    }

    private static class Wrapper implements ByteSource {
        private final ByteSource inner;

        Wrapper(final ByteSource inner) {
            this.inner = inner;
        }

        @Override
        public int read(final ByteBuffer target) throws IOException {
            return inner.read(target);
        }

        @Override
        public long fileBytes() {
            return inner.fileBytes();
        }

        @Override
        public String compression() {
            return inner.compression();
        }

        @Override
        public void close() throws IOException {
            inner.close();
        }
    }
}
