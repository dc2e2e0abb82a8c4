package io.tcpreplayj.replay;

/** Why a flow that could have been replayed while it was captured was not, or not to its end. Whole flows only. */
public enum LiveDrop {
    /** The replay did not keep up, and what it was told did not fit its queue. */
    QUEUE_FULL("queue-full"),
    /** As many sessions were open as may be. */
    MAX_OPEN("max-open"),
    /** So many sessions ended within the last seconds that nothing was left to number another one with. */
    LINGERING("lingering"),
    /** Every address and port for clients was in use. */
    NO_PORT("no-port"),
    /** What waits to be replayed took as much memory as it may. */
    MEMORY("memory"),
    /** The replay was over already: told to stop, or by its target. */
    STOPPED("stopped"),
    /** Its client is one of ours, on its way on from a target: replayed, it would come round without end. */
    OWN("own"),
    /** Answers to its client's address are not swallowed: they would reach the real one. */
    NOT_SWALLOWED("not-swallowed"),
    /** It was captured at the target's own host, and nobody allowed that one to be loaded. */
    SAME_SERVER("same-server"),
    /** Its datagrams would go to a public target, for which no intercept vouches: none sees UDP. */
    NOT_VOUCHED("not-vouched"),
    /** The capture lacks client bytes. */
    CAPTURE_GAP("capture-gap");

    private final String label;

    LiveDrop(final String label) {
        this.label = label;
    }

    /** The word in reports and JSON. */
    public String label() {
        return label;
    }
}
