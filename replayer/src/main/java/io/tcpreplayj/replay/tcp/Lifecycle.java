package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.replay.script.ScriptCursor;
import org.jspecify.annotations.Nullable;

/** How far the connection is, and what became of it: each session ends once, in one named outcome. */
final class Lifecycle {
    private final ScriptCursor cursor;
    private SessionState state = SessionState.CLOSED;
    private @Nullable Outcome outcome;

    Lifecycle(final ScriptCursor cursor) {
        this.cursor = cursor;
    }

    SessionState state() {
        return state;
    }

    boolean is(final SessionState which) {
        return state == which;
    }

    @Nullable
    Outcome outcome() {
        return outcome;
    }

    /** The outcome is known. TIME-WAIT is over: nothing but answers to what comes late may leave. */
    boolean isOver() {
        return outcome != null;
    }

    void onConnect() {
        if (state != SessionState.CLOSED || outcome != null) {
            throw new IllegalStateException("connect in " + state);
        }
        state = SessionState.SYN_SENT;
    }

    void onEstablished() {
        state = SessionState.ESTABLISHED;
    }

    void onFinSent() {
        state = Transitions.finSent(state);
    }

    void onFinAcked(final long nowNs) {
        moveTo(Transitions.finAcked(state), nowNs);
    }

    void onFinReceived(final long nowNs) {
        moveTo(Transitions.finReceived(state), nowNs);
    }

    private void moveTo(final SessionState next, final long nowNs) {
        if (next == SessionState.CLOSED || next == SessionState.TIME_WAIT) {
            end(next, completed(), nowNs);
        } else {
            state = next;
        }
    }

    /** The script has nothing more to do. */
    boolean scriptOver() {
        return cursor.over();
    }

    /** All that the script wanted was done. */
    void complete(final long nowNs) {
        end(completed(), nowNs);
    }

    /** The connection is no more. */
    void end(final Outcome how, final long nowNs) {
        end(SessionState.CLOSED, how, nowNs);
    }

    private Outcome completed() {
        return cursor.diverged() ? Outcome.COMPLETED_DIVERGED : Outcome.COMPLETED;
    }

    private void end(final SessionState last, final Outcome how, final long nowNs) {
        state = last;
        outcome = how;
        cursor.onEnd(nowNs);
    }
}
