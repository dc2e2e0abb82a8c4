package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.socket.SocketAgent;
import io.tcpreplayj.replay.socket.SocketTimeouts;
import io.tcpreplayj.replay.tcp.TcpConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The whole of a replay, from selected flows to the result: the one entry point for the command line. */
public final class Replay {
    private static final LocalEndpoints KERNELS = client -> {
        throw new IllegalStateException("the kernel chooses the endpoints");
    };

    /** Of the run that is under way, or of the next one: a signal may come while that is still being planned. */
    private static volatile RunControl control = new RunControl();

    /** What a run tells while it runs; called a few times a second on the replay's own thread. */
    public interface Progress {
        /** Nothing is told. */
        Progress NONE = new Progress() {
            @Override
            public void onStart(final String banner) {}

            @Override
            public void onTick(final Snapshot now) {}
        };

        /** Once, before the first packet: what goes where, by which transport and why. */
        void onStart(String banner);

        void onTick(Snapshot now);

        /** What somebody who watches should know now, in one line; on any thread. */
        default void onNews(final String line) {}
    }

    /**
     * A moment of a run.
     *
     * @param doneFraction from 0 to 1
     * @param hushNs how long nothing has been heard of the target while it owes something; 0 where nobody counts
     */
    public record Snapshot(
            double doneFraction,
            long elapsedNs,
            long plannedNs,
            long openFlows,
            long okFlows,
            long failedFlows,
            double requestsPerSecond,
            long lagP99Ns,
            long hushNs) {}

    private Replay() {}

    /**
     * Plans without sending: what {@code --dry-run} prints.
     *
     * @throws UserException when the plan cannot work
     */
    public static String plan(final FlowDb db, final List<FlowRecord> flows, final ReplayOptions options)
            throws IOException {
        final ByProtocol split = ByProtocol.of(flows, options);
        final UdpRun udp = split.udpRun(db, 0, ByteLimit.NONE, control);
        if (udp != null && !split.hasTcp()) {
            return udp.description() + "; nothing is sent: --dry-run" + rewritten(split);
        }
        final ReplayPlan plan = split.tcpPlan(db, 0);
        final TransportChoice choice = choice(options, plan);
        final String room = RawTransports.room(choice, TransportNeeds.of(plan), options.interception());
        final SocketClients clients = options.socketClients();
        return describe(plan, options, choice, "nothing is sent: --dry-run" + answers(options))
                + (udp == null ? "" : "; and " + udp.description())
                + rewritten(split)
                + "\n  needs " + room
                + (clients == null ? "" : clients.places(plan, 0).description())
                + "\n  ends " + end(plan);
    }

    private static String rewritten(final ByProtocol split) {
        final ReplayResult.Rewrites rewrites = split.rewrites();
        return rewrites == null ? "" : "; " + rewrites.words();
    }

    private static String answers(final ReplayOptions options) {
        final Interception interception = options.interception();
        return interception == null ? "" : ", answers would come from " + interception.words();
    }

    private static String end(final ReplayPlan plan) {
        return plan.closedLoop()
                ? "when the targets have answered all"
                : String.format(
                        Locale.ROOT,
                        "%.1f s after it begins, if the targets are as fast as the captured server",
                        plan.plannedNs() / 1e9);
    }

    /**
     * Replays and returns what happened. {@code flows} are all flows of the selection, replayable or not; those filtered
     * away are counted by {@code filtered}.
     *
     * @throws UserException when nothing could be sent: no privilege, forbidden target, pool too small, …
     */
    public static ReplayResult run(
            final FlowDb db,
            final List<FlowRecord> flows,
            final long filtered,
            final ReplayOptions options,
            final Progress progress)
            throws IOException {
        final ByProtocol split = ByProtocol.of(flows, options);
        final ByteLimit limit = ByteLimit.of(options.rails().bitsPerSecond());
        final UdpRun udp = split.udpRun(db, filtered, limit, control);
        try {
            final Path sessions = options.sessionsFile();
            if (udp != null && !split.hasTcp()) {
                try (SessionsFile file = sessions == null ? null : SessionsFile.open(sessions)) {
                    return udp.alone(new Rewriting(progress, split), file).with(split.rewrites());
                }
            }
            final ReplayPlan plan = split.tcpPlan(db, filtered);
            final TransportChoice choice = choice(options, plan);
            if (udp != null) {
                udp.rehearse();
            }
            try (SessionsFile file = sessions == null ? null : SessionsFile.open(sessions)) {
                final Progress told = new Rewriting(progress, split);
                final ReplayResult result = choice.kind() == TransportChoice.Kind.SOCKET
                        ? overSockets(plan, options, choice, limit, told, file, udp)
                        : overRawWires(plan, options, choice, limit, told, file, udp);
                return result.with(split.rewrites());
            }
        } finally {
            control = new RunControl();
        }
    }

    /** Who typed a name wrong sends the real thing: so it is told before the first packet. */
    private record Rewriting(Progress shown, ByProtocol split) implements Progress {
        @Override
        public void onStart(final String banner) {
            shown.onStart(banner + rewritten(split));
        }

        @Override
        public void onTick(final Snapshot now) {
            shown.onTick(now);
        }

        @Override
        public void onNews(final String line) {
            shown.onNews(line);
        }
    }

    private static TransportChoice choice(final ReplayOptions options, final ReplayPlan plan) throws IOException {
        final TransportChoice choice =
                TransportChoice.make(options.transport(), plan.targets(), options.interception());
        OwnTcpOnly.check(choice, options.rules());
        LanOnly.check(options.rules(), options.rails(), plan.targets(), LanOnly.Ways.OF_THIS_HOST);
        return choice;
    }

    private static ReplayResult overSockets(
            final ReplayPlan unplaced,
            final ReplayOptions options,
            final TransportChoice choice,
            final ByteLimit limit,
            final Progress progress,
            final @Nullable SessionsFile sessions,
            final @Nullable UdpRun udp)
            throws IOException {
        final SocketClients clients = options.socketClients();
        final SocketClients.Places places = clients == null
                ? new SocketClients.Places(KERNELS, unplaced, "", null)
                : clients.places(unplaced, ThreadLocalRandom.current().nextInt());
        final ReplayPlan plan = places.plan();
        final WayBack way = places.way();
        if (way != null) {
            way.prove();
        }
        final String where = "kernel sockets" + places.description();
        progress.onStart(describe(plan, options, choice, where) + besides(udp));
        final Pace pace = options.pace();
        final SessionBook book = new SessionBook(plan);
        final CircuitBreaker breaker = breaker(book, plan, options);
        final LongSupplier clock = ReplayClock.real();
        final ReconnectPlan reconnects =
                new ReconnectPlan(plan.sessions(), options.rules(), pace, places.endpoints(), breaker);
        final SocketTimeouts usual = SocketTimeouts.defaults();
        final boolean stays = options.rules().onEarlyFin() == OnEarlyFin.CONTINUE;
        final SocketTimeouts timeouts = stays ? usual : usual.withEndAtEarlyFin();
        try (WayBackWatch watch = way == null ? null : new WayBackWatch(progress, way, clock);
                Agent agent = new SocketAgent(plan.order(), reconnects, timeouts, breaker, limit, clock)) {
            breaker.guards(agent::drain);
            final Progress watched = watch == null ? progress : watch;
            final ReplayRun run = new ReplayRun(ReplayRun.Facts.of(plan, options), choice, book, control, clock);
            return with(
                    udp, clock, sessions, () -> run.go(agent, breaker, limit, watched, writing(book, sessions, udp)));
        }
    }

    private static ReplayResult overRawWires(
            final ReplayPlan unplaced,
            final ReplayOptions options,
            final TransportChoice choice,
            final ByteLimit limit,
            final Progress progress,
            final @Nullable SessionsFile sessions,
            final @Nullable UdpRun udp)
            throws IOException {
        final int portBase = ThreadLocalRandom.current().nextInt();
        try (RawTransport transport =
                RawTransports.open(choice, TransportNeeds.of(unplaced), portBase, options.interception())) {
            final ReplayPlan plan = unplaced.at(transport.endpoints());
            progress.onStart(describe(plan, options, choice, transport.description()) + besides(udp));
            final Pace pace = options.pace();
            Rehearsal.play(plan, Rehearsal.budgetNs(plan));
            final SessionBook book = new SessionBook(plan);
            final CircuitBreaker breaker = breaker(book, plan, options);
            final LongSupplier clock = ReplayClock.real();
            final ReconnectPlan reconnects =
                    new ReconnectPlan(plan.sessions(), options.rules(), pace, transport.endpoints(), breaker);
            final TcpConfig config = config(transport, options);
            try (Agent agent = new RawAgent(plan.order(), transport, reconnects, config, breaker, limit, clock)) {
                breaker.guards(agent::drain);
                final ReplayRun run = new ReplayRun(ReplayRun.Facts.of(plan, options), choice, book, control, clock);
                return with(
                        udp,
                        clock,
                        sessions,
                        () -> run.go(agent, breaker, limit, progress, writing(book, sessions, udp)));
            }
        }
    }

    private static ReplayResult with(
            final @Nullable UdpRun udp,
            final LongSupplier clock,
            final @Nullable SessionsFile sessions,
            final UdpRun.Connections connections)
            throws IOException {
        return udp == null ? connections.run() : udp.beside(clock, sessions, connections);
    }

    private static CircuitBreaker breaker(final SessionBook book, final ReplayPlan plan, final ReplayOptions options) {
        return new CircuitBreaker(book, options.rails().breaker(), plan.sessions());
    }

    private static String besides(final @Nullable UdpRun udp) {
        return udp == null ? "" : "; and " + udp.description();
    }

    private static TcpConfig config(final RawTransport transport, final ReplayOptions options) {
        final TcpConfig usual = TcpConfig.defaults(transport.wire().mtu());
        final TcpConfig controlled = options.rules().congestionControl() ? usual : usual.withoutCongestionControl();
        final TcpConfig noticing = options.rules().ecn() ? controlled.withEcn() : controlled;
        final TcpConfig alike = noticing.like(options.rules().likeness());
        return options.rules().onEarlyFin() == OnEarlyFin.CONTINUE ? alike : alike.withEndAtEarlyFin();
    }

    /** Lines of UDP follow, where there is any: it may end later. */
    private static ReplayRun.Afterwards writing(
            final SessionBook book, final @Nullable SessionsFile sessions, final @Nullable UdpRun udp) {
        return sessions == null
                ? ReplayRun.Afterwards.NOTHING
                : () -> {
                    book.write(sessions);
                    if (udp == null) {
                        sessions.commit();
                    }
                };
    }

    private static String describe(
            final ReplayPlan plan, final ReplayOptions options, final TransportChoice choice, final String where) {
        final StringBuilder text = new StringBuilder();
        text.append(count(plan.sessions().size(), "session")).append(" of ").append(count(plan.clients(), "client"));
        if (options.copies() > 1) {
            text.append(" (").append(options.copies()).append(" copies)");
        }
        text.append(" to ").append(ReplayRun.names(plan.targets()));
        text.append(plan.closedLoop() ? " at full speed" : " at " + options.speed() + "x");
        text.append(", by ")
                .append(choice.kind().label())
                .append(" (")
                .append(where)
                .append(") because ");
        return text.append(choice.reason())
                .append("; seed ")
                .append(options.seed())
                .toString();
    }

    private static String count(final long number, final String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** Asks the running replay to drain (first call) or to stop now (second call); from a signal handler's thread. */
    public static void interrupt(final int signal) {
        control.interrupt(signal);
    }
}
