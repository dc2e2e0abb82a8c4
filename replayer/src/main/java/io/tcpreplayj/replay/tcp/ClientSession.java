package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.ScriptCursor;
import org.jspecify.annotations.Nullable;

/**
 * One live replay of a flow: a user-space TCP client without I/O, clock or threads. The agent feeds it segments and time,
 * and {@link #poll}s it for what is to be sent.
 */
public final class ClientSession {
    /**
     * @param local this session's own address and port
     * @param target where it connects to
     * @param responseBytes sees the server's stream, or null
     */
    public ClientSession(
            final FlowScript script,
            final ScriptCursor cursor,
            final TcpConfig config,
            final Endpoint local,
            final Endpoint target,
            final @Nullable ResponseBytes responseBytes) {}

    public Endpoint local() {
        throw new UnsupportedOperationException("not built yet");
    }

    public Endpoint target() {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Begins the handshake: the SYN leaves with the next {@link #poll}.
     *
     * @param iss initial send sequence number, see RFC 6528
     * @param tsOffset added to the millisecond clock to make TSval
     * @param dueNs when, by the plan, the SYN should leave
     */
    public void connect(final int iss, final int tsOffset, final long dueNs, final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** One segment from the target to {@link #local()}. */
    public void onSegment(final PacketView segment, final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** To be called when {@link #nextDeadlineNs()} has passed; harmless at any other time. */
    public void onTimer(final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Offers every segment that may leave now.
     *
     * @return segments that the sink took
     */
    public int poll(final SegmentSink sink, final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** When {@link #onTimer} must be called next, ns, or {@link Long#MAX_VALUE}. */
    public long nextDeadlineNs() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Ends the session now: a RST leaves with the next {@link #poll} if the target knows of us; outcome INTERRUPTED. */
    public void abort(final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    public SessionState state() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Null while the session runs; it is over when this is set and {@link #poll} has nothing left. TIME_WAIT is over. */
    public @Nullable Outcome outcome() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Client bytes that the target acknowledged. */
    public long ackedBytes() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** In-order bytes of the server's stream. */
    public long receivedBytes() {
        throw new UnsupportedOperationException("not built yet");
    }

    public long retransmittedBytes() {
        throw new UnsupportedOperationException("not built yet");
    }

    public int retransmits() {
        throw new UnsupportedOperationException("not built yet");
    }
}
