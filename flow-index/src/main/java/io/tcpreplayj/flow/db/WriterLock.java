package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;

/**
 * One writer at a time, by a lock on a file beside the database ({@code x.tfdb.lock}): not on the database itself,
 * because a POSIX lock is gone as soon as the process closes <em>any</em> descriptor of the locked file (fcntl(2)), a
 * reader's for example. The kernel drops the lock of a dead process; the file that it left behind is taken over.
 */
final class WriterLock implements AutoCloseable {
    private static final int ATTEMPTS = 100;
    private static final int MAX_HOLDER_BYTES = 32;
    private static final int MAX_PADDING = 1 << 20;

    /** Locks of this process: a second descriptor must not even be opened, closing it would drop the first's lock. */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path path;
    private final FileChannel channel;

    private WriterLock(final Path path, final FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** @throws FlowDbLockedException when another writer, here or in another process, has it */
    static WriterLock acquire(final Path database) throws IOException {
        final Path folder = FileIo.folderOf(database).toRealPath();
        final Path path = folder.resolve(database.getFileName() + ".lock");
        synchronized (HELD) {
            if (!HELD.add(path)) {
                throw new FlowDbLockedException(database, "this process");
            }
        }
        boolean locked = false;
        try {
            final WriterLock lock = lock(database, path);
            locked = true;
            return lock;
        } finally {
            if (!locked) {
                forget(path);
            }
        }
    }

    private static WriterLock lock(final Path database, final Path path) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            final FileChannel channel = FileChannel.open(
                    path,
                    Set.of(
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            LinkOption.NOFOLLOW_LINKS),
                    FileIo.OWNER_ONLY);
            boolean keep = false;
            try {
                final FileLock lock = channel.tryLock();
                if (lock == null) {
                    throw new FlowDbLockedException(database, holder(channel));
                }
                keep = isStillThere(path, channel);
                if (keep) {
                    return new WriterLock(path, channel);
                }
            } finally {
                if (!keep) {
                    channel.close();
                }
            }
        }
        throw new FlowDbLockedException(database, "its lock file comes and goes");
    }

    /**
     * Its holder may have removed the file between our open and our lock: then we hold a lock that nobody else sees. A
     * random length tells whether the name still leads to our file; reading it by name would need a second descriptor.
     */
    private static boolean isStillThere(final Path path, final FileChannel channel) throws IOException {
        final byte[] holder = ("pid " + ProcessHandle.current().pid() + ' ').getBytes(StandardCharsets.US_ASCII);
        final int length = MAX_HOLDER_BYTES + new SecureRandom().nextInt(MAX_PADDING);
        try {
            channel.truncate(0);
            FileIo.writeFully(channel, ByteBuffer.wrap(holder), 0);
            FileIo.writeFully(channel, ByteBuffer.allocate(1), length - 1);
        } catch (final IOException e) {
            throw FileIo.writing(path, e, holder.length + 1, 0);
        }
        try {
            return Files.size(path) == length;
        } catch (final NoSuchFileException e) {
            return false;
        }
    }

    private static String holder(final FileChannel channel) throws IOException {
        final ByteBuffer text = ByteBuffer.allocate(MAX_HOLDER_BYTES);
        FileIo.readFully(channel, text, 0);
        final String[] words = StandardCharsets.US_ASCII.decode(text).toString().split(" ", 3);
        return words.length < 2 ? "another process" : words[0] + ' ' + words[1];
    }

    private static void forget(final Path path) {
        synchronized (HELD) {
            HELD.remove(path);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            // While the lock is still held: who opened the file before this line finds out in isStillThere().
            Files.deleteIfExists(path);
        } finally {
            channel.close();
            forget(path);
        }
    }
}
