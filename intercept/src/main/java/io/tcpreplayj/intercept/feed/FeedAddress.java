package io.tcpreplayj.intercept.feed;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * Where an intercept listens: a TCP port, or a socket in the file system for replayers of the same machine.
 *
 * @param socket of either family
 */
public record FeedAddress(SocketAddress socket) {
    /** The port of an address that names none. */
    public static final int DEFAULT_PORT = 36524;

    private static final String UNIX = "unix:";

    public static FeedAddress unix(final Path path) {
        return new FeedAddress(UnixDomainSocketAddress.of(path));
    }

    public static FeedAddress tcp(final InetAddress address, final int port) {
        return new FeedAddress(new InetSocketAddress(address, port));
    }

    /** A port of every address of this machine, of both families where it has them. */
    public static FeedAddress anyAddress(final int port) {
        return new FeedAddress(new InetSocketAddress(port));
    }

    boolean isUnix() {
        return socket instanceof UnixDomainSocketAddress;
    }

    /** Nobody but this machine can come in: without TLS, too. */
    public boolean isLocal() {
        return !(socket instanceof InetSocketAddress tcp) || tcp.getAddress().isLoopbackAddress();
    }

    @Override
    public String toString() {
        if (socket instanceof InetSocketAddress tcp) {
            final String host = tcp.getAddress().getHostAddress();
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + tcp.getPort();
        }
        return UNIX + socket;
    }
}
