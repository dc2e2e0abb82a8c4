package io.tcpreplayj.intercept;

import io.tcpreplayj.packet.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What this host's firewall does with the packets of one connection, as the kernel itself tells it (nftrace, {@code nft
 * monitor trace}): also for rules that iptables-nft made. Only packets that pass the kernel's IP layer are seen. Rules of
 * this program are left out. Other connections cost nothing: a busy host's traffic is not traced. Ends with this process.
 */
public final class PacketTrace implements AutoCloseable {
    /**
     * A rule, or a chain's policy, that dropped or rejected a packet.
     *
     * @param chain family, table and chain, as nft wants them
     * @param rule as nft lists it, or "policy drop"
     * @param incoming the packet came from the server
     */
    public record Drop(String chain, String rule, boolean incoming) {}

    private static final String OURS = "tcpreplayj_";
    private static final Pattern EVENT = Pattern.compile("trace id (\\w+) (\\w+ (\\S+) \\S+) (.*?)\\s*");
    private static final Pattern RULE = Pattern.compile("(?:unknown )?rule (.*) \\(verdict drop\\)");
    private static final String POLICY = "policy drop";
    private static final int KNOCKS = 20;
    private static final long KNOCK_MS = 100;
    private static final long TELLING_MS = 500;
    /** Some hundred rules for each packet of a probe; what others trace meanwhile is left out beyond it. */
    private static final int MOST_EVENTS = 8192;

    private final Process monitor;
    private final OwnedTable table;
    private final BlockingQueue<String> events;
    private @Nullable OwnedTable rules;
    private String toServer = "";
    private String fromServer = "";
    /** By trace id, of the connection's own packets: whether it came from the server. */
    private final Map<String, Boolean> incoming = new HashMap<>();

    private PacketTrace(final Process monitor, final OwnedTable table, final BlockingQueue<String> events) {
        this.monitor = monitor;
        this.table = table;
        this.events = events;
    }

    /**
     * Listens to what the kernel tells; nothing is traced before {@link #follow}.
     *
     * @throws KernelRulesException when nft is missing, or it or the kernel refuses
     */
    public static PacketTrace open() throws KernelRulesException {
        final Process monitor;
        try {
            monitor = new ProcessBuilder("sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; LC_ALL=C exec nft monitor")
                    .redirectErrorStream(true)
                    .start();
        } catch (final IOException e) {
            throw new KernelRulesException("cannot start nft: " + e.getMessage(), "install nftables");
        }
        final BlockingQueue<String> events = new ArrayBlockingQueue<>(MOST_EVENTS);
        final Thread reader = new Thread(() -> read(monitor.inputReader(StandardCharsets.UTF_8), events), "nft-trace");
        reader.setDaemon(true);
        reader.start();
        boolean done = false;
        try {
            final PacketTrace trace = new PacketTrace(monitor, knock(events), events);
            done = true;
            return trace;
        } finally {
            if (!done) {
                monitor.destroy();
            }
        }
    }

    /** The monitor does not say when it listens: the table is made again until the monitor saw it being made. */
    private static OwnedTable knock(final BlockingQueue<String> events) throws KernelRulesException {
        for (int i = 0; i < KNOCKS; i++) {
            final OwnedTable table = OwnedTable.of("inet", OwnedTable.NFT).install();
            if (hears(events, table.name())) {
                return table;
            }
            table.close();
        }
        throw new KernelRulesException("nft monitor tells nothing", "run 'nft monitor' to see why");
    }

    /**
     * Traces one connection from now on.
     *
     * @param port the client's
     * @throws KernelRulesException when nft or the kernel refuses
     */
    public void follow(final Endpoint server, final int port) throws KernelRulesException {
        final String family = KernelRules.family(server.address());
        toServer = "tcp sport " + port + " tcp dport " + server.port() + " ";
        fromServer = "tcp sport " + server.port() + " tcp dport " + port + " ";
        final String request = family + " daddr " + server.address() + " " + toServer + "meta nftrace set 1";
        final String answer = family + " saddr " + server.address() + " " + fromServer + "meta nftrace set 1";
        events.clear();
        rules = OwnedTable.of("inet", OwnedTable.NFT)
                .chain("out", "type filter hook output priority -450; policy accept;")
                .chain("in", "type filter hook prerouting priority -450; policy accept;")
                .rule("out", request)
                .rule("in", answer)
                .rule("in", request)
                .install();
    }

    private static boolean hears(final BlockingQueue<String> events, final String name) throws KernelRulesException {
        final long deadlineNs = deadlineNs(KNOCK_MS);
        String line = next(events, deadlineNs);
        while (line != null && !line.contains(name)) {
            line = next(events, deadlineNs);
        }
        return line != null;
    }

    private static long deadlineNs(final long ms) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    }

    /** The next event; null when none comes for a while, or the time is over. */
    private static @Nullable String next(final BlockingQueue<String> events, final long deadlineNs)
            throws KernelRulesException {
        final long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
            return null;
        }
        try {
            return events.poll(Math.min(leftNs, TimeUnit.MILLISECONDS.toNanos(KNOCK_MS)), TimeUnit.NANOSECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KernelRulesException("interrupted while waiting for nft", "try again");
        }
    }

    private static void read(final BufferedReader output, final BlockingQueue<String> events) {
        try (output) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                events.offer(line);
            }
        } catch (final IOException e) {
            // The monitor was ended: there is nothing more to tell.
            events.offer("");
        }
    }

    /** The first drop so far, waiting for what the kernel is still telling; null when there was none. */
    public @Nullable Drop firstDrop() throws KernelRulesException {
        final long deadlineNs = deadlineNs(TELLING_MS);
        for (String line = next(events, deadlineNs); line != null; line = next(events, deadlineNs)) {
            final Drop drop = parse(line);
            if (drop != null) {
                return drop;
            }
        }
        return null;
    }

    private @Nullable Drop parse(final String line) {
        final Matcher event = EVENT.matcher(line);
        if (!event.matches()) {
            return null;
        }
        final String id = event.group(1);
        final String what = event.group(4);
        if (what.startsWith("packet: ")) {
            if (what.contains(fromServer)) {
                incoming.putIfAbsent(id, true);
            } else if (what.contains(toServer)) {
                incoming.putIfAbsent(id, false);
            }
        }
        final Boolean fromServersSide = incoming.get(id);
        if (fromServersSide == null || event.group(3).startsWith(OURS)) {
            return null;
        }
        final Matcher rule = RULE.matcher(what);
        if (!rule.matches() && !what.equals(POLICY)) {
            return null;
        }
        final String text =
                what.equals(POLICY) ? what : rule.group(1).replaceAll("counter packets \\d+ bytes \\d+ ", "");
        return new Drop(event.group(2), text, fromServersSide);
    }

    @Override
    public void close() {
        if (rules != null) {
            rules.close();
        }
        table.close();
        monitor.destroy();
    }
}
