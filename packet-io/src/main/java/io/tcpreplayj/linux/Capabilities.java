package io.tcpreplayj.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may do to the network: effective capabilities (capabilities(7)), read without native code. */
public final class Capabilities {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;

    private final long effective;

    private Capabilities(final long effective) {
        this.effective = effective;
    }

    /** Reads {@code CapEff} of /proc/self/status; no capability at all where that file cannot be read. */
    public static Capabilities effective() {
        try {
            for (final String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("CapEff:")) {
                    return of(line.substring("CapEff:".length()).strip());
                }
            }
        } catch (final IOException e) {
            // Not Linux, or no /proc: the caller tells the user what is missing, which is then true.
            return new Capabilities(0);
        }
        return new Capabilities(0);
    }

    /** From the 16 hexadecimal digits of {@code CapEff}. */
    public static Capabilities of(final String hex) {
        return new Capabilities(Long.parseUnsignedLong(hex, 16));
    }

    /** TUN devices, addresses, netfilter rules. */
    public boolean netAdmin() {
        return ((effective >> CAP_NET_ADMIN) & 1) != 0;
    }

    /** Packet and raw sockets. */
    public boolean netRaw() {
        return ((effective >> CAP_NET_RAW) & 1) != 0;
    }
}
