package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.Capabilities;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Neighbour;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The host, or rather the network namespace, that this process is in. */
final class ThisHost implements Host {
    /** As patient as the kernel, which asks three times, a second apart: one lost question is no verdict. */
    private static final long NEIGHBOUR_NS = 3_100_000_000L;

    private static final int ECHO_MS = 400;
    private static final int LONGEST = 1 << 20;
    private static final long PROGRAM_MS = 3_000;

    private final Path root;
    private final long programMs;

    /** @param root "/" but in tests */
    ThisHost(final Path root) {
        this(root, PROGRAM_MS);
    }

    /** @param programMs so long a program may take, then it is killed */
    ThisHost(final Path root, final long programMs) {
        this.root = root;
        this.programMs = programMs;
    }

    private static void kill(final Process child) {
        // A shell whose command is killed before it would go on with its next.
        final List<ProcessHandle> started = child.descendants().toList();
        child.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public Optional<String> read(final String path) {
        // A sysctl gives its whole value to one read(2) and nothing to the next.
        try (InputStream in = Files.newInputStream(root.resolve(path))) {
            return Optional.of(new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII).strip());
        } catch (final IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean exists(final String path) {
        return Files.isReadable(root.resolve(path));
    }

    @Override
    public Optional<String> run(final String... command) {
        final List<String> line = new ArrayList<>(List.of("sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; exec \"$@\"", "sh"));
        line.addAll(List.of(command));
        try {
            final Process child = new ProcessBuilder(line)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            // Output is read to its end, which a program that hangs does not reach before it is killed.
            final CompletableFuture<Void> deadline = CompletableFuture.runAsync(
                    () -> kill(child), CompletableFuture.delayedExecutor(programMs, TimeUnit.MILLISECONDS));
            try (InputStream output = child.getInputStream()) {
                final String said = new String(output.readNBytes(LONGEST), StandardCharsets.UTF_8);
                return child.waitFor() == 0 ? Optional.of(said) : Optional.empty();
            } finally {
                deadline.cancel(false);
            }
        } catch (final IOException e) {
            return Optional.empty();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.effective();
    }

    @Override
    public Routes.Route route(final IpAddress to) throws LinuxException {
        return Routes.to(to);
    }

    @Override
    public Routes.Route route(final IpAddress to, final IpAddress from) throws LinuxException {
        return Routes.to(to, from);
    }

    @Override
    public boolean resolves(final Routes.Route route) throws LinuxException {
        try (Neighbour neighbour = new Neighbour(route.link(), route.nextHop())) {
            neighbour.resolve(NEIGHBOUR_NS);
            return true;
        } catch (final LinuxException e) {
            if (e.errno().equals("EHOSTUNREACH")) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public boolean answers(final IpAddress address) {
        try {
            return address.toInetAddress().isReachable(ECHO_MS);
        } catch (final IOException e) {
            return false;
        }
    }
}
