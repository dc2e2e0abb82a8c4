package io.tcpreplayj.replay.script;

/**
 * Where one session stands in its script: which client bytes may leave now, given what the server has answered and how
 * late it is. Knows nothing of TCP, so kernel sockets and the engine in {@code .replay.tcp} are driven by the same
 * rules. Sans I/O, sans clock.
 *
 * <p>The gate rule (hybrid): a row is released when at least its gate's bytes came and the last segment had PSH or it was
 * quiet for max(RTT, 5 ms); or on the server's FIN; or when at least one new byte came and it was quiet for max(1 s,
 * 4 RTT); or after the response timeout. Then its think time begins.
 */
public final class ScriptCursor {
    public ScriptCursor(final FlowScript script, final Pace pace, final ScriptListener listener) {}

    /** The connection stands; {@code dueNs} is when, by the plan, it should have stood: the first gate counts from there. */
    public void onEstablished(final long dueNs, final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** In-order bytes of the server's stream received so far, in all; {@code pushed}: the latest segment had PSH. */
    public void onServerBytes(final long totalBytes, final boolean pushed, final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The server closed its side, after all its bytes. */
    public void onServerFin(final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The smoothed round trip as the transport measures it. */
    public void onRoundTrip(final long rttNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Client bytes up to (excluding) this stream offset left for the first time. */
    public void onClientBytesSent(final long totalBytes, final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Lets time pass: releases what is due. */
    public void advance(final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Client bytes that may be sent by now, counted from the stream's start. */
    public long releasedBytes() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Stream offset where the captured segment that holds {@code offset} ends: where a re-cut segment should end too. */
    public long segmentEnd(final long offset) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Whether the captured segment that ends at {@code endOffset} had PSH set. */
    public boolean pushAt(final long endOffset) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** All client bytes are released and the client's FIN is due (or it never sent one and the script is over). */
    public boolean finReleased() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The captured client's RST is due. */
    public boolean resetReleased() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The response timeout passed at least once: the session is diverged. */
    public boolean diverged() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** When {@link #advance} must be called next, or {@link Long#MAX_VALUE}. */
    public long nextDeadlineNs() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The session is over, orderly or not: ends the open exchange. */
    public void onEnd(final long nowNs) {
        throw new UnsupportedOperationException("not built yet");
    }
}
