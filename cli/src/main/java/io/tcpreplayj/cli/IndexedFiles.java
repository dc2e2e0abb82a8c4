package io.tcpreplayj.cli;

import io.tcpreplayj.flow.db.CaptureInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds the captures of a database again: regular files of the stored name, seen from the working directory or lying beside
 * the database, whose size and edges are those that were indexed. A name alone proves nothing: it may come from anywhere.
 */
final class IndexedFiles {
    private final Path database;

    IndexedFiles(final Path database) {
        this.database = database;
    }

    /**
     * Where a capture is.
     *
     * @return its file, or an empty path when it is not there or is another one by now
     */
    Path find(final CaptureInfo capture) throws IOException {
        final CaptureFingerprint wanted = new CaptureFingerprint(capture.sizeBytes(), capture.edgeHash());
        for (final Path candidate : wanted.known() ? candidates(capture.name()) : List.<Path>of()) {
            // The size first: of most that is not it, nothing need be read.
            if (Files.isRegularFile(candidate)
                    && Files.isReadable(candidate)
                    && Files.size(candidate) == capture.sizeBytes()
                    && CaptureFingerprint.of(candidate).equals(wanted)) {
                return candidate;
            }
        }
        return Path.of("");
    }

    /** Why {@link #find} did not find it. */
    String whyNot(final CaptureInfo capture) {
        if (capture.name().startsWith(PassingPackets.PREFIX)) {
            return "was captured live";
        }
        if (capture.sizeBytes() == 0) {
            return "was read from a pipe";
        }
        return candidates(capture.name()).stream().anyMatch(Files::isRegularFile)
                ? "is not the file that was indexed any more"
                : "is not there any more";
    }

    private List<Path> candidates(final String name) {
        final Path named;
        try {
            named = Path.of(name);
        } catch (final InvalidPathException e) {
            return List.of();
        }
        final Path folder = database.toAbsolutePath().getParent();
        final Path last = named.getFileName();
        return folder == null || last == null
                ? List.of(named)
                : List.of(named, folder.resolve(named), folder.resolve(last));
    }
}
