package io.tcpreplayj.replay;

/** A request or an environment that cannot work: one line that names what and where, and a hint with the cure. */
public final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String hint;

    public UserException(final String message, final String hint) {
        super(message);
        this.hint = hint;
    }

    /** The cure, in one line. */
    public String hint() {
        return hint;
    }
}
