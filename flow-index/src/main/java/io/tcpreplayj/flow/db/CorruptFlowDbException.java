package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.file.Path;

/** The file is no sound flow database; the message names file, offset, what was found and what was expected. */
public final class CorruptFlowDbException extends IOException {
    private static final long serialVersionUID = 1L;

    public CorruptFlowDbException(final Path file, final long offset, final String what) {
        super(file + ": " + what + " at byte " + offset);
    }
}
