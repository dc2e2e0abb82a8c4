package io.tcpreplayj.intercept.feed;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.HexFormat;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the feed, bytes in and bytes out, whatever carries them: TLS over TCP, TCP, or a UNIX socket. Closing it
 * from another thread ends whoever waits in it.
 */
public final class FeedSocket implements AutoCloseable {
    /** A connection that nothing comes back on for so long is not being made. */
    private static final int CONNECT_MS = 3_000;

    private static final int V4_BYTES = 4;
    private static final int V6_NETWORK_BYTES = 8;

    private final SocketChannel channel;
    private final @Nullable SSLSocket tls;
    private final String peer;

    private FeedSocket(final SocketChannel channel, final @Nullable SSLSocket tls) throws IOException {
        this.channel = channel;
        this.tls = tls;
        this.peer = peer(channel);
    }

    /** Who is at the other end, as far as the door counts: an IPv4 address, or the /64 of an IPv6 one. */
    static String peer(final SocketChannel channel) throws IOException {
        if (!(channel.getRemoteAddress() instanceof InetSocketAddress tcp)) {
            return "this machine";
        }
        final byte[] address = tcp.getAddress().getAddress();
        return address.length == V4_BYTES
                ? tcp.getAddress().getHostAddress()
                : HexFormat.of().formatHex(address, 0, V6_NETWORK_BYTES);
    }

    /** The listener's side of a connection that was taken; TLS begins with {@link #handshake}. */
    static FeedSocket accepted(final SocketChannel channel, final @Nullable FeedKeys keys) throws IOException {
        if (keys == null) {
            return new FeedSocket(channel, null);
        }
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        final SSLSocket tls = layer(channel.socket(), keys);
        tls.setUseClientMode(false);
        tls.setNeedClientAuth(true);
        return new FeedSocket(channel, tls);
    }

    /** The replayer's side; returns when the connection is made, for TLS before the {@link #handshake}. */
    public static FeedSocket connect(final FeedAddress address, final @Nullable FeedKeys keys) throws IOException {
        final SocketChannel channel = address.isUnix() ? SocketChannel.open(address.socket()) : SocketChannel.open();
        boolean done = false;
        try {
            if (!address.isUnix()) {
                channel.socket().connect(address.socket(), CONNECT_MS);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            SSLSocket tls = null;
            if (keys != null && !address.isUnix()) {
                tls = layer(channel.socket(), keys);
                tls.setUseClientMode(true);
            }
            final FeedSocket socket = new FeedSocket(channel, tls);
            done = true;
            return socket;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    private static SSLSocket layer(final Socket plain, final FeedKeys keys) throws IOException {
        final SSLSocket tls = (SSLSocket) keys.context()
                .getSocketFactory()
                .createSocket(plain, plain.getInetAddress().getHostAddress(), plain.getPort(), true);
        tls.setEnabledProtocols(new String[] {"TLSv1.3"});
        return tls;
    }

    /** Proves to each other who is who, where there is TLS. */
    public void handshake() throws IOException {
        if (tls != null) {
            tls.startHandshake();
        }
    }

    public InputStream in() throws IOException {
        return tls == null ? new ChannelInput(channel) : tls.getInputStream();
    }

    public OutputStream out() throws IOException {
        return tls == null ? new ChannelOutput(channel) : tls.getOutputStream();
    }

    /** As {@link #peer(SocketChannel)} says. */
    public String peer() {
        return peer;
    }

    /** Without TLS's farewell: that would wait for a peer who does not read. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (final IOException e) {
            // A descriptor is free after close(2), whatever it returned.
            return;
        }
    }

    /** {@code Channels.newInputStream} of JDK 17 holds a lock while it waits that a writer needs (JDK-8279339). */
    private static final class ChannelInput extends InputStream {
        private final SocketChannel channel;
        private final byte[] single = new byte[1];

        ChannelInput(final SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(final byte[] into, final int offset, final int length) throws IOException {
            return channel.read(ByteBuffer.wrap(into, offset, length));
        }
    }

    /** The other direction of {@link ChannelInput}. */
    private static final class ChannelOutput extends OutputStream {
        private final SocketChannel channel;

        ChannelOutput(final SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(final int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(final byte[] from, final int offset, final int length) throws IOException {
            final ByteBuffer rest = ByteBuffer.wrap(from, offset, length);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }
    }
}
