package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.intercept.guard.Hole;
import io.tcpreplayj.intercept.guard.Marker;
import io.tcpreplayj.intercept.guard.Rules;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.TunDevice;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@link Swallow#TUN}: the clients' networks are routed into a TUN device of ours, with all that this host has to say to them.
 * It needs neither a route nor a gateway of its own; device and routes die with this process. Answers then take the guard's
 * routes into a hole: a rule that dropped them would tell their sender's TCP, which would put its answers aside and try them
 * ever more rarely (tcp_send_probe0 of net/ipv4/tcp_output.c), but for what goes another way, which the guard's rule stops.
 */
final class TunWay implements Way {
    private static final int MTU = 1500;
    private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4/conf");
    private static final String STRICT = "1";
    /** Behind all routes that people make: of two for the same network the lower metric is taken. */
    private static final long LAST_METRIC = 4_000_000_000L;
    /** Two routes of one metric cannot be, and the hole of a guard that was killed is there for long. */
    private static final int METRIC_DIGITS = 7;

    private final TunDevice device;
    private final TunTap tap;

    private TunWay(final TunDevice device) {
        this.device = device;
        this.tap = new TunTap(device.packets(), device::drops);
    }

    static TunWay open(final TargetHost.Request request) throws IOException {
        for (final Endpoint target : request.targets()) {
            if (target.address().isV4()) {
                checkFilter(target);
            }
        }
        final TunDevice device = TunDevice.openForSuperSegments(MTU, request.snaplen());
        boolean done = false;
        try {
            for (final Cidr network : request.clients()) {
                route(device, network);
            }
            for (final Connections.Pair pair : request.connections().pairs()) {
                checkWay(device, pair);
            }
            done = true;
            return new TunWay(device);
        } finally {
            if (!done) {
                device.close();
            }
        }
    }

    private static void route(final TunDevice device, final Cidr network) throws IOException {
        try {
            device.addRoute(network);
        } catch (final LinuxException e) {
            if (e.isPermission()) {
                throw e;
            }
            throw new KernelRulesException(
                    "the route to " + network + " is taken: " + e.getMessage(),
                    "see who has it with: ip route show table all");
        }
    }

    /**
     * What a server's own address sends may have a table of its own (ip-rule(8)), which knows neither our route nor that into
     * the guard's hole.
     */
    private static void checkWay(final TunDevice device, final Connections.Pair pair) throws IOException {
        final Cidr network = pair.network();
        final IpAddress server = pair.target().address();
        final ClientRoute found = ClientRoute.find(network, server);
        final String way = found == null ? "nothing" : found.route().link().name();
        if (!way.equals(device.name())) {
            throw new KernelRulesException(
                    "a rule of routing, or a narrower route, sends answers of " + server + " to " + network + " by "
                            + way + " and not by our route",
                    "ip " + (server.isV4() ? "" : "-6 ") + "rule add to " + network.canonical()
                            + " lookup main; ip rule shows which comes first");
        }
    }

    /** Strict reverse path filtering (RFC 3704 2.2) drops clients' packets that the way back does not lead to. */
    private static void checkFilter(final Endpoint target) throws IOException {
        final NetworkInterface way =
                NetworkInterface.getByInetAddress(target.address().toInetAddress());
        if (way == null) {
            return;
        }
        final String own = setting(way.getName());
        final String all = setting("all");
        if ((own + all).contains(STRICT) && !(own + all).contains("2")) {
            throw new KernelRulesException(
                    "rp_filter is strict at " + way.getName() + ": it would drop the clients' packets",
                    "sysctl -w net.ipv4.conf." + way.getName() + ".rp_filter=2");
        }
    }

    private static String setting(final String device) throws IOException {
        return Files.readString(SETTINGS.resolve(device).resolve("rp_filter")).strip();
    }

    @Override
    public ResponseTap tap() {
        return tap;
    }

    @Override
    public Rules rules(final Connections connections, final Marker marker) {
        final List<String> stop = new AnswerRules(connections, marker.table())
                .stop("oifname != \"" + device.name() + "\" oifname != \"" + Hole.pattern() + "\" ");
        final String hole = Hole.of(marker);
        return new Rules(stop, dig(hole, connections, marker), "ip link delete " + hole);
    }

    /** A TUN device that nobody reads, and routes to it that count when there is no better one. */
    private static String dig(final String hole, final Connections connections, final Marker marker) {
        final long metric = LAST_METRIC + Long.parseLong(marker.random().substring(0, METRIC_DIGITS), 16);
        final String routes = connections.clients().stream()
                .map(network -> " && ip route add " + network.canonical() + " dev " + hole + " metric " + metric)
                .collect(Collectors.joining());
        return "ip tuntap add dev " + hole + " mode tun && ip link set " + hole + " up" + routes;
    }

    @Override
    public String mode() {
        return Swallow.TUN.word() + " " + device.name()
                + (device.superSegments() ? "" : ", whose offloads this kernel refused");
    }

    @Override
    public void close() {
        device.close();
    }
}
