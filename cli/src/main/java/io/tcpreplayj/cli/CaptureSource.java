package io.tcpreplayj.cli;

import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.replay.UserException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One capture that the user named, or that a directory or pattern led to.
 *
 * @param name as the user knows it
 * @param file null for standard input
 * @param named whether the user named this very file: only then is it an error that it is no capture
 */
record CaptureSource(String name, @Nullable Path file, boolean named) {
    private static final String ALL = "*";

    /**
     * Files, directories (their files, in order of names), patterns, and "-". A named pipe is read when it is named
     * itself; in a directory or behind a pattern it is passed over, for opening one may wait for ever.
     */
    static List<CaptureSource> of(final List<String> operands) throws IOException {
        final List<CaptureSource> sources = new ArrayList<>();
        for (final String operand : operands) {
            if (operand.equals("-")) {
                sources.add(new CaptureSource("stdin", null, true));
                continue;
            }
            if (operand.isEmpty()) {
                // To the JDK "" is the working directory; to a person it is a variable of the shell that is not set.
                throw new UserException("a capture without a name", "name a capture file, or . for this directory");
            }
            final Path path = path(operand);
            if (Files.isDirectory(path)) {
                addAll(sources, path, ALL);
            } else if (!Files.exists(path) && isPattern(operand)) {
                final Path parent = path.getParent();
                addAll(sources, parent == null ? Path.of(".") : parent, String.valueOf(path.getFileName()));
            } else {
                sources.add(new CaptureSource(operand, path, true));
            }
        }
        return sources;
    }

    /**
     * Opens it; standard input is the console's, which stays open.
     *
     * @param maxBytes the most that is read of it, decompressed
     */
    CaptureReader open(final Console console, final long maxBytes) throws IOException {
        if (file != null) {
            return open(file, maxBytes);
        }
        return CaptureFiles.open(
                new FilterInputStream(console.in()) {
                    @Override
                    public void close() {}
                },
                name,
                maxBytes);
    }

    /** Opens a file; a directory stands here only where none was found in it. */
    static CaptureReader open(final Path file, final long maxBytes) throws IOException {
        if (Files.isDirectory(file)) {
            throw new CaptureException(
                    file + ": no file in this directory", "name a capture, or the directory that holds some");
        }
        return CaptureFiles.open(file, maxBytes);
    }

    /** A stream can be read only once, and waits for its writer. */
    boolean isStream() {
        return file == null || (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file));
    }

    CaptureFingerprint fingerprint() throws IOException {
        return file == null ? CaptureFingerprint.NONE : CaptureFingerprint.of(file);
    }

    /** Whether it may stand for files of other names. */
    static boolean isPattern(final String operand) {
        return operand.matches(".*[*?\\[{].*");
    }

    private static Path path(final String operand) {
        try {
            return Path.of(operand);
        } catch (final InvalidPathException e) {
            throw new UserException("not a file name: " + e.getMessage(), "name a capture file");
        }
    }

    private static void addAll(final List<CaptureSource> sources, final Path directory, final String pattern)
            throws IOException {
        final List<Path> found = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, pattern)) {
                files.forEach(found::add);
            }
        }
        found.removeIf(file -> !Files.isRegularFile(file));
        found.sort(null);
        found.forEach(file -> sources.add(new CaptureSource(file.normalize().toString(), file, false)));
        if (found.isEmpty()) {
            // Opening it will fail, and so it is told like any other file that cannot be read.
            final Path none = pattern.equals(ALL) ? directory : directory.resolve(pattern);
            sources.add(new CaptureSource(none.normalize().toString(), none, true));
        }
    }
}
