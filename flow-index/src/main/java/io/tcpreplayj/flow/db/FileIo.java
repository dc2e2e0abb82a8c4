package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Whole reads and writes at a position, which a channel does not promise, and the durability of a folder's names. */
final class FileIo {
    /** Captures hold secrets: mode 0600 from the first moment on, not by a later chmod. */
    static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private FileIo() {}

    /** Fills {@code target} from {@code position} on and flips it; returns how many bytes there were before the end. */
    static int readFully(final FileChannel channel, final ByteBuffer target, final long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            final int read = channel.read(target, at);
            if (read < 0) {
                break;
            }
            at += read;
        }
        target.flip();
        return target.limit();
    }

    static void writeFully(final FileChannel channel, final ByteBuffer source, final long position) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
    }

    /**
     * What went wrong while a file was written: the JDK's message is the bare strerror(3).
     *
     * @param bytes at least so many had to be written
     */
    static IOException writing(final Path file, final IOException cause, final long bytes, final long from) {
        return new IOException(
                file + ": " + cause.getMessage() + ", writing at least " + bytes + " bytes from byte " + from + " on",
                cause);
    }

    /**
     * Whether there is such a file; {@link Files#exists} also says no when it could not be told.
     *
     * @throws IOException when it cannot be told
     */
    static boolean exists(final Path file) throws IOException {
        try {
            Files.readAttributes(file, BasicFileAttributes.class);
            return true;
        } catch (final NoSuchFileException e) {
            return false;
        }
    }

    /** A rename is durable only once the folder itself was synced (fsync(2)). */
    static void syncFolderOf(final Path file) throws IOException {
        try (FileChannel folder = FileChannel.open(folderOf(file), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    static Path folderOf(final Path file) {
        final Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file.toAbsolutePath() : folder;
    }
}
