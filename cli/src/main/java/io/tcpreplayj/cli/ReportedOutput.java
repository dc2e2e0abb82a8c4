package io.tcpreplayj.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Standard output whose failures are heard. A {@code PrintStream} swallows every IOException, so {@code flows | head}
 * would run to its end and a full disk would go unseen.
 */
final class ReportedOutput extends FilterOutputStream {
    /** The reader went away: nothing is left to do, and that is success (what SIGPIPE means to other programs). */
    static final class Closed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Closed(final IOException cause) {
            super(cause);
        }
    }

    ReportedOutput(final OutputStream out) {
        super(out);
    }

    @Override
    public void write(final int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(final byte[] bytes, final int offset, final int length) {
        try {
            out.write(bytes, offset, length);
        } catch (final IOException e) {
            // EPIPE has no exception class of its own in the JDK, only strerror's text.
            if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
                throw new Closed(e);
            }
            throw new UncheckedIOException(new IOException("standard output: " + e.getMessage(), e));
        }
    }
}
