package io.tcpreplayj.intercept.guard;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What guards that were killed left in this network namespace. Tables go with their {@code nft}, however it ends; a rule of
 * iptables and a {@link Hole} stay. What belongs to a guard that is there is not touched.
 */
public final class Leftovers {
    private static final Pattern RULE = Pattern.compile(
            "-A (OUTPUT -s (\\S+) -d (\\S+) -p tcp -m tcp --sport (\\d+) -m comment --comment (tjguard_\\w+) .*)");
    private static final Pattern DEVICE = Pattern.compile("(?m)^\\d+: (" + Hole.PREFIX + "[0-9a-f]+)[:@]");
    private static final Pattern ROUTE = Pattern.compile("(?m)^([0-9a-f:.]+(?:/\\d+)?) ");
    /** Not there on a host that was started without IPv6 (ipv6.disable=1), where tools fail that ask for it. */
    private static final Path IPV6 = Path.of("/proc/net/if_inet6");

    private static final long PATIENCE_NS = 5_000_000_000L;
    private static final long LOOK_MS = 100;
    private static final long SECOND_LOOK_MS = 1_000;

    /**
     * One rule or device.
     *
     * @param what for people
     * @param connections that it keeps from answering the clients, as {@code ss} takes them; empty for none
     * @param removal the command that removes it
     */
    public record Leftover(String what, String connections, List<String> removal) {}

    private Leftovers() {}

    /** @throws GuardException when nft or ip is missing, or the kernel refuses */
    public static List<Leftover> find() throws GuardException {
        final List<Leftover> found = look();
        if (!found.isEmpty()) {
            // Of a guard that is about to begin, the rule is there before the table.
            pause(SECOND_LOOK_MS);
            found.retainAll(look());
        }
        return found;
    }

    private static List<Leftover> look() throws GuardException {
        final Set<Marker> held = Marker.present().keySet();
        final List<Leftover> found = new ArrayList<>();
        rules("iptables", held, found);
        if (Files.exists(IPV6)) {
            rules("ip6tables", held, found);
        }
        devices(held, found);
        return found;
    }

    /**
     * Why nothing may be removed now, or nothing: the connections that a leftover keeps from answering can be those of an
     * intercept that is here by now, and one that begins sets up what its tables cannot hold before they stand. To be asked after
     * {@link #find}.
     */
    public static Optional<String> obstacle() throws GuardException {
        // In this order: an intercept is announced until its tables stand.
        if (Announcement.isMade()) {
            return Optional.of("an intercept begins on this host");
        }
        return Marker.present().keySet().stream()
                .findFirst()
                .map(marker -> "an intercept (table " + marker.table() + ") swallows answers on this host");
    }

    private static void rules(final String tool, final Set<Marker> held, final List<Leftover> found)
            throws GuardException {
        if (!Tool.said("sh", "-c", "command -v " + tool + "-save || true").isBlank()) {
            for (final String line : Tool.said(tool + "-save").split("\n")) {
                final Matcher rule = RULE.matcher(line);
                if (rule.matches()
                        && held.stream().noneMatch(marker -> marker.table().equals(rule.group(5)))) {
                    final List<String> removal = new ArrayList<>(List.of(tool, "-w", "-D"));
                    removal.addAll(Arrays.asList(rule.group(1).split(" ")));
                    found.add(new Leftover(
                            tool + " " + line,
                            "src " + inBrackets(rule.group(2)) + " sport = :" + rule.group(4) + " dst "
                                    + inBrackets(rule.group(3)),
                            removal));
                }
            }
        }
    }

    private static void devices(final Set<Marker> held, final List<Leftover> found) throws GuardException {
        final Matcher device = DEVICE.matcher(Tool.said("ip", "-o", "link"));
        while (device.find()) {
            final String name = device.group(1);
            if (held.stream().noneMatch(marker -> Hole.of(marker).equals(name))) {
                final String routes = routes("-4", name) + (Files.exists(IPV6) ? routes("-6", name) : "");
                final String networks = ROUTE.matcher(routes)
                        .results()
                        .map(each -> "dst " + inBrackets(each.group(1)))
                        .collect(Collectors.joining(" or "));
                found.add(new Leftover("device " + name, networks, List.of("ip", "link", "delete", name)));
            }
        }
    }

    private static String routes(final String family, final String device) throws GuardException {
        return Tool.said("ip", family, "route", "show", "table", "all", "dev", device);
    }

    private static String inBrackets(final String address) {
        return address.indexOf(':') < 0 ? address : "[" + address + "]";
    }

    /**
     * Closes the connections first: their answers would reach the clients without it.
     *
     * @throws GuardException when one does not close, or the kernel refuses
     */
    public static void remove(final Leftover leftover) throws GuardException {
        final long beginNs = System.nanoTime();
        while (!leftover.connections().isEmpty() && closing(leftover.connections())) {
            if (System.nanoTime() - beginNs > PATIENCE_NS) {
                throw new GuardException("connections do not close: " + leftover.connections());
            }
            pause(LOOK_MS);
        }
        Tool.said(leftover.removal().toArray(String[]::new));
    }

    private static boolean closing(final String connections) throws GuardException {
        Tool.said("ss", "-KHt", "state", "all", connections);
        return !Tool.said("ss", "-Hnt", "state", "all", connections).isBlank();
    }

    private static void pause(final long ms) throws GuardException {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuardException("interrupted");
        }
    }
}
