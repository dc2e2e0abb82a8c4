package io.tcpreplayj.intercept.feed;

import java.io.IOException;

/** The other end said what the protocol does not allow: the connection that said it ends, and nothing else. */
public final class FeedException extends IOException {
    private static final long serialVersionUID = 1L;

    public FeedException(final String message) {
        super(message);
    }
}
