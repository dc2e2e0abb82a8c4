package io.tcpreplayj.intercept.feed;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where replayers come in. It is opened before anything is swallowed: an address that is taken must end an intercept before
 * another one's guard hands its connections over to it.
 */
public final class FeedListener implements AutoCloseable {
    /** S_IFMT and S_IFSOCK (inode(7)). */
    private static final int FILE_TYPE = 0170000;

    private static final int SOCKET = 0140000;

    private final FeedAddress asked;
    private final ServerSocketChannel channel;
    /** Device and inode of a UNIX socket's file. The inode is not used again as long as we hold the socket. */
    private final @Nullable Object file;

    private FeedListener(final FeedAddress asked, final ServerSocketChannel channel) throws IOException {
        this.asked = asked;
        this.channel = channel;
        this.file = asked.socket() instanceof UnixDomainSocketAddress unix ? key(unix.getPath()) : null;
    }

    /** @throws IOException when the address is taken, or others could come in and there are no keys */
    public static FeedListener open(final FeedAddress address, final @Nullable FeedKeys keys) throws IOException {
        if (keys == null && !address.isLocal()) {
            throw new IOException("others can reach " + address + ", so it needs keys");
        }
        final ServerSocketChannel channel =
                address.isUnix() ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
        boolean done = false;
        try {
            bind(channel, address);
            final FeedListener listener = new FeedListener(address, channel);
            done = true;
            return listener;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    private static void bind(final ServerSocketChannel listener, final FeedAddress address) throws IOException {
        if (!(address.socket() instanceof UnixDomainSocketAddress unix)) {
            listener.bind(address.socket());
            return;
        }
        final Path file = unix.getPath();
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            removeAbandoned(file, unix);
        }
        listener.bind(unix);
        // connect(2) needs the right to write: nobody's but the owner's (unix(7)).
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** Who was killed leaves its socket in the file system, where nobody listens any more. */
    private static void removeAbandoned(final Path file, final UnixDomainSocketAddress unix) throws IOException {
        final int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & FILE_TYPE) != SOCKET) {
            throw new FileAlreadyExistsException(file.toString(), null, "is no socket");
        }
        try (SocketChannel somebody = SocketChannel.open(unix)) {
            throw new IOException(file + ": somebody listens there, at " + somebody.getRemoteAddress());
        } catch (final ConnectException e) {
            Files.delete(file);
        }
    }

    private static @Nullable Object key(final Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    boolean isUnix() {
        return asked.isUnix();
    }

    /** Waits for the next one. */
    SocketChannel accept() throws IOException {
        return channel.accept();
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    FeedAddress address() throws IOException {
        return new FeedAddress(channel.getLocalAddress());
    }

    /** Removes a socket from the file system, too, as long as that keeps others from the path. */
    @Override
    public void close() {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            if (asked.socket() instanceof UnixDomainSocketAddress unix && Objects.equals(key(unix.getPath()), file)) {
                Files.delete(unix.getPath());
            }
        } catch (final IOException e) {
            // The file is gone, or it stays, and who listens there next removes it.
            return;
        }
    }
}
