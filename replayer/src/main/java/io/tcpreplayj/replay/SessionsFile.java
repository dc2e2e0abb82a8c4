package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Where {@code --sessions} goes: opened before the first packet, so that nothing is sent whose account could not be
 * written. A regular file appears whole, by rename, mode 0600; a pipe or a device is written to as it is.
 */
final class SessionsFile implements AutoCloseable {
    private final Path file;
    private final @Nullable Path temporary;
    private final Writer out;
    private boolean isDamaged;

    SessionsFile(final Path file, final @Nullable Path temporary, final Writer out) {
        this.file = file;
        this.temporary = temporary;
        this.out = out;
    }

    /**
     * Opens for writing.
     *
     * @throws UserException when it cannot be written, or holds something that is no sessions file
     */
    static SessionsFile open(final Path file) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
                return new SessionsFile(
                        file, null, Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.WRITE));
            }
            if (Files.isDirectory(file) || holdsSomethingElse(file)) {
                throw new UserException(
                        "--sessions " + file + " exists and is no sessions file",
                        "name another file; nothing was sent");
            }
            final Path whole = file.toAbsolutePath();
            final Path temporary = whole.resolveSibling(
                    whole.getFileName() + ".tmp-" + ProcessHandle.current().pid());
            Files.deleteIfExists(temporary);
            Files.createFile(temporary, PrivateFiles.OWNER_ONLY);
            return new SessionsFile(whole, temporary, Files.newBufferedWriter(temporary, StandardCharsets.UTF_8));
        } catch (final IOException e) {
            throw new UserException(
                    "--sessions " + file + " cannot be written: " + e,
                    "name a file in a directory that you may write to");
        }
    }

    /** A flow database or a capture named by mistake must not be lost. */
    private static boolean holdsSomethingElse(final Path file) throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) {
            return false;
        }
        try (var in = Files.newInputStream(file)) {
            return in.read() != '{';
        }
    }

    /** @throws IOException when it cannot be written; then {@link #commit} does not make it visible any more */
    void line(final String json) throws IOException {
        final boolean wasDamaged = isDamaged;
        isDamaged = true;
        out.write(json);
        out.write('\n');
        isDamaged = wasDamaged;
    }

    static String endpoint(final Endpoint endpoint) {
        return "{\"address\":\"" + endpoint.address() + "\",\"port\":" + endpoint.port() + "}";
    }

    /** What a run says that was not able to write its lines. */
    static Trouble trouble(final IOException cause) {
        return new Trouble(null, "--sessions could not be written: " + cause.getMessage(), "is the disk full?");
    }

    /** Makes all lines visible; nothing when one of them is not there, which was said when it was written. */
    void commit() throws IOException {
        if (isDamaged) {
            return;
        }
        out.close();
        if (temporary != null) {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** What was not committed is dropped. */
    @Override
    public void close() throws IOException {
        try {
            out.close();
        } finally {
            if (temporary != null) {
                Files.deleteIfExists(temporary);
            }
        }
    }
}
