package io.tcpreplayj.flow;

/** How much of what both ends sent is kept. Append only: ordinals are stored. */
public enum PayloadKept {
    /** The client's bytes, and the heads of the answers. */
    ALL("all"),
    /** The same with other bytes in place of secrets, see {@link io.tcpreplayj.flow.redact.SecretRules}. */
    REDACTED("redacted"),
    /** No byte, and nothing computed from the bytes but how many there were and what they looked like. */
    NONE("none");

    private final String label;

    PayloadKept(final String label) {
        this.label = label;
    }

    /** The word in reports and JSON. */
    public String label() {
        return label;
    }
}
