package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class HeldSegmentsTest {
    private static final int PIECE = 8;

    /** Positions are multiples of {@link #PIECE}; a piece at position p of length n holds p, p + 1, and so on. */
    @Test
    void piecesComeOutInOrder_whereverTheyWentIn() {
        for (int seed = 0; seed < 200; seed++) {
            final Random random = new Random(seed);
            final HeldSegments held = new HeldSegments();
            final TreeMap<Long, Integer> expected = new TreeMap<>();
            final List<BorrowedBuffer> lent = new ArrayList<>();
            for (int step = 0; step < 400; step++) {
                if (random.nextInt(3) > 0) {
                    insert(
                            held,
                            expected,
                            PIECE * random.nextInt(300),
                            1 + random.nextInt(PIECE - 1),
                            step,
                            random,
                            lent);
                } else if (random.nextInt(8) == 0) {
                    giveBack(held, lent, random);
                } else if (!expected.isEmpty()) {
                    drop(held, expected, random);
                }
                assertThat(held.pieces()).isEqualTo(expected.size());
            }
            while (!expected.isEmpty()) {
                drop(held, expected, random);
            }
            assertThat(held.isEmpty()).isTrue();
            assertThat(held.heldBytes()).isZero();
        }
    }

    private static void insert(
            final HeldSegments held,
            final TreeMap<Long, Integer> expected,
            final long position,
            final int length,
            final long timeNs,
            final Random random,
            final List<BorrowedBuffer> lent) {
        final Long before = expected.floorKey(position);
        final Long after = expected.ceilingKey(position);
        if ((before != null && before + PIECE > position) || (after != null && after < position + PIECE)) {
            return;
        }
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (position + i);
        }
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        final BorrowedBuffer lender = random.nextBoolean() ? new BorrowedBuffer(buffer) : null;
        if (lender != null) {
            lent.add(lender);
        }
        held.insert(position, buffer, lender, 0, length, timeNs, position + 1, (int) position, position + 2);
        expected.put(position, length);
    }

    /** Its owner writes into it at once. */
    private static void giveBack(final HeldSegments held, final List<BorrowedBuffer> lent, final Random random) {
        if (!lent.isEmpty()) {
            final BorrowedBuffer back = lent.remove(random.nextInt(lent.size()));
            held.keep(back);
            Arrays.fill(back.bytes().array(), (byte) 99);
        }
    }

    private static void drop(final HeldSegments held, final TreeMap<Long, Integer> expected, final Random random) {
        final long position = expected.firstKey();
        final int length = expected.remove(position);
        assertThat(held.headPosition()).isEqualTo(position);
        assertThat(held.headLength()).isEqualTo(length);
        assertThat(held.headDigest()).isIn(position + 2, PacketView.NO_DIGEST);
        for (int i = 0; i < length; i++) {
            assertThat(held.headBytes().get(held.headDataAt() + i)).isEqualTo((byte) (position + i));
        }
        final int dropped = 1 + random.nextInt(length);
        held.dropFront(dropped);
        if (dropped < length) {
            expected.put(position + dropped, length - dropped);
        }
    }

    @Test
    void thePool_copiesWhatIsHeldInABuffer_whenThatIsGivenBack_orOneTooManyIsBorrowed() {
        final HeldPool pool = new HeldPool();
        final HeldSegments held = pool.take();
        final List<ByteBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            final ByteBuffer buffer = ByteBuffer.wrap(new byte[] {(byte) i});
            buffers.add(buffer);
            pool.borrow(buffer);
            assertThat(pool.lenderOf(buffer)).isNotNull();
            final int before = held.footprint();
            held.insert(i, buffer, pool.lenderOf(buffer), 0, 1, 1, 2, 3, 4);
            pool.heldGrew(held.footprint() - before);
        }
        assertThat(pool.lenderOf(buffers.get(0))).as("borrowed too long ago").isNull();
        for (final ByteBuffer buffer : buffers) {
            pool.giveBack(buffer);
            buffer.put(0, (byte) 99);
        }
        assertThat(pool.lenderOf(buffers.get(39))).isNull();
        assertThat(pool.usedBytes()).isEqualTo(held.footprint());
        for (int i = 0; i < 40; i++) {
            assertThat(held.headBytes().get(held.headDataAt())).isEqualTo((byte) i);
            held.dropFront(1);
        }
    }

    @Test
    void thePool_knowsWhatIsTaken_andKeepsLittleOfWhatCameBack() {
        final HeldPool pool = new HeldPool();
        final HeldSegments held = pool.take();
        final int before = held.footprint();
        final byte[] bytes = new byte[100_000];
        held.insert(7, ByteBuffer.wrap(bytes), null, 0, bytes.length, 1, 2, 3, 4);
        pool.heldGrew(held.footprint() - before);
        assertThat(pool.usedBytes()).isGreaterThan(bytes.length);

        final StateBuffer state = new StateBuffer();
        pool.freeze(held, state);
        assertThat(pool.usedBytes()).isZero();
        state.flip();
        final HeldSegments thawed = pool.thaw(state);
        assertThat(thawed).isNotNull();
        assertThat(thawed.headPosition()).isEqualTo(7);
        assertThat(pool.usedBytes()).isEqualTo(thawed.footprint());
        thawed.dropFront(bytes.length);
        pool.release(thawed);
        assertThat(pool.usedBytes()).isZero();
    }
}
