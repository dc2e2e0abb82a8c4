package io.tcpreplayj.flow;

import java.nio.ByteBuffer;

/**
 * A flow's state on its way to a {@link SpillFile} and back: fixed-width values, read in the order in which they were
 * written. One instance is reused for every flow. Never leaves the process, so it has no version.
 */
final class StateBuffer {
    private ByteBuffer bytes = ByteBuffer.allocateDirect(4096);

    /** Begins to write. */
    void clear() {
        bytes.clear();
    }

    /** What was written so far, position to limit; valid until the next {@link #clear}. */
    ByteBuffer written() {
        return bytes.duplicate().flip();
    }

    /** The buffer, emptied, for {@code length} bytes that are to be read afterwards. */
    ByteBuffer toFill(final int length) {
        if (length > bytes.capacity()) {
            bytes = ByteBuffer.allocateDirect(length);
        }
        bytes.clear().limit(length);
        return bytes;
    }

    /** Begins to read what was filled in. */
    void flip() {
        bytes.flip();
    }

    void putLong(final long value) {
        room(Long.BYTES);
        bytes.putLong(value);
    }

    void putInt(final int value) {
        room(Integer.BYTES);
        bytes.putInt(value);
    }

    void putByte(final int value) {
        room(1);
        bytes.put((byte) value);
    }

    void putBoolean(final boolean value) {
        putByte(value ? 1 : 0);
    }

    void putBytes(final byte[] source, final int offset, final int length) {
        putInt(length);
        room(length);
        bytes.put(source, offset, length);
    }

    void putBytes(final ByteBuffer source, final int offset, final int length) {
        putInt(length);
        room(length);
        bytes.put(bytes.position(), source, offset, length).position(bytes.position() + length);
    }

    void putLongs(final long[] source, final int count) {
        putInt(count);
        room(count * Long.BYTES);
        for (int i = 0; i < count; i++) {
            bytes.putLong(source[i]);
        }
    }

    long getLong() {
        return bytes.getLong();
    }

    int getInt() {
        return bytes.getInt();
    }

    int getByte() {
        return bytes.get();
    }

    boolean getBoolean() {
        return bytes.get() != 0;
    }

    byte[] getBytes() {
        final byte[] result = new byte[bytes.getInt()];
        bytes.get(result);
        return result;
    }

    long[] getLongs() {
        final long[] result = new long[bytes.getInt()];
        for (int i = 0; i < result.length; i++) {
            result[i] = bytes.getLong();
        }
        return result;
    }

    private void room(final int more) {
        if (bytes.remaining() < more) {
            final ByteBuffer larger =
                    ByteBuffer.allocateDirect(Math.max(bytes.capacity() * 2, bytes.position() + more));
            larger.put(bytes.flip());
            bytes = larger;
        }
    }
}
