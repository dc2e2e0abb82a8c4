package io.tcpreplayj.replay;

/** What becomes of a flow whose connection the target resets, or refuses while it is restarted. */
public enum OnReset {
    /** The flow failed. */
    FAIL("fail"),
    /** It goes on over another connection, from the request that was not answered on. */
    RECONNECT("reconnect"),
    /** It goes on over another connection, from the request behind that one on. */
    SKIP_REQUEST("skip-request");

    private final String label;

    OnReset(final String label) {
        this.label = label;
    }

    /** The word on the command line. */
    public String label() {
        return label;
    }
}
