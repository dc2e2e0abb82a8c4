package io.tcpreplayj.cli;

import io.tcpreplayj.testdata.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk of a given size. Root. */
final class TmpfsMount implements AutoCloseable {
    private final Path directory;

    private TmpfsMount(final Path directory) {
        this.directory = directory;
    }

    static TmpfsMount of(final int kiB, final Path directory) throws IOException {
        Files.createDirectory(directory);
        Exec.run("mount", "-t", "tmpfs", "-o", "size=" + kiB + "k", "tmpfs", directory.toString())
                .orThrow();
        return new TmpfsMount(directory);
    }

    Path directory() {
        return directory;
    }

    /**
     * Lazily: a loop device in it may be in use a while longer, by a mount namespace that another test made meanwhile and that
     * has all our mounts.
     */
    @Override
    public void close() {
        Exec.run("umount", "-l", directory.toString()).orThrow();
    }
}
