package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.ScriptNeeds;

/**
 * Which session an agent starts next: those of a plan that stands, or those of flows that are being captured meanwhile.
 * Sessions have numbers from 0 to {@link #capacity()} - 1. On the agent's thread.
 */
public interface SessionSource {
    /** RFC 9293 3.4.2 asks for 2 MSL; Linux takes 60 s for it. */
    long TIME_WAIT_NS = 60_000_000_000L;

    /** Is told what became of the scripts of sessions, whether or not they have started. */
    interface Listener {
        /** The session's script has grown, or is whole now. */
        void onGrown(int index);

        /** What the session's script lacks will never come. */
        void onLost(int index);

        /** Asks what of its script the session may still look at. */
        default void needs(final int index, final ScriptNeeds needs) {
            needs.everything();
        }
    }

    /** Numbers of sessions that are there at the same time, at most. */
    int capacity();

    /** When a session may be ready next, or {@link Long#MAX_VALUE}; 0 when one is. */
    long nextStartNs();

    /** Counts as started, and returns, the next session that may start now; -1 when none may. */
    int pollReady(long nowNs);

    /**
     * Counts as ended, and returns, the next session if it is too late to start; -1 when it is not. To be asked before each
     * {@link #pollReady}: who had to wait for another one stands behind younger ones.
     */
    default int pollLate(final long nowNs) {
        return -1;
    }

    /** The session returned last could not be started for want of resources: first again when another one has ended. */
    void putBack(int index);

    /** As {@link #putBack(int)}, and worth another try at {@code untilNs} even if no other one ends before. */
    void putBack(int index, long untilNs);

    /** When the session's SYN was due. */
    long dueNs(int index, long nowNs);

    /** The kernel has chosen {@code local} for the session; told more than once. */
    default void connected(final int index, final Endpoint local) {}

    /** The session's connection opens with this initial sequence number, where it is ours to choose. */
    default void opens(final int index, final int iss) {}

    void ended(int index, long nowNs);

    /** Counts as ended, and returns, a session that was never started; -1 when there is none left. No more will start. */
    int pollNeverStarted();

    /** Sessions that have started and not ended. */
    int open();

    /** Every session there is or will be has ended. */
    boolean done();

    /**
     * Takes what was captured meanwhile.
     *
     * @return how much that was
     */
    default int poll(final Listener listener, final long nowNs) {
        return 0;
    }

    /** Whether there will be sessions later, whatever has become of those that are there now. */
    default boolean isEndless() {
        return false;
    }

    /** How long an agent may wait before it asks again what was captured. */
    default long patienceNs() {
        return Long.MAX_VALUE;
    }

    /** How long a session is kept that has ended, for segments that come late. */
    default long lingerNs() {
        return TIME_WAIT_NS;
    }

    /** Nothing is kept of an ended session any more: another one may have its number. */
    default void forgotten(final int index) {}
}
