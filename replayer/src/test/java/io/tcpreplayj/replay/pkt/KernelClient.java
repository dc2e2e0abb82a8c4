package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.Scripts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/** A kernel's socket that does what the captured client did, by the same gate rule as the engine. */
final class KernelClient implements AutoCloseable {
    private final FlowScript flow;
    private final ScriptCursor cursor;
    private final SocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocate(1 << 16);
    private long connectedNs;
    private long sent;
    private long received;
    private boolean targetClosed;
    private boolean closed;

    /** Sends the SYN. */
    KernelClient(final Script script, final Endpoint target, final long nowNs) throws IOException {
        flow = CapturedFlow.of(script);
        cursor = new ScriptCursor(flow, script.settings().pace(), Scripts.DEAF);
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
        // Urgent bytes are bytes like others to the engine (RFC 6093 4).
        channel.socket().setOOBInline(true);
        channel.connect(new InetSocketAddress(target.address().toInetAddress(), target.port()));
        connectedNs = nowNs;
    }

    /** Reads what came, writes what may leave. */
    void turn(final long nowNs) {
        if (closed) {
            return;
        }
        try {
            if (channel.isConnectionPending()) {
                if (!channel.finishConnect()) {
                    return;
                }
                cursor.onRoundTrip(nowNs - connectedNs);
                cursor.onEstablished(nowNs, nowNs);
            }
            read(nowNs);
            cursor.advance(nowNs);
            write(nowNs);
        } catch (final IOException e) {
            // The target reset the connection, or refused it: what the script says of it is on the wire.
            close();
        }
    }

    private void read(final long nowNs) throws IOException {
        while (!targetClosed) {
            final int length = channel.read(input.clear());
            if (length == 0) {
                return;
            }
            if (length < 0) {
                targetClosed = true;
                cursor.onServerFin(nowNs);
                return;
            }
            for (int i = 0; i < length; i++) {
                if (input.get(i) != Stream.ofTarget(received + i)) {
                    throw new AssertionError("wrong answer byte at stream offset " + (received + i));
                }
            }
            received += length;
            cursor.onServerBytes(received, true, nowNs);
        }
    }

    private void write(final long nowNs) throws IOException {
        while (sent < cursor.releasedBytes()) {
            final int end = (int) Math.min(cursor.segmentEnd(sent), cursor.releasedBytes());
            final int length = channel.write(flow.clientBytes().slice((int) sent, end - (int) sent));
            if (length == 0) {
                return;
            }
            sent += length;
            cursor.onClientBytesSent(sent, nowNs);
        }
        if (cursor.resetReleased()) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            close();
        } else if (cursor.finReleased() && sent == flow.clientLength()) {
            channel.shutdownOutput();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            channel.close();
        } catch (final IOException e) {
            throw new AssertionError("close failed", e);
        }
    }
}
