package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.file.Path;

/** A newer or an older program wrote the file; the message names what was found and what this program reads. */
public final class FlowDbVersionException extends IOException {
    private static final long serialVersionUID = 1L;

    public FlowDbVersionException(final Path file, final int found, final int oldest, final int newest) {
        super(file + ": format version " + found + (found > newest ? " is too new" : " is too old") + " at byte "
                + FlowDbFormat.HEADER_VERSION_OFFSET + ", this program reads " + oldest + " to " + newest);
    }
}
