package io.tcpreplayj.intercept;

import java.io.IOException;

/** The kernel's filter would not take our rules: one line of what, and the cure. */
public final class KernelRulesException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String hint;
    private final boolean ofTheNetwork;

    KernelRulesException(final String message, final String hint) {
        this(message, hint, false);
    }

    private KernelRulesException(final String message, final String hint, final boolean ofTheNetwork) {
        super(message);
        this.hint = hint;
        this.ofTheNetwork = ofTheNetwork;
    }

    /** The clients' network is a wrong one, whatever this kernel can do. */
    static KernelRulesException ofTheNetwork(final String message, final String hint) {
        return new KernelRulesException(message, hint, true);
    }

    boolean isOfTheNetwork() {
        return ofTheNetwork;
    }

    /** The cure, in one line. */
    public String hint() {
        return hint;
    }
}
