package io.tcpreplayj.linux;

import java.nio.charset.StandardCharsets;

/**
 * A name that is taken in this network namespace as long as somebody holds it, and no longer: an abstract UNIX address
 * (unix(7)). Others see it in {@code /proc/net/unix}, behind an {@code @}. Needs no privilege.
 */
public final class AbstractName implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    /** sun_family, and the zero that begins an abstract sun_path. */
    private static final int HEADER_BYTES = 3;

    private final Descriptor socket;

    private AbstractName(final Descriptor socket) {
        this.socket = socket;
    }

    /** @throws LinuxException EADDRINUSE when somebody else holds it */
    public static AbstractName take(final String name) throws LinuxException {
        final byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        final NativeMemory address = NativeMemory.allocate(HEADER_BYTES + bytes.length);
        address.buffer().putShort(0, (short) AF_UNIX).put(HEADER_BYTES, bytes);
        final Descriptor socket = Descriptor.socket(AF_UNIX, SOCK_DGRAM, 0);
        boolean done = false;
        try {
            socket.bind(address, HEADER_BYTES + bytes.length, "@" + name);
            done = true;
            return new AbstractName(socket);
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /** Gives it back. */
    @Override
    public void close() {
        socket.close();
    }
}
