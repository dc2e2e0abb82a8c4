package io.tcpreplayj.cli;

import io.tcpreplayj.testdata.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system in a file, whose power can be cut: what was not synced is gone then. Or it stands still for a while. Root. */
final class LoopImage implements AutoCloseable {
    private final Path directory;
    private final String options;
    private Path image;
    private int generation;

    private LoopImage(final Path image, final Path directory, final String options) {
        this.image = image;
        this.directory = directory;
        this.options = options;
    }

    /** @param type xfs or ext4 */
    static LoopImage make(final String type, final Path place) throws IOException {
        final Path directory = Files.createDirectory(place);
        final Path image = place.resolveSibling(place.getFileName() + ".img");
        // mkfs.xfs refuses less than 300 MB; the file is sparse.
        Exec.run("truncate", "-s", "512M", image.toString()).orThrow();
        Exec.run("mkfs." + type, "-q", image.toString()).orThrow();
        final LoopImage made = new LoopImage(image, directory, type.equals("xfs") ? "loop,nouuid" : "loop");
        made.mount();
        return made;
    }

    Path directory() {
        return directory;
    }

    private void mount() {
        Exec.run("mount", "-o", options, image.toString(), directory.toString()).orThrow();
    }

    /** Who writes or syncs is held up, until {@link #thaw}. */
    void freeze() {
        Exec.run("fsfreeze", "-f", directory.toString()).orThrow();
    }

    void thaw() {
        Exec.run("fsfreeze", "-u", directory.toString()).orThrow();
    }

    /** Without flushing the log: nothing reaches the disk from now on. */
    void cutPower() {
        Exec.run("xfs_io", "-x", "-c", "shutdown", directory.toString()).orThrow();
    }

    /**
     * Power is back: the file system replays its log. On a copy of the disk: a mount namespace that was made meanwhile, by
     * any test of network namespaces, has the mount too, and mount(8) would come back to the file system that is shut down.
     */
    void remount() throws IOException {
        unmount();
        final Path copy = image.resolveSibling(directory.getFileName() + ".img" + ++generation);
        Exec.run("cp", "--sparse=always", image.toString(), copy.toString()).orThrow();
        Files.delete(image);
        image = copy;
        mount();
    }

    private void unmount() {
        Exec.run("umount", directory.toString()).orThrow();
    }

    @Override
    public void close() throws IOException {
        unmount();
        Files.delete(image);
    }
}
