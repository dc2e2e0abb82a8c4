package io.tcpreplayj.flow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Room on disk for flows that memory has none for. The file has no name from its first moment on, so that nobody finds
 * what a capture holds, and it is gone with the process however that ends. Made with the first byte.
 */
final class SpillFile implements AutoCloseable {
    private static final int COPY_BYTES = 256 << 10;

    private final Path folder;
    private final @Nullable SpillCipher cipher;
    private @Nullable FileChannel channel;
    private long end;

    SpillFile(final Path folder) {
        this(folder, null);
    }

    /** @param cipher what keeps the file unreadable to others, or null */
    SpillFile(final Path folder, final @Nullable SpillCipher cipher) {
        this.folder = folder;
        this.cipher = cipher;
    }

    /** Whether what is written here is enciphered; {@link #map} shows it as it lies there. */
    boolean isSealed() {
        return cipher != null;
    }

    /** Enciphers or deciphers position to limit, in place, for the place {@code at}; see {@link SpillCipher#apply}. */
    void seal(final long generation, final long at, final ByteBuffer bytes) {
        if (cipher != null) {
            cipher.apply(generation, at, bytes);
        }
    }

    /**
     * Keeps position to limit of {@code bytes} and consumes them.
     *
     * @return where {@link #read} finds them
     * @throws UncheckedIOException when the disk is full
     */
    long append(final ByteBuffer bytes) {
        final long at = end;
        write(at, bytes);
        return at;
    }

    /** Writes to where room was {@link #reserve}d, once, or appends. */
    void write(final long at, final ByteBuffer bytes) {
        if (cipher == null) {
            writeRaw(at, bytes);
            return;
        }
        final ByteBuffer piece = ByteBuffer.allocate(Math.min(bytes.remaining(), COPY_BYTES));
        for (long to = at; bytes.hasRemaining(); to += piece.limit()) {
            piece.clear().limit(Math.min(piece.capacity(), bytes.remaining()));
            piece.put(0, bytes, bytes.position(), piece.limit());
            bytes.position(bytes.position() + piece.limit());
            cipher.apply(0, to, piece);
            writeRaw(to, piece.duplicate());
        }
    }

    /** Writes over what lies at {@code at}, or appends there; nothing is enciphered. */
    void writeRaw(final long at, final ByteBuffer bytes) {
        try {
            long position = at;
            while (bytes.hasRemaining()) {
                position += channel().write(bytes, position);
            }
            end = Math.max(end, position);
        } catch (final IOException e) {
            throw failed("written", e);
        }
    }

    /** Sets aside {@code bytes} bytes that are written later. */
    long reserve(final int bytes) {
        final long at = end;
        end += bytes;
        return at;
    }

    /** Fills {@code target} up to its limit. */
    void read(final long at, final ByteBuffer target) {
        final int from = target.position();
        readRaw(at, target);
        if (cipher != null) {
            cipher.apply(0, at, target.duplicate().position(from));
        }
    }

    /** The same with what lies there. */
    void readRaw(final long at, final ByteBuffer target) {
        try {
            long position = at;
            while (target.hasRemaining()) {
                final int read = channel().read(target, position);
                if (read < 0) {
                    throw new IOException("it ends at " + position);
                }
                position += read;
            }
        } catch (final IOException e) {
            throw failed("read", e);
        }
    }

    /** Copies {@code length} bytes to where room was {@link #reserve}d. */
    void copy(final long from, final long to, final long length) {
        final ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(length, COPY_BYTES));
        for (long done = 0; done < length; done += piece.limit()) {
            read(from + done, piece.clear().limit((int) Math.min(piece.capacity(), length - done)));
            write(to + done, piece.flip());
        }
    }

    /** A view of what lies at {@code at}, read-only; stays valid while it is reachable. */
    ByteBuffer map(final long at, final int length) {
        try {
            return channel().map(FileChannel.MapMode.READ_ONLY, at, length);
        } catch (final IOException e) {
            throw failed("mapped", e);
        }
    }

    private FileChannel channel() throws IOException {
        FileChannel open = channel;
        if (open == null) {
            final FileAttribute<?> ownerOnly =
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            final Path file = Files.createTempFile(folder, ".tcpreplay-j-", ".spill", ownerOnly);
            try {
                open = FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
            } finally {
                Files.delete(file);
            }
            channel = open;
        }
        return open;
    }

    private UncheckedIOException failed(final String what, final IOException cause) {
        return new UncheckedIOException(new IOException(
                folder + ": flows that do not fit into memory cannot be " + what + " there: " + cause.getMessage(),
                cause));
    }

    @Override
    public void close() throws IOException {
        final FileChannel open = channel;
        if (open != null) {
            channel = null;
            open.close();
        }
    }
}
