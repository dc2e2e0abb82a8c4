package io.tcpreplayj.intercept;

import java.io.IOException;

/** The kernel's filter would not take our rules: one line of what, and the cure. */
public class KernelRulesException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String hint;

    public KernelRulesException(final String message, final String hint) {
        super(message);
        this.hint = hint;
    }

    /** The cure, in one line. */
    public final String hint() {
        return hint;
    }
}
