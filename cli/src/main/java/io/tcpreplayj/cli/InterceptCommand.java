package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.intercept.Assistant;
import io.tcpreplayj.intercept.KernelRulesException;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.feed.FeedServer;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code intercept}: takes the answers that targets route to this host and sends them to the replayers they belong to. */
final class InterceptCommand implements Command {
    /** Ethernet, IP with options and TCP with options: what comes of a segment besides its payload. */
    private static final int HEADERS = 14 + 60 + 60;

    private static final int BATCH = 256;
    /** The kernel's filter looks at them one after the other. */
    private static final int MOST_NETWORKS = 8;

    private static final int LARGEST_PAYLOAD = 65_535;
    private static final long LOOK_NS = 100_000_000L;
    private static final List<Cidr> BENCHMARK_NETWORKS =
            List.of(Cidr.parse("198.18.0.0/15"), Cidr.parse("2001:2::/48"));

    /** The signal that ended the run; 0 while there was none. */
    private volatile int signal;

    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final HostPort hostPort = new HostPort(InetAddress::getAllByName);
        final List<Cidr> clients = clients(args);
        final List<Endpoint> targets = args.all(Flags.SERVED_TARGET).stream()
                .map(text -> hostPort.parse(Flags.SERVED_TARGET, text))
                .toList();
        final FeedKeys keys = keys(args.value(Flags.KEYS));
        final FeedAddress address = address(args.value(Flags.LISTEN), keys, hostPort);
        final String payload = args.value(Flags.PAYLOAD);
        final int payloadBytes = payload == null ? 0 : (int) Units.count(Flags.PAYLOAD, payload, 0, LARGEST_PAYLOAD);
        final Link link = link(args.value(Flags.INTERFACE));
        try (Assistant assistant = Assistant.open(link, clients, HEADERS + payloadBytes);
                FeedServer server = FeedServer.open(
                        new FeedServer.Settings(
                                address, keys, clients, targets, payloadBytes, true, "routed to " + link.name()),
                        assistant.tap())) {
            if (!args.has(Flags.QUIET)) {
                console.err()
                        .println("tcpreplay-j: swallows all that comes by " + link.name() + " for " + words(clients)
                                + "; replayers find it at " + server.address());
            }
            Signals.during(this::stop, () -> serve(server, assistant.tap().fd()));
            server.revoke("the intercept was told to stop");
            report(server.counters(), args, console);
        } catch (final KernelRulesException e) {
            throw new UserException(String.valueOf(e.getMessage()), e.hint());
        }
        return ExitCode.ofSignal(signal);
    }

    private void stop(final int number) {
        signal = number;
    }

    private boolean serve(final FeedServer server, final int fd) throws IOException {
        final Poller poller = new Poller(fd);
        while (signal == 0) {
            if (server.poll(BATCH) == 0) {
                poller.await(LOOK_NS);
            }
        }
        return true;
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

    private static Link link(final @Nullable String name) {
        if (name == null) {
            throw new UserException(
                    "intercept needs -i INTERFACE: where the target's answers come in",
                    "see the interfaces with: ip -brief link");
        }
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

    private static void report(final FeedServer.Counters counters, final LowArgs args, final Console console) {
        if (args.has(Flags.JSON)) {
            console.out()
                    .println("{\"routed\":" + counters.routed() + ",\"unclaimed\":" + counters.unclaimed()
                            + ",\"dropped\":" + counters.tapDrops() + ",\"turnedAway\":" + counters.turnedAway() + "}");
        } else {
            console.out()
                    .println(counters.routed() + " packets handed on, " + counters.unclaimed() + " of nobody's, "
                            + counters.tapDrops() + " lost by the ring, " + counters.turnedAway()
                            + " connections turned away");
        }
    }
}
