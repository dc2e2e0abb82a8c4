package io.tcpreplayj.replay.doctor;

import org.jspecify.annotations.Nullable;

/** What this kernel can hold for us: owner tables came with Linux 5.12, egress hooks with 5.16. */
final class KernelCheck implements Check {
    private static final int OWNER = 512;
    private static final int EGRESS = 516;

    /** 516 for "5.16.0-12-generic"; 0 for what is no version. */
    static int version(final String release) {
        final String[] parts = release.split("[^0-9]+", 3);
        if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            return 0;
        }
        return Integer.parseInt(parts[0]) * 100 + Math.min(99, Integer.parseInt(parts[1]));
    }

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final String release = host.read("proc/sys/kernel/osrelease").orElse("0.0");
        final int version = version(release);
        if (version >= EGRESS) {
            return Finding.ok(name(), "Linux " + release + ": owner tables, egress hook");
        }
        if (version >= OWNER) {
            return Finding.warn(
                    name(),
                    "Linux " + release + " has no egress hook: no guard in the kernel for --transport packet",
                    "use Linux 5.16 or later, or --transport raw");
        }
        final String found = "Linux " + release + " has no owner tables, which came with 5.12";
        return patient.needsRules()
                ? Finding.fail(
                        name(),
                        found,
                        (patient.isReplayer() ? "use --transport tun or socket, or " : "intercepts need ")
                                + "a newer kernel")
                : Finding.warn(name(), found, "--transport tun and socket work; packet and raw need a newer kernel");
    }
}
