package io.tcpreplayj.replay.socket;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.Turns;
import io.tcpreplayj.replay.protocol.ResponseFraming;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The target's bytes as the kernel hands them over. It shows no PSH: having read all there was stands for it. An answer of the
 * recorded length opens its gate at once; one that goes on within the think time, or whose framing is known, is waited for all
 * the same.
 */
final class ServerStream {
    private static final int READS_PER_TURN = 16;

    private final Endpoint target;
    private final SocketChannel channel;
    private final @Nullable ResponseFraming framing;
    private final @Nullable ResponseBytes responseBytes;
    private final PathLosses losses;
    private final Turns turns;
    private long received;
    private boolean ended;

    ServerStream(
            final PlannedSession plan,
            final SocketChannel channel,
            final SessionStreams streams,
            final KernelSide kernel) {
        target = plan.target();
        this.channel = channel;
        framing = streams.framing();
        responseBytes = streams.judge();
        losses = kernel.losses();
        turns = kernel.turns();
    }

    long received() {
        return received;
    }

    /** The target's FIN came. */
    boolean ended() {
        return ended;
    }

    /** Takes what there is, or as much as one turn may. */
    void read(final ByteBuffer buffer, final ScriptCursor cursor, final @Nullable Endpoint local, final long nowNs)
            throws IOException {
        losses.sample(local, target, nowNs);
        for (int i = 0; i < READS_PER_TURN; i++) {
            buffer.clear();
            final int n = channel.read(buffer);
            final boolean drained = n < buffer.capacity();
            if (n > 0) {
                received += n;
                turns.spentUnasked(WireBytes.ofAcks(n, target.address().isV4()), nowNs);
                if (framing != null) {
                    framing.onResponseBytes(buffer, 0, n, n, nowNs);
                }
                if (responseBytes != null) {
                    responseBytes.onResponseBytes(buffer, 0, n, n, nowNs);
                }
                cursor.onServerBytes(received, drained, nowNs);
            } else if (n < 0) {
                ended = true;
                cursor.onServerFin(nowNs);
            }
            if (drained) {
                return;
            }
        }
    }
}
