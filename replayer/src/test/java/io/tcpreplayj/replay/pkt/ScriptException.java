package io.tcpreplayj.replay.pkt;

/** A script that cannot be read: file, line and column, the cause, and the line with a caret below the place. */
final class ScriptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ScriptException(final String message) {
        super(message);
    }
}
