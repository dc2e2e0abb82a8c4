package io.tcpreplayj.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Off-heap bytes whose address the kernel may be told: in the machine's byte order, zeroed, freed by the collector. */
final class NativeMemory {
    private final ByteBuffer buffer;
    private final long address;

    private NativeMemory(final ByteBuffer buffer) {
        this.buffer = buffer;
        this.address = addressOf(buffer);
    }

    static NativeMemory allocate(final int bytes) {
        return new NativeMemory(ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()));
    }

    /** A string as C wants it, closed by a zero byte. */
    static NativeMemory cString(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        final NativeMemory memory = allocate(bytes.length + 1);
        memory.buffer.put(0, bytes);
        return memory;
    }

    /** Memory of somebody else, which is there for as long as he says. Allocates: for set-up only. */
    static ByteBuffer at(final long address, final int bytes) {
        return new Pointer(address).getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    /** Where index 0 of a direct buffer stands. Allocates: for set-up only. */
    static long addressOf(final ByteBuffer direct) {
        return Pointer.nativeValue(
                Native.getDirectBufferPointer(direct.duplicate().clear()));
    }

    ByteBuffer buffer() {
        return buffer;
    }

    long address() {
        return address;
    }
}
