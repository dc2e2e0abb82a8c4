package io.tcpreplayj.cli.export;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears whole or not at all: it is written beside its place, readable by its owner only, and moved there at
 * the end. A device or a pipe is written to directly.
 */
public final class OutputFile implements AutoCloseable {
    /** Captures hold secrets. */
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final FileChannel channel;
    private final Path file;
    private @Nullable Path temporary;

    private OutputFile(final FileChannel channel, final Path file, final @Nullable Path temporary) {
        this.channel = channel;
        this.file = file;
        this.temporary = temporary;
    }

    public static OutputFile create(final Path named) throws IOException {
        // Through a link, not over it.
        final Path file = Files.exists(named) ? named.toRealPath() : named;
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            return new OutputFile(FileChannel.open(file, StandardOpenOption.WRITE), file, null);
        }
        final Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        final FileChannel channel = FileChannel.open(
                temporary,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                OWNER_ONLY);
        return new OutputFile(channel, file, temporary);
    }

    public FileChannel channel() {
        return channel;
    }

    /** All is written and the channel closed: the file appears. */
    public void appear() throws IOException {
        final Path from = temporary;
        if (from != null) {
            Files.move(from, file, StandardCopyOption.ATOMIC_MOVE);
            temporary = null;
        }
    }

    /** Without {@link #appear} nothing stays. */
    @Override
    public void close() throws IOException {
        try (channel) {
            final Path left = temporary;
            if (left != null) {
                Files.deleteIfExists(left);
            }
        }
    }
}
