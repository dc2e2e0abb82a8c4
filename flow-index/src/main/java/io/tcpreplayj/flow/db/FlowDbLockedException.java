package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.file.Path;

/** Another writer has the database open; readers are never in the way. */
public final class FlowDbLockedException extends IOException {
    private static final long serialVersionUID = 1L;

    public FlowDbLockedException(final Path file, final String holder) {
        super(file + ": another writer has it open (" + holder + ")");
    }
}
