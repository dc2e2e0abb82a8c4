package io.tcpreplayj.pcap;

import java.io.IOException;

/** A capture that is damaged or is none: the message names the file, the byte offset and what is wrong. */
public final class CaptureException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String hint;

    public CaptureException(final String message, final String hint) {
        super(message);
        this.hint = hint;
    }

    /** What the user can do about it, in one line. */
    public String hint() {
        return hint;
    }
}
