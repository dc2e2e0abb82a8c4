package io.tcpreplayj.replay;

/**
 * What the outside may tell a running replay, and the only state that two threads share besides a {@link ByteLimit}: a signal
 * handler asks, the agent looks once per duty cycle.
 */
final class RunControl {
    private volatile int signal;
    private volatile int requests;
    private volatile long closingPatienceNs = GuardRails.NEVER;

    /** First call: start no more sessions and drain; second call: stop now. */
    synchronized void interrupt(final int signalNumber) {
        signal = signalNumber;
        requests = requests + 1;
    }

    /** Nothing more will begin: what is open is waited for, until none of it has got any further for so long. */
    void close(final long patienceNs) {
        closingPatienceNs = patienceNs;
    }

    /** See {@link #close}; {@link GuardRails#NEVER} before. */
    long closingPatienceNs() {
        return closingPatienceNs;
    }

    boolean drainAsked() {
        return requests > 0;
    }

    boolean stopAsked() {
        return requests > 1;
    }

    /** Number of the signal, or 0. */
    int signal() {
        return signal;
    }
}
