package io.tcpreplayj.replay.socket;

import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.Turns;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The client's bytes on their way into the kernel: what the script has released, as the limit lets and the socket takes it. */
final class ClientStream {
    private final int index;
    private final boolean v4;
    private final Script script;
    private final UrgentBytes urgent;
    private final SocketChannel channel;
    private final Turns turns;
    private ByteBuffer bytes;
    /** Where in the client's stream they begin. */
    private long bytesStart;

    private long sent;
    private boolean full;

    ClientStream(final PlannedSession plan, final SocketChannel channel, final Turns turns) {
        index = plan.index();
        v4 = plan.target().address().isV4();
        script = plan.script();
        urgent = new UrgentBytes(script.flow().events());
        this.channel = channel;
        this.turns = turns;
        bytes = script.clientBytes().duplicate();
        bytesStart = script.clientStart();
    }

    /** Bytes that the kernel took. */
    long sent() {
        return sent;
    }

    /** The socket holds all it may: the target has yet to acknowledge, or to open its window. */
    boolean isFull() {
        return full;
    }

    /** What is sent of the script is not looked at again. */
    void forgetSent() {
        urgent.from(sent);
    }

    /** Hands over what may leave by now. */
    void write(final ScriptCursor cursor, final long nowNs) throws IOException {
        full = false;
        while (sent < cursor.releasedBytes()) {
            if (!turns.admits(index, nowNs)) {
                turns.waits(index);
                return;
            }
            final long urgentAt = urgent.from(sent);
            final long end = Math.min(cursor.releasedBytes(), sent + WireBytes.atOnce(turns.limit()));
            final int n = urgentAt == sent ? writeUrgent() : writeUpTo(Math.min(urgentAt, end));
            if (n == 0) {
                full = true;
                return;
            }
            sent += n;
            turns.spent(WireBytes.ofPayload(n, v4), nowNs);
            cursor.onClientBytesSent(sent, nowNs);
        }
    }

    private int writeUpTo(final long end) throws IOException {
        final long start = script.clientStart();
        if (start != bytesStart || end - start > bytes.capacity()) {
            // The script has let go of what left, or has grown out of its buffer.
            bytesStart = start;
            bytes = script.clientBytes().duplicate();
        }
        bytes.limit((int) (end - start)).position((int) (sent - start));
        return channel.write(bytes);
    }

    private int writeUrgent() throws IOException {
        try {
            channel.socket().sendUrgentData(script.clientBytes().get((int) (sent - script.clientStart())));
            return 1;
        } catch (final IOException e) {
            // The JDK's own words for EAGAIN, in no other language (SocketAdaptor.sendUrgentData).
            if ("Socket buffer full".equals(e.getMessage())) {
                return 0;
            }
            throw e;
        }
    }
}
