package io.tcpreplayj.intercept;

/** How answers are kept on their target's own host. */
public enum Swallow {
    /** The kernel forwards them to a {@link io.tcpreplayj.linux.SinkDevice} at the moment they would leave. */
    EGRESS;

    /** As typed and shown. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
