package io.tcpreplayj.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/**
 * A run of TCP ports, both ends included.
 *
 * @param first 1 to 65535
 * @param last at least {@code first}
 */
public record PortRange(int first, int last) {
    private static final Path RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final Path RESERVED = Path.of("/proc/sys/net/ipv4/ip_local_reserved_ports");
    private static final int FIRST_UNPRIVILEGED = 1024;
    private static final int LAST = 65535;
    private static final int LONGEST_VALUE = 64 * 1024;

    public PortRange {
        if (first < 1 || last > LAST || first > last) {
            throw new IllegalArgumentException("not a range of ports: " + first + "-" + last);
        }
    }

    /** The ports that the kernel gives to its own clients, IPv6 included (ip-sysctl, ip_local_port_range). */
    public static PortRange ephemeral() throws IOException {
        return parse(read(RANGE));
    }

    /** Ports set aside by the administrator (ip_local_reserved_ports): not ours either. */
    public static BitSet reserved() throws IOException {
        return parseReserved(read(RESERVED));
    }

    /** The longest run above 1023 that no client of the kernel's own can be given; empty when it may be given all. */
    public Optional<PortRange> longestOutside() {
        final int below = first - FIRST_UNPRIVILEGED;
        final int above = LAST - last;
        if (below <= 0 && above <= 0) {
            return Optional.empty();
        }
        return Optional.of(
                below >= above ? new PortRange(FIRST_UNPRIVILEGED, first - 1) : new PortRange(last + 1, LAST));
    }

    public int size() {
        return last - first + 1;
    }

    public boolean contains(final int port) {
        return first <= port && port <= last;
    }

    // A sysctl gives its whole value to one read(2) and nothing to the next, so Files.readString sees its first byte
    // only.
    private static String read(final Path sysctl) throws IOException {
        final byte[] bytes = new byte[LONGEST_VALUE];
        try (InputStream input = Files.newInputStream(sysctl)) {
            final int length = input.read(bytes);
            return new String(bytes, 0, Math.max(0, length), StandardCharsets.US_ASCII);
        }
    }

    static PortRange parse(final String text) {
        final String[] ends = text.strip().split("\\s+", -1);
        return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
    }

    /** From "8080,9148-9150"; empty text is no port. */
    static BitSet parseReserved(final String text) {
        final BitSet ports = new BitSet(LAST + 1);
        for (final String part : text.strip().split(",", -1)) {
            if (!part.isEmpty()) {
                final String[] ends = part.split("-", -1);
                ports.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
            }
        }
        return ports;
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
