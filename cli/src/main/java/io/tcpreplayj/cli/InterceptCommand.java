package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.intercept.Assistant;
import io.tcpreplayj.intercept.KernelRulesException;
import io.tcpreplayj.intercept.NoWayException;
import io.tcpreplayj.intercept.PacketRingTap;
import io.tcpreplayj.intercept.Swallow;
import io.tcpreplayj.intercept.Swallower;
import io.tcpreplayj.intercept.TapOpener;
import io.tcpreplayj.intercept.TargetHost;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.feed.FeedListener;
import io.tcpreplayj.intercept.feed.FeedServer;
import io.tcpreplayj.intercept.guard.Announcement;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.linux.Unprivileged;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code intercept}: takes the answers of this host's own servers, or those that targets route to this host, and sends them
 * to the replayers they belong to.
 */
final class InterceptCommand implements Command {
    /** Ethernet, IP with options and TCP with options: what comes of a segment besides its payload. */
    private static final int HEADERS = 14 + 60 + 60;

    private static final int BATCH = 256;
    /** The kernel's filter looks at them one after the other. */
    private static final int MOST_NETWORKS = 8;

    private static final int QUEUE_LENGTH = 65_536;
    private static final int LONGEST_QUEUE = 1 << 20;
    private static final int LARGEST_PAYLOAD = 65_535;
    private static final long CHECK_NS = 500_000_000L;
    private static final String RULES_GONE = "the rules that keep answers on this host are gone";
    private static final long LOOK_NS = 100_000_000L;
    private static final List<Cidr> BENCHMARK_NETWORKS =
            List.of(Cidr.parse("198.18.0.0/15"), Cidr.parse("2001:2::/48"));

    private final HostPort hostPort = new HostPort(InetAddress::getAllByName);

    /** The signal that ended the run; 0 while there was none. */
    private volatile int signal;

    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final List<Endpoint> targets = args.all(Flags.SERVED_TARGET).stream()
                .map(text -> hostPort.parse(Flags.SERVED_TARGET, text))
                .toList();
        final List<Cidr> clients = clients(args, targets);
        try (Announcement announcement = announcement(args, targets, clients)) {
            return run(args, console, targets, clients, announcement);
        }
    }

    /** First of all, before the keys are unlocked: a guard that waits for us has little patience with silence. */
    private static Announcement announcement(
            final LowArgs args, final List<Endpoint> targets, final List<Cidr> clients) {
        return args.has(Flags.INTERFACE) || targets.isEmpty()
                ? Announcement.nothing()
                : TargetHost.announce(targets, clients);
    }

    private int run(
            final LowArgs args,
            final Console console,
            final List<Endpoint> targets,
            final List<Cidr> clients,
            final Announcement announcement)
            throws IOException {
        final TapOpener frames = selected(args, frames(args));
        final FeedKeys keys = keys(args.value(Flags.KEYS));
        final FeedAddress address = address(args.value(Flags.LISTEN), keys, hostPort);
        final String payload = args.value(Flags.PAYLOAD);
        final int payloadBytes = payload == null ? 0 : (int) Units.count(Flags.PAYLOAD, payload, 0, LARGEST_PAYLOAD);
        final String device = args.value(Flags.INTERFACE);
        final Link link = device == null ? null : link(device);
        final List<Swallow> ways = link == null ? ways(args) : List.of();
        // First the door: one that is taken must not cost a dying intercept its guard.
        try (FeedListener listener = FeedListener.open(address, keys);
                Swallower swallower = link == null
                        ? atTarget(
                                args,
                                new TargetHost.Request(
                                        targets, clients, HEADERS + payloadBytes, queueLength(args), frames),
                                ways,
                                announcement)
                        : Assistant.open(link, clients, HEADERS + payloadBytes, frames);
                FeedServer server = FeedServer.open(
                        new FeedServer.Settings(
                                address, keys, clients, targets, payloadBytes, swallower.attests(), swallower.mode()),
                        listener,
                        swallower.tap())) {
            if (!args.has(Flags.QUIET)) {
                console.err()
                        .println("tcpreplay-j: swallows all that is for " + words(clients) + ", " + swallower.mode()
                                + "; replayers find it at " + server.address());
            }
            final Unprivileged.Keep keep =
                    swallower.tap().needsNetAdmin() ? Unprivileged.Keep.RAW_AND_ADMIN : Unprivileged.Keep.RAW;
            final boolean held =
                    Signals.during(this::stop, () -> Unprivileged.call("tap", keep, () -> serve(server, swallower)));
            server.revoke(held ? "the intercept was told to stop" : RULES_GONE);
            final FeedServer.Counters counters = server.counters();
            console.out()
                    .println(
                            args.has(Flags.JSON)
                                    ? InterceptReport.json(counters)
                                    : InterceptReport.words(
                                            counters, !args.operands().isEmpty()));
            if (!held) {
                console.err()
                        .println("tcpreplay-j: " + RULES_GONE
                                + "\nhint: who killed nft, or took the interface away? start the intercept again");
                return ExitCode.INCOMPLETE.code();
            }
        } catch (final KernelRulesException e) {
            throw new UserException(String.valueOf(e.getMessage()), e.hint());
        }
        return ExitCode.ofSignal(signal);
    }

    /** Without an interface the answers are those of servers of this host. */
    private static Swallower atTarget(
            final LowArgs args,
            final TargetHost.Request request,
            final List<Swallow> ways,
            final Announcement announcement)
            throws IOException {
        if (request.targets().isEmpty()) {
            throw new UserException(
                    "intercept needs --target HOST:PORT on the target's own host, or -i INTERFACE on an assistant host",
                    "see this host's addresses with: ip -brief address");
        }
        for (final Endpoint target : request.targets()) {
            if (target.address().toInetAddress().isLoopbackAddress()
                    || !Routes.to(target.address()).local()) {
                throw new UserException(
                        "--target " + target + " is no address of this host that others reach",
                        "see this host's addresses with: ip -brief address; on an assistant host give -i INTERFACE");
            }
        }
        try {
            final TargetHost host = TargetHost.open(request, ways);
            announcement.fulfil();
            return host;
        } catch (final NoWayException e) {
            if (CaptureMode.of(args) == CaptureMode.PCAP && !args.has(Flags.SWALLOW)) {
                throw new UserException(e.getMessage() + " (--capture pcap goes with egress only)", e.hint());
            }
            throw e;
        }
    }

    private static int queueLength(final LowArgs args) {
        final String length = args.value(Flags.QUEUE_LENGTH);
        return length == null ? QUEUE_LENGTH : (int) Units.count(Flags.QUEUE_LENGTH, length, 1, LONGEST_QUEUE);
    }

    /** How frames are seen; what comes in only is of no use here, for answers are to hosts that are none. */
    private static TapOpener frames(final LowArgs args) {
        return switch (CaptureMode.of(args)) {
            case RING -> PacketRingTap::open;
            case PCAP -> PcapTap::open;
            case RAW ->
                throw new UserException(
                        "--capture raw sees what is for this host, and answers to replayed clients are not",
                        "give ring or pcap");
        };
    }

    /** Of what is swallowed, only what the expression selects is seen, and handed on. */
    private static TapOpener selected(final LowArgs args, final TapOpener frames) {
        final String expression = String.join(" ", args.operands());
        if (expression.isEmpty()) {
            return frames;
        }
        if (!args.has(Flags.INTERFACE)) {
            throw new UserException(
                    "the filter expression \"" + expression
                            + "\" selects of what comes by -i INTERFACE, and there is none",
                    "on the target's own host --target and --clients say what is taken");
        }
        final LiveFilter filter = LiveFilter.of(args, expression);
        if (!filter.left().isEmpty()) {
            throw new UserException(
                    "the kernel takes VLAN tags off before its filter runs, which \"" + expression + "\" looks for",
                    "give -i the interface of that VLAN, as eth0.7, and leave \"vlan\" out");
        }
        final PacketFilter wanted = filter.compile(Linktype.ETHERNET);
        return (link, toClients, snaplen, outgoing) -> frames.open(link, toClients.and(wanted), snaplen, outgoing);
    }

    private static List<Swallow> ways(final LowArgs args) {
        final String asked = args.value(Flags.SWALLOW);
        final List<Swallow> ways = Stream.of(Swallow.values())
                .filter(way -> asked == null || asked.equals(way.word()))
                .toList();
        if (ways.isEmpty()) {
            throw new UserException("--swallow: \"" + asked + "\" is not known", "give egress, nfqueue or tun");
        }
        if (CaptureMode.of(args) == CaptureMode.PCAP) {
            if (!ways.contains(Swallow.EGRESS)) {
                throw new UserException(
                        "--swallow " + asked + " has a way of its own to see answers, without --capture",
                        "leave out --capture, or give --swallow egress");
            }
            return List.of(Swallow.EGRESS);
        }
        return ways;
    }

    private void stop(final int number) {
        signal = number;
    }

    /** Returns whether the answers are kept from others still. */
    private boolean serve(final FeedServer server, final Swallower swallower) throws IOException {
        final Poller poller = new Poller(swallower.tap().fd());
        long lookNs = System.nanoTime();
        while (signal == 0) {
            final long nowNs = System.nanoTime();
            if (nowNs - lookNs > CHECK_NS) {
                lookNs = nowNs;
                if (!swallower.holds()) {
                    return false;
                }
            }
            if (server.poll(BATCH) == 0) {
                poller.await(LOOK_NS);
            }
        }
        return true;
    }

    /** Those of the targets' families, where targets are named. */
    private static List<Cidr> clients(final LowArgs args, final List<Endpoint> targets) {
        final List<Cidr> speaking = clients(args).stream()
                .filter(network -> targets.isEmpty()
                        || targets.stream()
                                .anyMatch(target -> target.address().isV4()
                                        == network.address().isV4()))
                .toList();
        if (speaking.isEmpty()) {
            throw new UserException(
                    "no client of --clients can speak to a --target: they are of two address families",
                    "give --clients a network of the target's family");
        }
        return speaking;
    }

    private static List<Cidr> clients(final LowArgs args) {
        final List<String> given = args.all(Flags.SWALLOWED_CLIENTS);
        if (given.size() > MOST_NETWORKS) {
            throw new UserException(
                    "--clients names " + given.size() + " networks; " + MOST_NETWORKS + " is the most",
                    "give larger networks, or start a second intercept");
        }
        return given.isEmpty()
                ? BENCHMARK_NETWORKS
                : given.stream()
                        .map(text -> Selection.network(Flags.SWALLOWED_CLIENTS, text))
                        .toList();
    }

    private static Link link(final String name) {
        try {
            return Link.byName(name);
        } catch (final LinuxException e) {
            throw new UserException("no interface " + name, "see the interfaces with: ip -brief link");
        }
    }

    private static FeedAddress address(
            final @Nullable String listen, final @Nullable FeedKeys keys, final HostPort hostPort) {
        final FeedAddress address = listen == null
                ? FeedAddress.anyAddress(FeedAddress.DEFAULT_PORT)
                : FeedAddresses.parse(Flags.LISTEN, listen, hostPort);
        if (keys == null && !address.isLocal()) {
            throw new UserException(
                    "others can reach " + address + ", so intercept needs --keys",
                    "make them with: tcpreplay-j keys lab.p12; or listen for this machine only: --listen 127.0.0.1:"
                            + FeedAddress.DEFAULT_PORT);
        }
        return address;
    }

    private static @Nullable FeedKeys keys(final @Nullable String file) throws IOException {
        return file == null ? null : FeedKeys.open(Path.of(file));
    }

    private static String words(final List<Cidr> networks) {
        return String.join(" and ", networks.stream().map(Cidr::toString).toList());
    }
}
