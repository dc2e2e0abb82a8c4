package io.tcpreplayj.intercept.guard;

import java.io.IOException;

/** The guard cannot do its work here; the message is what nft, ss or the kernel said. */
public final class GuardException extends IOException {
    private static final long serialVersionUID = 1L;

    GuardException(final String message) {
        super(message);
    }
}
