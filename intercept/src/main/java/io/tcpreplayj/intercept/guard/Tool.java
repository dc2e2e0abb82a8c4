package io.tcpreplayj.intercept.guard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Programs of this host that know the kernel's tables. */
final class Tool {
    /** Also where the path of a user has no place for root's programs. */
    private static final List<String> SHELL =
            List.of("sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; export PATH; LC_ALL=C exec \"$@\"", "sh");

    /** So long one may take: a tool that hangs must not hang a run, nor its end. */
    static final long PATIENCE_MS = 5_000;

    private Tool() {}

    /**
     * What a program prints.
     *
     * @throws GuardException when it is not there, fails, its first line, or gives no answer
     */
    static String said(final String... command) throws GuardException {
        return said(PATIENCE_MS, command);
    }

    static String said(final long patienceMs, final String... command) throws GuardException {
        final List<String> words = new ArrayList<>(SHELL);
        words.addAll(List.of(command));
        final long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
        try {
            final Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            final FutureTask<String> output =
                    new FutureTask<>(() -> new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            final Thread reader = new Thread(output, "tool-output");
            reader.setDaemon(true);
            reader.start();
            try {
                final String said = output.get(patienceMs, TimeUnit.MILLISECONDS);
                if (!process.waitFor(endNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new TimeoutException("it closed its output, and stays");
                }
                if (process.exitValue() != 0) {
                    throw new GuardException(said.strip().replaceFirst("(?s)\n.*", ""));
                }
                return said;
            } finally {
                // What it started holds its output open, too; a shell whose command is killed first goes on with its
                // next.
                final List<ProcessHandle> started = process.descendants().toList();
                process.destroyForcibly();
                started.forEach(ProcessHandle::destroyForcibly);
            }
        } catch (final TimeoutException e) {
            throw new GuardException("no answer for " + patienceMs / 1_000.0 + " s from: " + String.join(" ", command));
        } catch (final IOException | ExecutionException e) {
            throw e instanceof GuardException said ? said : new GuardException(command[0] + ": " + e.getMessage());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuardException("interrupted");
        }
    }
}
