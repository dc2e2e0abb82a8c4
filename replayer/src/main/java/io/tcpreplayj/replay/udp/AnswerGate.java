package io.tcpreplayj.replay.udp;

/**
 * How much is there of what the captured client had seen of the server when it sent: datagrams, or of DNS answers to queries
 * that the captured server answered, too. What was waited for in vain counts as seen; should it come after all, it does not
 * count twice.
 */
final class AnswerGate {
    /** In place of a number: which of the captured ones this is cannot be told. */
    static final long UNKNOWN = -1;

    private long came;
    private long forgiven;
    private long forgivenBelow;

    /** @param number of the captured one that this is, in the order of the capture from 0, or {@link #UNKNOWN} */
    void onAnswer(final long number) {
        came++;
        if (number != UNKNOWN && number < forgivenBelow && forgiven > 0) {
            forgiven--;
        }
    }

    /** Whether so many are there. */
    boolean isOpen(final long gate) {
        return came + forgiven >= gate;
    }

    /** Captured ones with lower numbers are not waited for any more. */
    long forgivenBelow() {
        return forgivenBelow;
    }

    /** What lacks of so many is not waited for any more. */
    void forgive(final long gate) {
        forgiven = gate - came;
        forgivenBelow = gate;
    }
}
