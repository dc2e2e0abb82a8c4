package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.PortRange;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether the kernel leaves ports for clients of ours at this host's address. */
final class PortRangeCheck implements Check {
    @Override
    public String name() {
        return "ports";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        if (!patient.isReplayer() || !patient.needsRules()) {
            return null;
        }
        final String range = host.read("proc/sys/net/ipv4/ip_local_port_range").orElse("32768 60999");
        final String[] ends = range.split("\\s+");
        final Optional<PortRange> left =
                new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1])).longestOutside();
        return left.isPresent()
                ? Finding.ok(name(), left.get() + ", " + left.get().size() + " connections at a time")
                : Finding.fail(
                        name(),
                        "the kernel's own clients may take every port: " + range,
                        "sysctl -w net.ipv4.ip_local_port_range='32768 60999'");
    }
}
