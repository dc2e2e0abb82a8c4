package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.file.Path;

/** The file is no sound flow database; the message names file, offset, what was found and what was expected. */
public final class CorruptFlowDbException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long offset;
    private final String what;

    public CorruptFlowDbException(final Path file, final long offset, final String what) {
        super(file + ": " + what + " at byte " + offset);
        this.offset = offset;
        this.what = what;
    }

    /** Where in the file. */
    public long offset() {
        return offset;
    }

    /** What was found, without file and offset. */
    public String what() {
        return what;
    }
}
