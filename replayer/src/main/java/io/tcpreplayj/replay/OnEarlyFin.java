package io.tcpreplayj.replay;

/** What becomes of a flow whose connection the target closes before the client sent all that it has (RFC 9293 3.6). */
public enum OnEarlyFin {
    /** The client goes on sending in CLOSE-WAIT, as a kernel's would, and hears what the target thinks of it. */
    CONTINUE("continue"),
    /** The flow failed. */
    FAIL("fail"),
    /** It goes on over another connection. */
    RECONNECT("reconnect");

    private final String label;

    OnEarlyFin(final String label) {
        this.label = label;
    }

    /** The word on the command line. */
    public String label() {
        return label;
    }
}
