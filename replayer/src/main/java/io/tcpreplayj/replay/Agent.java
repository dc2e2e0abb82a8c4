package io.tcpreplayj.replay;

import java.io.IOException;

/** Drives all sessions of a run by one transport: one thread, one duty cycle. */
public interface Agent extends AutoCloseable {
    /**
     * One duty cycle: waits for the network or the next due time, but at most {@code maxWaitNs}, then does what is due.
     *
     * @throws UserException when the environment lets nothing through
     */
    void work(long maxWaitNs) throws IOException;

    /** Whether every session ended. */
    boolean done();

    int openSessions();

    /** Starts no more sessions; those never started end as NOT_STARTED. Those open go on. */
    void drain();

    /** Resets all open sessions; they end as INTERRUPTED. */
    void abort() throws IOException;

    /** Ends all open sessions as INTERRUPTED without sending anything: the way to the target is broken. */
    void giveUp();

    /** Whether the target ever answered anything, a refusal included. */
    boolean heardAnything();

    /** A number that grows whenever the target is heard of; -1 where nobody counts. */
    default long timesHeard() {
        return -1;
    }

    /**
     * A number that grows whenever any session gets on: it was connected, something new was acknowledged or came, or it ended. -1
     * where nobody counts.
     */
    default long progress() {
        return -1;
    }

    /** Whether nothing can leave now, or nothing be heard, for which no target is to blame. */
    default boolean isCutOff() {
        return false;
    }

    /** Whether the target is to say something to any open session: acknowledge, or answer. */
    default boolean isOwed() {
        return openSessions() > 0;
    }

    /** What crossed the wire; zeros where the kernel does not tell. */
    ReplayResult.Packets packets();

    /** Why the kernel refused the last packet that it refused, as "EMSGSIZE"; empty where none was, or it is not told. */
    default String lastRefusal() {
        return "";
    }

    @Override
    void close() throws IOException;
}
