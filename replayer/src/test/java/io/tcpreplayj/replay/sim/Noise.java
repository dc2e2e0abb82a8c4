package io.tcpreplayj.replay.sim;

import java.nio.ByteBuffer;

/**
 * Bytes that repeat nowhere near: every stream of a simulation is a piece of them, so any byte that arrives can be checked
 * against its position and none needs to be kept.
 */
final class Noise {
    static final int SIZE = 1 << 21;
    private static final ByteBuffer BUFFER = ByteBuffer.wrap(bytes()).asReadOnlyBuffer();

    private Noise() {}

    private static byte[] bytes() {
        final Seeded random = new Seeded(20261127);
        final byte[] bytes = new byte[SIZE];
        for (int i = 0; i < SIZE; i += 8) {
            final long value = random.next();
            for (int k = 0; k < 8; k++) {
                bytes[i + k] = (byte) (value >> (8 * k));
            }
        }
        return bytes;
    }

    static ByteBuffer slice(final int from, final int length) {
        return BUFFER.slice(from, length);
    }

    static ByteBuffer buffer() {
        return BUFFER;
    }

    /** Whether {@code length} bytes at {@code offset} are those from {@code from} on. */
    static boolean matches(final int from, final ByteBuffer other, final int offset, final int length) {
        return BUFFER.slice(from, length).mismatch(other.slice(offset, length)) < 0;
    }
}
