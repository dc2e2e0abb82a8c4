package io.tcpreplayj.testdata;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a replay could leave behind on a host: rules, routes, devices, addresses, settings, queues. Two snapshots are
 * equal when nothing was; take them inside a namespace, or other tests' devices come and go between them.
 *
 * @param parts what each command printed, without counters, dates and remaining lifetimes
 */
public record HostState(Map<String, String> parts) {
    private static final int MOST_LOOKS = 50;
    private static final long REST_MS = 200;

    private static final String SETTINGS =
            "grep -rH . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/self/net/netfilter"
                    + " --include=ip_forward --include=rp_filter --include=route_localnet --include=forwarding"
                    + " --include=nfnetlink_queue --include=nfnetlink_log";

    private static final List<String> PARTS = List.of(
            "nft -j -s list ruleset",
            "iptables-save",
            "ip6tables-save",
            "ip -j rule",
            "ip -6 -j rule",
            "ip -j route show table all",
            "ip -6 -j route show table all",
            "ip -j link",
            "ip -j address",
            SETTINGS);

    /**
     * A snapshot.
     *
     * @param netns null: of the namespace that this process is in
     */
    public static HostState snapshot(final @Nullable Netns netns) {
        return new HostState(PARTS.stream()
                .collect(Collectors.toUnmodifiableMap(command -> command, command -> now(netns, command))));
    }

    /** Whether a snapshot would be equal; looks no further than to the first part that differs. */
    public boolean is(final Netns netns) {
        return PARTS.stream().allMatch(command -> now(netns, command).equals(parts.get(command)));
    }

    /**
     * A snapshot of a host on which something has just ended: of a device that is gone, routes stay a moment longer.
     *
     * @param netns null: of the namespace that this process is in
     */
    public static HostState settled(final @Nullable Netns netns) throws InterruptedException {
        HostState last = snapshot(netns);
        for (int look = 0; look < MOST_LOOKS; look++) {
            Thread.sleep(REST_MS);
            final HostState now = snapshot(netns);
            if (now.equals(last)) {
                return now;
            }
            last = now;
        }
        return last;
    }

    private static String now(final @Nullable Netns netns, final String command) {
        if (command.equals(SETTINGS)) {
            // Of a device that goes meanwhile it says that it was not there.
            return sorted(run(netns, command).stdout().lines());
        }
        return steady(run(netns, command).orThrow().stdout());
    }

    private static Exec.Result run(final @Nullable Netns netns, final String command) {
        final String[] words = command.split(" ");
        return netns == null ? Exec.run(words) : netns.exec(words);
    }

    private static String sorted(final Stream<String> lines) {
        return lines.sorted().collect(Collectors.joining("\n"));
    }

    /** Without what counts by itself: packets, lives, and how many tables there ever were (iptables makes its own anew). */
    private static String steady(final String text) {
        return text.replaceAll("(?m)^#.*\n", "")
                .replaceAll("\\[\\d+:\\d+\\]", "[]")
                .replaceAll("\"handle\": \\d+", "\"handle\": 0")
                .replaceAll("\"(valid_life_time|preferred_life_time|expires)\":\\d+", "\"$1\":0");
    }
}
