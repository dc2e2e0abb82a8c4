package io.tcpreplayj.replay.tcp;

/** How a session ended: every session ends in exactly one of these (TF-49). */
public enum Outcome {
    /** All client bytes acknowledged, all answers came, closed as captured. */
    COMPLETED("completed"),
    /**
     * As completed, but an answer was shorter, longer or absent and a timeout had to release a request; or more than one
     * connection was needed, as the rules allow, and what they give up was given up.
     */
    COMPLETED_DIVERGED("completed-diverged"),
    /** No SYN+ACK after all retries. */
    SYN_TIMEOUT("syn-timeout"),
    /** Data was not acknowledged for too long, or the target was given up because it said nothing any more to anybody. */
    TIMEOUT("timeout"),
    /** The target answered the SYN with RST. */
    REFUSED("refused"),
    /** This host would not send the SYN, or the network sent it back: no route, no neighbour, forbidden. */
    UNREACHABLE("unreachable"),
    /** The target reset the connection before the script's end. */
    RESET_BY_TARGET("reset-by-target"),
    /** The target closed, and would not take the rest of the client's bytes, or by the rules was not asked to. */
    ABORTED_EARLY_FIN("aborted-early-fin"),
    /** We were told to stop. */
    INTERRUPTED("interrupted"),
    /** The flow was being captured meanwhile, and what is left of it will never come. */
    CAPTURE_LOST("capture-lost"),
    /** It never came to its turn: the run was stopped before. */
    NOT_STARTED("not-started"),
    /** It could have begun, and by the rules too late to be of use. */
    LATE("late");

    private final String label;

    Outcome(final String label) {
        this.label = label;
    }

    /** The word in reports and JSON. */
    public String label() {
        return label;
    }

    /** Whether the flow counts as replayed. */
    public boolean completed() {
        return this == COMPLETED || this == COMPLETED_DIVERGED;
    }
}
