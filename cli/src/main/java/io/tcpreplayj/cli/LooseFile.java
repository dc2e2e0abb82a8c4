package io.tcpreplayj.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A database that others than its owner may read or write. The harm is done by writing: what users sent gets to where
 * others read it. So {@code index} refuses, and who only reads is told.
 */
final class LooseFile {
    private LooseFile() {}

    /** {@code FILE is open to others (mode rw-r--r--)}, or an empty text when it is not, or does not exist. */
    static String fault(final Path file) throws IOException {
        final PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null || !Files.exists(file)) {
            return "";
        }
        final String mode = PosixFilePermissions.toString(view.readAttributes().permissions());
        return mode.endsWith("------") ? "" : file + " is open to others (mode " + mode + ")";
    }
}
