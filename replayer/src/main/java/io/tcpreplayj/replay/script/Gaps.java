package io.tcpreplayj.replay.script;

/** What becomes of a flow whose client sent bytes that the capture does not hold. */
public enum Gaps {
    /** It is not replayed. */
    DROP_FLOW("drop-flow"),
    /** It is replayed up to the first gap; there the client closes. */
    TRUNCATE("truncate"),
    /** Zeros are sent in place of what is missing. */
    FILL("fill"),
    /** What is there is sent, as if it were whole. */
    SKIP("skip");

    private final String label;

    Gaps(final String label) {
        this.label = label;
    }

    /** The word on the command line. */
    public String label() {
        return label;
    }
}
