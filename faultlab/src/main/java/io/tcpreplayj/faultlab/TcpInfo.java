package io.tcpreplayj.faultlab;

import com.sun.jna.Native;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;

/**
 * What the kernel says of one of its connections (struct tcp_info of linux/tcp.h). Not through packet-io: what judges the
 * product does not use its parts.
 *
 * @param connected not reset, timed out or closed
 * @param bytesAcked of ours, by the other end
 * @param retransmits segments sent again, in all
 */
record TcpInfo(boolean connected, long bytesAcked, int retransmits) {
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final byte CLOSED = 7;
    private static final int LENGTH = 232;

    private static final class LibC {
        static {
            Native.register(LibC.class, "c");
        }

        private LibC() {}

        static native int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);
    }

    /** Needs {@code --add-opens java.base/sun.nio.ch=ALL-UNNAMED}: the JDK does not give its descriptors away. */
    static TcpInfo of(final SocketChannel channel) throws IOException {
        final ByteBuffer value = ByteBuffer.allocateDirect(LENGTH).order(ByteOrder.nativeOrder());
        final ByteBuffer length = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
        length.putInt(0, LENGTH);
        if (LibC.getsockopt(descriptor(channel), IPPROTO_TCP, TCP_INFO, value, length) != 0) {
            throw new IOException("TCP_INFO: errno " + Native.getLastError());
        }
        return new TcpInfo(value.get(0) != CLOSED, value.getLong(120), value.getInt(100));
    }

    private static int descriptor(final SocketChannel channel) throws IOException {
        try {
            final Method method = channel.getClass().getDeclaredMethod("getFDVal");
            method.setAccessible(true);
            return (int) method.invoke(channel);
        } catch (final NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new IOException("no descriptor of " + channel, e);
        }
    }
}
