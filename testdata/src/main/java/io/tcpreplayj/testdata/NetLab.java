package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Network namespaces of a test's own, with names that nobody else has; removed on {@link #close}. Needs root. */
public final class NetLab implements AutoCloseable {
    private static final long PATIENCE_S = 20;

    private final String tag = String.format(
            Locale.ROOT, "tj-%08x", ThreadLocalRandom.current().nextInt());
    private final Deque<String> namespaces = new ArrayDeque<>();

    private NetLab() {}

    /** A new laboratory. Without root the test is aborted, and with {@code CI=true} it fails. */
    public static NetLab open() throws IOException {
        final boolean root = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .anyMatch(line -> line.startsWith("Uid:") && line.split("\\s+")[2].equals("0"));
        if (!root) {
            final String reason = "not root: namespaces, TUN and packet sockets are NOT tested";
            System.err.println(reason);
            Assertions.assertNotEquals("true", System.getenv("CI"), reason);
            Assumptions.abort(reason);
        }
        return new NetLab();
    }

    /** Makes a namespace whose loopback interface is up. */
    public String namespace() {
        final String name = tag + "-" + namespaces.size();
        run("ip", "netns", "add", name);
        namespaces.push(name);
        in(name, "ip", "link", "set", "lo", "up");
        return name;
    }

    /** Joins two namespaces by a veth pair whose link-local addresses are usable at once. */
    public void veth(
            final String leftNamespace, final String left, final String rightNamespace, final String right) {
        run("ip", "link", "add", left, "netns", leftNamespace, "type", "veth", "peer", "name", right, "netns",
                rightNamespace);
        end(leftNamespace, left, "fe80::1/64");
        end(rightNamespace, right, "fe80::2/64");
    }

    private static void end(final String namespace, final String link, final String linkLocal) {
        in(namespace, "ip", "link", "set", link, "addrgenmode", "none");
        in(namespace, "ip", "link", "set", link, "up");
        // Without duplicate address detection, which takes a second.
        in(namespace, "ip", "-6", "addr", "add", linkLocal, "dev", link, "nodad");
    }

    /** Runs a command in a namespace and returns what it wrote. */
    public static String in(final String namespace, final String... command) {
        final List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        whole.addAll(List.of(command));
        return run(whole.toArray(String[]::new));
    }

    /**
     * Runs a command and returns what it wrote to both streams.
     *
     * @throws IllegalStateException when it failed
     */
    public static String run(final String... command) {
        try {
            final Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", command) + " failed: " + output);
            }
            return output;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The class path of this test, also under Surefire, which hides it in a manifest. */
    public static String classPath() {
        final String surefire = System.getProperty("surefire.test.class.path");
        return surefire == null ? System.getProperty("java.class.path") : surefire;
    }

    @Override
    public void close() {
        while (!namespaces.isEmpty()) {
            run("ip", "netns", "del", namespaces.pop());
        }
    }
}
