package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.PortSpan;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.GuardRails;
import io.tcpreplayj.replay.Interception;
import io.tcpreplayj.replay.OnEarlyFin;
import io.tcpreplayj.replay.OnReset;
import io.tcpreplayj.replay.ReplayOptions;
import io.tcpreplayj.replay.ReplayOptions.TargetMapping;
import io.tcpreplayj.replay.ReplayRules;
import io.tcpreplayj.replay.SocketClients;
import io.tcpreplayj.replay.StartLimits;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.UserException;
import io.tcpreplayj.replay.protocol.RewriteRule;
import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.tcp.AckStyle;
import io.tcpreplayj.replay.tcp.Likeness;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The checked options of {@code replay}; what depends on the flows is left to {@link TargetPlan}.
 *
 * @param target where everything goes, or null when {@code maps} says it
 * @param maps captured ports and where each goes
 */
record ReplayArgs(
        @Nullable Endpoint target,
        List<PortMap> maps,
        String transport,
        double speed,
        int copies,
        long seed,
        StartLimits limits,
        long responseTimeoutNs,
        long prewarmNs,
        @Nullable Path sessionsFile,
        @Nullable Interception interception,
        @Nullable SocketClients socketClients,
        List<Cidr> allowPublic,
        boolean sameServer,
        GuardRails rails,
        ReplayRules rules) {

    private static final List<String> TRANSPORTS = List.of("auto", "tun", "packet", "xdp", "raw", "socket");
    private static final String BURST = "burst";
    private static final String DROP_FLOW = "drop-flow=";
    private static final String CAPTURED = "captured";
    private static final long DEFAULT_RESPONSE_TIMEOUT_NS = 30_000_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;

    /** {@code --map PORTS=HOST:PORT}. */
    record PortMap(PortSpan ports, Endpoint target) {}

    static ReplayArgs of(final LowArgs args, final HostPort hostPort) {
        final String target = args.value(Flags.TARGET);
        final List<PortMap> maps = new ArrayList<>();
        args.all(Flags.MAP).forEach(text -> maps.add(map(text, hostPort)));
        if (target == null && maps.isEmpty()) {
            throw ArgumentParser.usage(args.verb(), "where to? " + args.verb().name() + " wants --target HOST:PORT");
        }
        if (target != null && !maps.isEmpty()) {
            throw ArgumentParser.usage(args.verb(), "give --target or --map, not both");
        }
        final String sessions = args.value(Flags.SESSIONS);
        return new ReplayArgs(
                target == null ? null : hostPort.parse(Flags.TARGET, target),
                maps,
                transport(args),
                Units.speed(Flags.SPEED, orElse(args.value(Flags.SPEED), "1x")),
                copies(args),
                seed(args),
                limits(args),
                responseTimeoutNs(args),
                prewarmNs(args),
                sessions == null ? null : Path.of(sessions),
                interception(args, hostPort),
                socketClients(args),
                allowPublic(args),
                args.has(Flags.SAME_SERVER),
                rails(args),
                rules(args));
    }

    /** These are {@code live --target}'s as well. */
    static int copies(final LowArgs args) {
        return (int) Units.count(Flags.COPIES, orElse(args.value(Flags.COPIES), "1"), 1, 65535);
    }

    static long responseTimeoutNs(final LowArgs args) {
        final String timeout = args.value(Flags.RESPONSE_TIMEOUT);
        return timeout == null ? DEFAULT_RESPONSE_TIMEOUT_NS : Units.durationNs(Flags.RESPONSE_TIMEOUT, timeout);
    }

    private static StartLimits limits(final LowArgs args) {
        final String open = args.value(Flags.MAX_CONNECTIONS);
        final String rate = args.value(Flags.MAX_RATE);
        final String ramp = args.value(Flags.RAMP);
        if (ramp != null && rate == null) {
            throw ArgumentParser.usage(args.verb(), "--ramp wants --max-rate: up to how many a second?");
        }
        return new StartLimits(
                open == null ? Integer.MAX_VALUE : (int) Units.count(Flags.MAX_CONNECTIONS, open, 1, Integer.MAX_VALUE),
                rate == null ? 0 : SECOND_NS / Units.count(Flags.MAX_RATE, rate, 1, SECOND_NS),
                ramp == null ? 0 : Units.durationNs(Flags.RAMP, ramp),
                lateNs(args));
    }

    /** By how much a flow may be late that begins. */
    private static long lateNs(final LowArgs args) {
        final String policy = orElse(args.value(Flags.LATE), BURST);
        if (policy.equals(BURST)) {
            return StartLimits.BURST;
        }
        if (!policy.startsWith(DROP_FLOW)) {
            throw new UserException(
                    Flags.LATE + ": \"" + policy + "\" is not known",
                    "give " + BURST + ", or " + DROP_FLOW + "TIME, as " + DROP_FLOW + "500ms");
        }
        if (isFullSpeed(args)) {
            throw ArgumentParser.usage(
                    args.verb(), "--late " + policy + " wants a pace; at --speed max nothing is late");
        }
        return Units.durationNs(Flags.LATE, policy.substring(DROP_FLOW.length()));
    }

    private static boolean isFullSpeed(final LowArgs args) {
        return Double.isInfinite(Units.speed(Flags.SPEED, orElse(args.value(Flags.SPEED), "1x")));
    }

    static List<Cidr> allowPublic(final LowArgs args) {
        return args.all(Flags.ALLOW_PUBLIC).stream()
                .map(text -> Selection.network(Flags.ALLOW_PUBLIC, text))
                .toList();
    }

    static GuardRails rails(final LowArgs args) {
        final String bandwidth = args.value(Flags.MAX_BANDWIDTH);
        final String giveUp = args.value(Flags.GIVE_UP);
        return new GuardRails(
                oneOf(args, Flags.BREAKER, List.of("on", "off")).equals("on"),
                bandwidth == null ? 0 : Units.bitsPerSecond(Flags.MAX_BANDWIDTH, bandwidth),
                giveUp == null ? GuardRails.NEVER : Units.durationNs(Flags.GIVE_UP, giveUp));
    }

    static boolean midstream(final LowArgs args) {
        return oneOf(args, Flags.MIDSTREAM, List.of("skip", "synth")).equals("synth");
    }

    /** Every address that may be sent to. */
    List<Endpoint> targets() {
        return target != null
                ? List.of(target)
                : maps.stream().map(PortMap::target).toList();
    }

    /**
     * With intercepts that must vouch where a target is public.
     *
     * @throws UserException when there are none
     */
    ReplayArgs vouched() {
        Interception vouching = interception;
        for (final Endpoint each : targets()) {
            vouching = TargetGuard.checkVouched(each.address(), vouching);
        }
        return new ReplayArgs(
                target,
                maps,
                transport,
                speed,
                copies,
                seed,
                limits,
                responseTimeoutNs,
                prewarmNs,
                sessionsFile,
                vouching,
                socketClients,
                allowPublic,
                sameServer,
                rails,
                rules);
    }

    ReplayOptions options(final List<TargetMapping> targets) {
        return new ReplayOptions(
                targets,
                transport,
                speed,
                copies,
                seed,
                responseTimeoutNs,
                prewarmNs,
                limits,
                sessionsFile,
                interception,
                socketClients,
                allowPublic,
                rails,
                rules);
    }

    private static long prewarmNs(final LowArgs args) {
        final String time = args.value(Flags.PREWARM);
        if (time == null) {
            return 0;
        }
        if (isFullSpeed(args)) {
            throw ArgumentParser.usage(args.verb(), "--prewarm wants a pace; --speed max has none");
        }
        return Units.durationNs(Flags.PREWARM, time);
    }

    private static PortMap map(final String text, final HostPort hostPort) {
        final int equals = text.indexOf('=');
        if (equals <= 0) {
            throw new UserException("--map: \"" + text + "\" is not valid", "give PORT=HOST:PORT, as 80=10.0.0.9:8080");
        }
        return new PortMap(
                PortSpan.parse(Flags.MAP, text.substring(0, equals)),
                hostPort.parse(Flags.MAP, text.substring(equals + 1)));
    }

    private static ReplayRules rules(final LowArgs args) {
        return new ReplayRules(
                oneOf(args, Flags.GATE, GateMode.values(), GateMode::label),
                oneOf(args, Flags.CONGESTION_CONTROL, List.of("reno", "off")).equals("reno"),
                oneOf(args, Flags.ECN, List.of("off", "on")).equals("on"),
                midstream(args),
                oneOf(args, Flags.GAP, Gaps.values(), Gaps::label),
                oneOf(args, Flags.ON_EARLY_FIN, OnEarlyFin.values(), OnEarlyFin::label),
                oneOf(args, Flags.ON_RESET, OnReset.values(), OnReset::label),
                likeness(args),
                rewrites(args));
    }

    private static List<RewriteRule> rewrites(final LowArgs args) {
        try {
            return args.all(Flags.REWRITE).stream().map(RewriteRule::parse).toList();
        } catch (final IllegalArgumentException e) {
            throw new UserException(Flags.REWRITE + ": " + e.getMessage(), "see --rewrite in the README");
        }
    }

    private static Likeness likeness(final LowArgs args) {
        return new Likeness(
                oneOf(args, Flags.ACK_POLICY, AckStyle.values(), AckStyle::label),
                oneOf(args, Flags.WINDOW_POLICY, List.of("open", CAPTURED)).equals(CAPTURED),
                args.has(Flags.PRESERVE_ISN),
                numberOrCaptured(args, Flags.DSCP, 0, 0, 63),
                numberOrCaptured(args, Flags.TTL, Likeness.USUAL_HOP_LIMIT, 1, 255));
    }

    private static int numberOrCaptured(
            final LowArgs args, final Flag flag, final int usual, final int least, final int most) {
        final String value = args.value(flag);
        if (value == null) {
            return usual;
        }
        return value.equals(CAPTURED) ? Likeness.CAPTURED : (int) Units.count(flag, value, least, most);
    }

    private static <E> E oneOf(final LowArgs args, final Flag flag, final E[] values, final Function<E, String> label) {
        final List<String> words = Arrays.stream(values).map(label).toList();
        return values[words.indexOf(oneOf(args, flag, words))];
    }

    /** The value of {@code flag} when it is one of {@code words}; the first of them is what it is by default. */
    private static String oneOf(final LowArgs args, final Flag flag, final List<String> words) {
        final String word = orElse(args.value(flag), words.get(0));
        if (!words.contains(word)) {
            throw new UserException(
                    flag + ": \"" + word + "\" is not known", "give one of " + String.join(", ", words));
        }
        return word;
    }

    static String transport(final LowArgs args) {
        final String transport = oneOf(args, Flags.TRANSPORT, TRANSPORTS);
        if (args.has(Flags.INTERCEPT)) {
            return withIntercept(transport);
        }
        return args.has(Flags.CLIENTS) ? withClients(args, transport) : transport;
    }

    private static String withIntercept(final String transport) {
        if (transport.equals("tun") || transport.equals("socket")) {
            throw new UserException(
                    "--intercept goes with --transport packet or raw, not " + transport, "leave one of the two out");
        }
        return transport;
    }

    static @Nullable Interception interception(final LowArgs args, final HostPort hostPort) {
        if (!args.has(Flags.INTERCEPT)) {
            if (args.has(Flags.ATTESTED)) {
                throw ArgumentParser.usage(args.verb(), "--attested wants --intercept: who else should vouch?");
            }
            return null;
        }
        final String clients = args.value(Flags.CLIENTS);
        if (clients == null || clients.equals("self")) {
            throw new UserException(
                    "--intercept needs --clients: NETWORK, where the clients live, or original, their captured"
                            + " addresses",
                    "give a network that the intercept swallows, as --clients 198.18.0.0/20");
        }
        final String keys = args.value(Flags.KEYS);
        return new Interception(
                FeedAddresses.parseAll(Flags.INTERCEPT, args.all(Flags.INTERCEPT), hostPort),
                keys == null ? null : Path.of(keys),
                clients.equals("original") ? null : Selection.network(Flags.CLIENTS, clients),
                args.has(Flags.ATTESTED));
    }

    private static @Nullable SocketClients socketClients(final LowArgs args) {
        final String clients = args.value(Flags.CLIENTS);
        return clients == null || clients.equals("self") || args.has(Flags.INTERCEPT)
                ? null
                : new SocketClients(clients.equals("original") ? null : Selection.network(Flags.CLIENTS, clients));
    }

    /** Where the clients live follows from the transport; who names a place chooses among the transports that have it. */
    private static String withClients(final LowArgs args, final String transport) {
        final String clients = args.value(Flags.CLIENTS);
        final boolean planned = args.verb().equals(Flags.REPLAY) || args.verb().equals(Flags.DOCTOR);
        if (!"self".equals(clients) && transport.equals("socket") && planned) {
            return transport;
        }
        if ("original".equals(clients)) {
            throw new UserException(
                    "--clients original needs --intercept: nothing else keeps answers from the real clients",
                    "start tcpreplay-j intercept on the target's own host with --clients of their networks, and name it:"
                            + " --intercept HOST"
                            + (planned ? "; or let it route them to this host, with --transport socket" : ""));
        }
        if (!"self".equals(clients)) {
            throw new UserException(
                    "--clients: \"" + clients + "\" is not known",
                    "give self, or a network together with --intercept"
                            + (args.verb().equals(Flags.REPLAY) ? " or --transport socket" : "")
                            + "; without it --transport tun maps the clients into a pool of its own");
        }
        if (transport.equals("tun") || transport.equals("socket")) {
            throw new UserException(
                    "--clients self goes with --transport packet or raw, not " + transport, "leave one of the two out");
        }
        return transport.equals("auto") ? "packet" : transport;
    }

    // 31 bits are enough to tell runs apart, and short enough to be typed again.
    private static long seed(final LowArgs args) {
        final String seed = args.value(Flags.SEED);
        return seed == null ? new SecureRandom().nextInt(Integer.MAX_VALUE) : Units.integer(Flags.SEED, seed);
    }

    private static String orElse(final @Nullable String value, final String otherwise) {
        return value == null ? otherwise : value;
    }
}
