package io.tcpreplayj.replay.tcp;

/** When a client acknowledges. */
public enum AckStyle {
    /** As RFC 9293 3.8.6.3 and RFC 5681 4.2 ask. */
    RFC("rfc", 2),
    /** Up to where and as late as the captured client did, but every second full segment and within half a second. */
    CAPTURED("captured", 2),
    /** As the captured client did within half a second, however much it left unacknowledged. */
    STRETCHED("stretched", Integer.MAX_VALUE);

    private final String label;
    private final int segments;

    AckStyle(final String label, final int segments) {
        this.label = label;
        this.segments = segments;
    }

    /** The word on the command line. */
    public String label() {
        return label;
    }

    /** So many full segments are acknowledged at once. */
    int segments() {
        return segments;
    }
}
