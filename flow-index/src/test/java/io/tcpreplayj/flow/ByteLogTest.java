package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ByteLogTest {
    private static final int LEAST_CHUNK = 4096;

    @TempDir
    Path folder;

    @Test
    void frozenAfterEveryAppend_contentsAreTheSame() throws IOException {
        assertSame(3 << 20, 1 + LEAST_CHUNK / 3);
    }

    /** Beyond what is copied to memory, in some two thousand chunks. */
    @Test
    void ofManyChunks_contentsAreMappedInOnePiece() throws IOException {
        assertSame(40 << 20, LEAST_CHUNK);
    }

    private void assertSame(final int length, final int step) throws IOException {
        final byte[] bytes = new byte[length];
        new Random(21).nextBytes(bytes);
        final StateBuffer state = new StateBuffer();
        try (SpillFile file = new SpillFile(folder)) {
            ByteLog log = new ByteLog();
            for (int at = 0; at < length; at += step) {
                final int count = Math.min(step, length - at);
                log.extend(count);
                System.arraycopy(bytes, at, log.tail(), log.tailLength() - count, count);
                log = frozenAndThawed(log, state, file);
            }
            assertThat(log.length()).isEqualTo(length);
            assertThat(log.contents(file)).isEqualTo(ByteBuffer.wrap(bytes));
            assertThat(log.beginning(100, file)).isEqualTo(Arrays.copyOf(bytes, 100));
            final int from = LEAST_CHUNK - 7;
            assertThat(log.spilled(from, 3 * LEAST_CHUNK, file))
                    .isEqualTo(Arrays.copyOfRange(bytes, from, from + 3 * LEAST_CHUNK));
        }
    }

    private static ByteLog frozenAndThawed(final ByteLog log, final StateBuffer state, final SpillFile file) {
        state.clear();
        log.freeze(state, file);
        final ByteBuffer written = state.written();
        final byte[] copy = new byte[written.remaining()];
        written.get(copy);
        state.toFill(copy.length).put(copy);
        state.flip();
        return ByteLog.thaw(state);
    }
}
