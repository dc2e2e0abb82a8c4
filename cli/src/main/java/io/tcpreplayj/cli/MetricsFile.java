package io.tcpreplayj.cli;

import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Supplier;

/**
 * A file that whoever reads it sees whole: each time written beside its place, and renamed. On a thread of its own, for a
 * disk that is slow must not hold up who captures; what comes before the last one is written is passed over.
 */
final class MetricsFile implements AutoCloseable {
    private static final long EVERY_NS = 5_000_000_000L;

    private final Path file;
    private final Path beside;
    private final BlockingQueue<Supplier<String>> next = new ArrayBlockingQueue<>(1);
    private final Thread thread = new Thread(this::run, "metrics");
    private volatile String fault = "";
    private long offeredNs = System.nanoTime() - EVERY_NS;
    private boolean isFaulty;

    private MetricsFile(final Path file) {
        this.file = file;
        beside = file.resolveSibling(file.getFileName() + ".tmp");
        thread.setDaemon(true);
    }

    /** @throws UserException when nothing can be written there */
    static MetricsFile open(final Path file) {
        final MetricsFile metrics = new MetricsFile(file);
        try {
            metrics.write("");
        } catch (final IOException e) {
            throw new UserException(
                    "cannot write " + file + ": " + e.getMessage(), "--metrics takes a file to be made");
        }
        metrics.thread.start();
        return metrics;
    }

    /** Whether it is time for another text. */
    boolean isDue() {
        return System.nanoTime() - offeredNs >= EVERY_NS;
    }

    /**
     * Has that written, unless the text before is still being written.
     *
     * @param text asked on a thread of ours: to put it together is slow the first time, and looks into /proc
     */
    void offer(final Supplier<String> text) {
        offeredNs = System.nanoTime();
        next.offer(text);
    }

    /** Why the last one could not be written; empty when it could. */
    String fault() {
        return fault;
    }

    /** The same when it could before, or nobody has asked; else empty: for who offers. */
    String newFault() {
        final String now = fault;
        final boolean isNew = !now.isEmpty() && !isFaulty;
        isFaulty = !now.isEmpty();
        return isNew ? now : "";
    }

    private void run() {
        try {
            for (Supplier<String> text = next.take(); ; text = next.take()) {
                try {
                    write(text.get());
                    fault = "";
                } catch (final IOException e) {
                    fault = String.valueOf(e.getMessage());
                }
            }
        } catch (final InterruptedException e) {
            // Closed.
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void write(final String text) throws IOException {
        Files.writeString(beside, text);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The last text of all. */
    void finish(final String text) throws IOException {
        close();
        write(text);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
