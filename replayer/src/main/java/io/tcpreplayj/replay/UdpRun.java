package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.ThreadTuning;
import io.tcpreplayj.linux.Unprivileged;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.udp.UdpAgent;
import io.tcpreplayj.replay.udp.UdpOutcome;
import io.tcpreplayj.replay.udp.UdpRehearsal;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The UDP conversations of a run, alone or beside its connections: on the same clock, by the same signals. */
final class UdpRun {
    private static final String CURE =
            "does a server listen there (ss -lun), and do firewalls on the way let its answers out?";
    private static final String REASON = "UDP goes over the kernel's sockets";

    private final ReplayPlan plan;
    private final ReplayOptions options;
    private final RunControl control;
    private final ByteLimit limit;
    private @Nullable UdpBreaker breaker;

    /** What is run beside, and returns when it is over. */
    @FunctionalInterface
    interface Connections {
        ReplayResult run() throws IOException;
    }

    /** @param limit that connections beside them have a part in */
    UdpRun(final ReplayPlan plan, final ReplayOptions options, final ByteLimit limit, final RunControl control) {
        this.limit = limit;
        this.plan = plan;
        this.options = options;
        this.control = control;
    }

    /** Before the clock begins. */
    void rehearse() throws IOException {
        UdpRehearsal.play(plan.sessions());
    }

    /** What {@code --dry-run} and the banner say. */
    String description() {
        return plan.sessions().size() + " UDP conversations to " + ReplayRun.names(plan.targets())
                + " over the kernel's sockets";
    }

    private UdpAgent agent(final LongSupplier clock, final @Nullable UdpBook book) throws IOException {
        final UdpAgent agent = new UdpAgent(
                plan.sessions(),
                options.speed(),
                plan.limits(),
                Math.min(UdpAgent.TIMEOUT_NS, options.responseTimeoutNs()),
                limit,
                clock);
        final UdpOutcome.Listener listener = book == null ? (index, outcome) -> {} : book;
        if (options.rails().breaker()) {
            breaker = new UdpBreaker(listener, clock, agent::drain);
            agent.tell(breaker);
        } else {
            agent.tell(listener);
        }
        return agent;
    }

    private @Nullable UdpBook book(final @Nullable SessionsFile sessions) {
        return sessions == null ? null : new UdpBook(plan.sessions());
    }

    /** Writes and closes the file; returns {@code trouble} that was there before, with what went wrong. */
    private static @Nullable Trouble written(
            final @Nullable UdpBook book, final @Nullable SessionsFile sessions, final @Nullable Trouble trouble) {
        if (book == null || sessions == null) {
            return trouble;
        }
        try {
            book.write(sessions);
            sessions.commit();
            return trouble;
        } catch (final IOException e) {
            return Trouble.both(trouble, SessionsFile.trouble(e));
        }
    }

    /** Runs them, and the connections on this thread; returns when both are over. */
    ReplayResult beside(final LongSupplier clock, final @Nullable SessionsFile sessions, final Connections connections)
            throws IOException {
        final UdpBook book = book(sessions);
        try (UdpAgent agent = agent(clock, book)) {
            final ReplayRunner runner =
                    new ReplayRunner(agent, control, clock, options.rails().giveUpNs(), ReplayRunner.Watch.NONE);
            final UdpThread thread = new UdpThread(runner::run);
            thread.start();
            ReplayResult result = null;
            try {
                result = connections.run();
            } finally {
                if (result == null) {
                    control.interrupt(0);
                    control.interrupt(0);
                }
                thread.join();
            }
            thread.rethrow();
            final Trouble trouble = Trouble.both(result.trouble(), trouble(runner, agent));
            return result.with(
                    merged(result.flows(), flows(agent)),
                    written(book, sessions, trouble),
                    agent.result(),
                    result.replayer().restraint().until(limit, clock.getAsLong()));
        }
    }

    /** There is nothing but UDP. */
    ReplayResult alone(final Replay.Progress progress, final @Nullable SessionsFile sessions) throws IOException {
        progress.onStart(description() + "; seed " + options.seed());
        // Before the clock begins: the first call into the kernel's library loads what calls it.
        ThreadTuning.setTimerSlackToMinimum();
        rehearse();
        final LongSupplier clock = ReplayClock.real();
        final UdpBook book = book(sessions);
        try (UdpAgent agent = agent(clock, book)) {
            final long startedNs = ReplayRun.wallNs();
            final ReplayRunner.Watch watch = new ReplayRunner.Watch() {
                @Override
                public void onTick(final long hushNs) {
                    progress.onTick(snapshot(agent, clock, hushNs));
                }
            };
            final ReplayRunner runner =
                    new ReplayRunner(agent, control, clock, options.rails().giveUpNs(), watch);
            Unprivileged.run("udp", Unprivileged.Keep.FILES_AND_PORTS, runner::run);
            final ReplayResult.Restraint restraint = ReplayResult.Restraint.of(limit, null, clock.getAsLong());
            return result(agent, restraint, startedNs, written(book, sessions, trouble(runner, agent)));
        }
    }

    private Replay.Snapshot snapshot(final UdpAgent agent, final LongSupplier clock, final long hushNs) {
        final ReplayResult.Flows flows = agent.flows();
        final long elapsedNs = clock.getAsLong();
        return new Replay.Snapshot(
                (double) flows.total() / Math.max(1, plan.sessions().size()),
                elapsedNs,
                plan.plannedNs(),
                agent.openSessions(),
                flows.replayed(),
                flows.total() - flows.replayed(),
                agent.result().datagrams().sent() * 1e9 / Math.max(1, elapsedNs),
                agent.result().lagNs().p99(),
                hushNs);
    }

    private ReplayResult result(
            final UdpAgent agent,
            final ReplayResult.Restraint restraint,
            final long startedNs,
            final @Nullable Trouble trouble)
            throws LinuxException {
        final ThreadTuning.Usage usage = ThreadTuning.usage();
        final LatencyRecorder none = new LatencyRecorder();
        final ReplayResult.Udp udp = agent.result();
        return new ReplayResult(
                flows(agent),
                new ReplayResult.Requests(0, 0, 0, 0),
                new ReplayResult.Reconnects(0, 0, 0),
                new ReplayResult.Bytes(0, 0, 0, 0),
                new ReplayResult.Responses(0, 0, 0, Map.of()),
                none.latency(),
                udp.lagNs(),
                TransportChoice.Kind.SOCKET.label(),
                REASON,
                ReplayRun.names(plan.targets()),
                options.speed(),
                options.copies(),
                options.seed(),
                startedNs,
                ReplayRun.wallNs(),
                new ReplayResult.Replayer(
                        usage.cpuNs() / 1e9,
                        usage.maxRssBytes(),
                        ReplayRun.isTrustworthy(udp.lagNs(), udp.latencyNs()),
                        restraint),
                agent.packets(),
                trouble,
                control.signal(),
                null,
                udp);
    }

    private @Nullable Trouble trouble(final ReplayRunner runner, final UdpAgent agent) {
        final Endpoint target = plan.targets().get(0);
        final IOException broken = runner.broken();
        if (broken != null) {
            return broke(broken, target);
        }
        if (runner.gaveUpNs() > 0) {
            return gaveUp(runner, target);
        }
        final Trouble stopped = breaker == null ? null : breaker.told(target);
        if (stopped != null) {
            return stopped;
        }
        final boolean deaf = agent.owesAnswers() && agent.result().datagrams().received() == 0;
        final Trouble refused = refused(agent.flows(), deaf, target);
        return refused == null && runner.silent() ? silent(target) : refused;
    }

    /**
     * Nothing listens there; null where something may.
     *
     * @param isDeaf answers were owed, and none came: not all are told that they are refused, for a kernel limits how often it
     *     says that nothing listens (icmp(7), icmp_ratelimit)
     */
    static @Nullable Trouble refused(final ReplayResult.Flows flows, final boolean isDeaf, final Endpoint target) {
        final long refused = flows.failed().getOrDefault("refused", 0L);
        final long neverBegun =
                flows.failed().getOrDefault("late", 0L) + flows.failed().getOrDefault("not-started", 0L);
        if (refused == 0 || (!isDeaf && refused + neverBegun < flows.total())) {
            return null;
        }
        return new Trouble(
                null,
                "target " + target + " refused " + refused + " of " + flows.total()
                        + " UDP conversations and answered none: nothing listens there",
                "start the server, or check the port: ss -lun 'sport = :" + target.port() + "'");
    }

    static Trouble silent(final Endpoint target) {
        return new Trouble(
                Trouble.Stop.SILENT,
                "no answer from " + target + " over UDP within " + ReplayRunner.SILENCE_NS / 1_000_000_000 + " s",
                CURE);
    }

    static Trouble gaveUp(final ReplayRunner runner, final Endpoint target) {
        return new Trouble(
                Trouble.Stop.GIVEN_UP,
                Diagnosis.gaveUp(runner, target + " over UDP", "conversation", Instant.now()),
                CURE);
    }

    static Trouble broke(final IOException broken, final Endpoint target) {
        return new Trouble(Trouble.Stop.WAY, "the way of UDP to " + target + " broke: " + broken.getMessage(), "");
    }

    /** With those that are not replayed. */
    private ReplayResult.Flows flows(final UdpAgent agent) {
        final Map<String, Long> skipped = new LinkedHashMap<>();
        for (final Map.Entry<SkipReason, Long> reason : plan.skipped().entrySet()) {
            skipped.put(reason.getKey().label(), reason.getValue());
        }
        final ReplayResult.Flows flows = agent.flows();
        return new ReplayResult.Flows(plan.totalFlows(), flows.replayed(), skipped, flows.failed());
    }

    static ReplayResult.Flows merged(final ReplayResult.Flows one, final ReplayResult.Flows other) {
        return new ReplayResult.Flows(
                one.total() + other.total(),
                one.replayed() + other.replayed(),
                merged(one.skipped(), other.skipped()),
                merged(one.failed(), other.failed()));
    }

    static Map<String, Long> merged(final Map<String, Long> one, final Map<String, Long> other) {
        final Map<String, Long> sum = new LinkedHashMap<>(one);
        other.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
        return sum;
    }
}
