package io.tcpreplayj.testdata;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network namespace of this test run, with its loopback up; gone when closed. The name carries this process's id, so that
 * a later run removes what a killed one left.
 */
public final class Netns implements AutoCloseable {
    private static final Pattern OURS = Pattern.compile("tj-(\\d+)-\\d+-\\w+");
    private static final AtomicInteger COUNT = new AtomicInteger();

    static {
        removeLeftovers();
    }

    private final String name;

    private Netns(final String name) {
        this.name = name;
    }

    /**
     * A new namespace.
     *
     * @param role a word for the reader of {@code ip netns list}
     */
    public static Netns create(final String role) {
        final Netns netns =
                new Netns("tj-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet() + "-" + role);
        Exec.run("ip", "netns", "add", netns.name).orThrow();
        try {
            netns.exec("ip", "link", "set", "lo", "up").orThrow();
            // Without this a router asks for its neighbours from a link-local address that is tentative for a second or
            // two
            // (RFC 4862 5.4), in which it forwards no IPv6 packet. "nodad" of one address does not help the link-local.
            netns.exec("sh", "-c", "for c in all default; do echo 0 >/proc/sys/net/ipv6/conf/$c/accept_dad; done")
                    .orThrow();
        } catch (final RuntimeException e) {
            netns.close();
            throw e;
        }
        return netns;
    }

    private static void removeLeftovers() {
        for (final String line : Exec.run("ip", "netns", "list").stdout().split("\n")) {
            final Matcher ours = OURS.matcher(line.split(" ")[0]);
            if (ours.matches()
                    && ProcessHandle.of(Long.parseLong(ours.group(1))).isEmpty()) {
                Exec.run("ip", "netns", "delete", ours.group());
            }
        }
    }

    public String name() {
        return name;
    }

    /** The words that put a command inside. */
    public List<String> prefix() {
        return List.of("ip", "netns", "exec", name);
    }

    /** Runs a command inside and waits. */
    public Exec.Result exec(final String... command) {
        return Exec.run(inside(command).toArray(String[]::new));
    }

    /** The command line that runs this command inside. */
    public List<String> inside(final String... command) {
        final List<String> words = List.of(command);
        final List<String> line = new ArrayList<>();
        if (words.get(0).equals("ip")) {
            // It goes there by itself, without starting a second time.
            line.addAll(List.of("ip", "-n", name));
            line.addAll(words.subList(1, words.size()));
        } else {
            line.addAll(prefix());
            line.addAll(words);
        }
        return line;
    }

    /**
     * Connects two namespaces by a veth pair without offloads, so that what crosses it is what a wire would carry: whole
     * checksums and segments no larger than the MTU.
     */
    public static void connect(final Netns a, final String deviceA, final Netns b, final String deviceB) {
        Exec.run(
                        "ip", "link", "add", deviceA, "netns", a.name, "type", "veth", "peer", "name", deviceB, "netns",
                        b.name)
                .orThrow();
        a.raise(deviceA);
        b.raise(deviceB);
    }

    private void raise(final String device) {
        exec("ethtool", "-K", device, "tx", "off", "rx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off")
                .orThrow();
        exec("ip", "link", "set", device, "up").orThrow();
    }

    /**
     * Adds an address, IPv4 or IPv6, usable at once (no duplicate address detection).
     *
     * @param address with its prefix length, as in 10.0.0.1/24
     */
    public void address(final String device, final String address) {
        if (address.indexOf(':') < 0) {
            exec("ip", "address", "add", address, "dev", device).orThrow();
        } else {
            exec("ip", "address", "add", address, "dev", device, "nodad").orThrow();
        }
    }

    /** Removes the namespace and all its devices; processes inside are their starters' matter. */
    @Override
    public void close() {
        Exec.run("ip", "netns", "delete", name);
    }

    @Override
    public String toString() {
        return name;
    }
}
