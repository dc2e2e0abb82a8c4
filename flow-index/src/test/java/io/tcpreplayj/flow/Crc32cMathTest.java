package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class Crc32cMathTest {
    @Test
    void join_ofRandomParts_isTheCrcOfTheWhole() {
        final Random random = new Random(4);
        final byte[] bytes = new byte[1 << 16];
        random.nextBytes(bytes);
        for (int round = 0; round < 2_000; round++) {
            final int length = random.nextInt(random.nextBoolean() ? 40 : bytes.length) + 1;
            final int cut = random.nextInt(length + 1);
            assertThat(Crc32cMath.join(crc(bytes, 0, cut), crc(bytes, cut, length), length - cut))
                    .isEqualTo(crc(bytes, 0, length));
        }
    }

    /** Each length twice and more, as lengths come in a capture; some share a place in the table of tables. */
    @Test
    void streamDigests_ofPieces_areTheCrcOfTheWhole() {
        final Random random = new Random(5);
        final byte[] bytes = new byte[1 << 16];
        random.nextBytes(bytes);
        final StreamDigests digests = new StreamDigests();
        final int[] lengths = {0, 1, 7, 128, 135, 1448, 1448 + 128, 9000};
        for (int round = 0; round < 500; round++) {
            long digest = 0;
            int done = 0;
            for (int piece = 0; piece < 7; piece++) {
                final int length = lengths[random.nextInt(lengths.length)];
                digest = digests.join(digest, digests.of(ByteBuffer.wrap(bytes), done, length), length);
                done += length;
            }
            assertThat(digest).isEqualTo(crc(bytes, 0, done));
        }
    }

    /** Zeros have a CRC that the check's long lengths are easily told by: joining twice n is joining 2n. */
    @Test
    void join_beyond4GiB_isAssociative() {
        final long a = crc(new byte[] {1, 2, 3}, 0, 3);
        final long giB5 = zeros(5L << 30);
        final long giB10 = zeros(10L << 30);
        assertThat(Crc32cMath.join(giB5, giB5, 5L << 30)).isEqualTo(giB10);
        assertThat(Crc32cMath.join(Crc32cMath.join(a, giB5, 5L << 30), giB5, 5L << 30))
                .isEqualTo(Crc32cMath.join(a, giB10, 10L << 30));
    }

    /** By doubling, from what the JDK says of 1 MiB. */
    private static long zeros(final long length) {
        long crc = 0;
        long done = 0;
        final int mib = 1 << 20;
        final long ofMib = crc(new byte[mib], 0, mib);
        while (done < length) {
            crc = Crc32cMath.join(crc, ofMib, mib);
            done += mib;
        }
        return crc;
    }

    private static long crc(final byte[] bytes, final int from, final int to) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return crc.getValue();
    }
}
