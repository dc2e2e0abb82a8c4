package io.tcpreplayj.intercept.relay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Where a spool's bytes lie, from 0 to its capacity. */
interface SpoolStore extends AutoCloseable {
    long capacity();

    /** Writes all of {@code from} at {@code position}. */
    void write(long position, ByteBuffer from) throws IOException;

    /** Fills {@code into} from {@code position} on. */
    void read(long position, ByteBuffer into) throws IOException;

    @Override
    void close();

    /** In memory. */
    static SpoolStore memory(final int bytes) {
        final ByteBuffer memory = ByteBuffer.allocateDirect(bytes);
        return new SpoolStore() {
            @Override
            public long capacity() {
                return bytes;
            }

            @Override
            public void write(final long position, final ByteBuffer from) {
                memory.put((int) position, from, from.position(), from.remaining());
                from.position(from.limit());
            }

            @Override
            public void read(final long position, final ByteBuffer into) {
                into.put(into.position(), memory, (int) position, into.remaining());
                into.position(into.limit());
            }

            @Override
            public void close() {}
        };
    }

    /**
     * In a file of that directory, which has no name from the start: it holds what clients said, and is gone with the
     * process.
     */
    static SpoolStore file(final Path directory, final long bytes) throws IOException {
        final Path file = Files.createTempFile(
                directory,
                "tcpreplay-j",
                ".spool",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        final FileChannel channel;
        try {
            channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        } finally {
            Files.delete(file);
        }
        return new SpoolStore() {
            @Override
            public long capacity() {
                return bytes;
            }

            @Override
            public void write(final long position, final ByteBuffer from) throws IOException {
                long at = position;
                while (from.hasRemaining()) {
                    at += channel.write(from, at);
                }
            }

            @Override
            public void read(final long position, final ByteBuffer into) throws IOException {
                long at = position;
                while (into.hasRemaining()) {
                    final int length = channel.read(into, at);
                    if (length < 0) {
                        throw new IOException("the spool ends at " + at);
                    }
                    at += length;
                }
            }

            @Override
            public void close() {
                try {
                    channel.close();
                } catch (final IOException e) {
                    // It has no name, so it is gone either way.
                    return;
                }
            }
        };
    }
}
