package io.tcpreplayj.intercept;

/** None of the ways that might be tried goes on this host. */
public final class NoWayException extends KernelRulesException {
    private static final long serialVersionUID = 1L;

    NoWayException(final String message, final String hint) {
        super(message, hint);
    }
}
