package io.tcpreplayj.linux;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory that a socket's rings lie in, shared with the kernel until {@link #unmap}: nobody may look at it afterwards. */
final class SharedMemory {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_POPULATE = 0x8000;

    private final long address;
    private final ByteBuffer buffer;

    private SharedMemory(final long address, final int bytes) {
        this.address = address;
        this.buffer = new Pointer(address).getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    /**
     * mmap(2) of {@code bytes} from {@code offset} on; pages are made when they are touched.
     *
     * @param detail what errors call it
     */
    static SharedMemory map(final Descriptor socket, final int bytes, final long offset, final String detail)
            throws LinuxException {
        return map(socket, bytes, offset, MAP_SHARED, detail);
    }

    /** As {@link #map}, all pages made beforehand. */
    static SharedMemory mapWhole(final Descriptor socket, final int bytes, final long offset, final String detail)
            throws LinuxException {
        return map(socket, bytes, offset, MAP_SHARED | MAP_POPULATE, detail);
    }

    private static SharedMemory map(
            final Descriptor socket, final int bytes, final long offset, final int flags, final String detail)
            throws LinuxException {
        final long address = LibC.mmap(0, bytes, PROT_READ_WRITE, flags, socket.fd(), offset);
        if (address == -1) {
            throw new LinuxException("mmap", LibC.errno(), detail);
        }
        return new SharedMemory(address, bytes);
    }

    /** In the machine's byte order. */
    ByteBuffer buffer() {
        return buffer;
    }

    void unmap() {
        LibC.munmap(address, buffer.capacity());
    }
}
