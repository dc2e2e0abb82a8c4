package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An {@link AccessLog} that a running server adds to: each look parses only the lines that are new. */
final class GrowingLog {
    private final Path file;
    private final List<AccessLog.Entry> entries = new ArrayList<>();
    private long parsedBytes;

    GrowingLog(final Path file) {
        this.file = file;
    }

    /** All entries whose line is whole by now; an absent file is an empty log. */
    synchronized List<AccessLog.Entry> read() {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            final byte[] added = new byte[Math.toIntExact(log.length() - parsedBytes)];
            log.seek(parsedBytes);
            log.readFully(added);
            final String text = new String(added, StandardCharsets.ISO_8859_1);
            final int end = text.lastIndexOf('\n') + 1;
            text.substring(0, end).lines().map(AccessLog::parse).forEach(entries::add);
            parsedBytes += end;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.copyOf(entries);
    }
}
