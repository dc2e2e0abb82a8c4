package io.tcpreplayj.pcap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Where a capture is written to: a channel with a buffer before it, big-endian. */
final class PacketOutput implements AutoCloseable {
    private static final int BUFFER_LENGTH = 1 << 18;

    /** Captures hold secrets: nobody but their owner reads them. */
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY = PosixFilePermissions.asFileAttribute(
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));

    private final WritableByteChannel channel;
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_LENGTH);

    PacketOutput(final WritableByteChannel channel) {
        this.channel = channel;
    }

    /** Creates {@code path} with mode 0600, or replaces what is there. */
    static PacketOutput create(final Path path) throws IOException {
        final Set<StandardOpenOption> options =
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        return new PacketOutput(FileChannel.open(path, options, OWNER_ONLY));
    }

    /**
     * The buffer with room for so many bytes at its position.
     *
     * @param length at most some hundred bytes
     * @throws UncheckedIOException when making room fails
     */
    ByteBuffer room(final int length) {
        if (out.remaining() < length) {
            try {
                flush();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return out;
    }

    /** Appends {@code length} bytes of {@code buffer} from {@code offset} on. */
    void put(final ByteBuffer buffer, final int offset, final int length) {
        int done = 0;
        while (done < length) {
            room(1);
            final int part = Math.min(out.remaining(), length - done);
            out.put(out.position(), buffer, offset + done, part).position(out.position() + part);
            done += part;
        }
    }

    /** Hands what was written so far to the operating system. */
    void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            flush();
        }
    }
}
