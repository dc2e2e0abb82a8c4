package io.tcpreplayj.replay.doctor;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether the kernel's table of connections has room; where it is full, new ones are dropped in silence. */
final class ConntrackCheck implements Check {
    @Override
    public String name() {
        return "conntrack";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Optional<String> count = host.read("proc/sys/net/netfilter/nf_conntrack_count");
        final Optional<String> max = host.read("proc/sys/net/netfilter/nf_conntrack_max");
        if (count.isEmpty() || max.isEmpty()) {
            return Finding.ok(name(), "not in use");
        }
        final long used = Long.parseLong(count.get());
        final long room = Long.parseLong(max.get());
        if (room == 0) {
            return Finding.ok(name(), used + " entries used, without a limit");
        }
        final String found = used + " of " + room + " entries used";
        final String cure = "sysctl -w net.netfilter.nf_conntrack_max=" + 2 * room;
        if (used >= room) {
            return Finding.fail(name(), "the table is full, new connections are dropped: " + found, cure);
        }
        return used * 10 >= room * 9 ? Finding.warn(name(), "nearly full: " + found, cure) : Finding.ok(name(), found);
    }
}
