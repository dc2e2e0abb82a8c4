package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.ThreadTuning;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.socket.SocketAgent;
import io.tcpreplayj.replay.socket.SocketTimeouts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The whole of a replay, from selected flows to the result: the one entry point for the command line. */
public final class Replay {
    /** Lag above this share of its own latency makes a replay's figures the replayer's rather than the target's. */
    private static final double TRUSTED_LAG = 0.1;
    /** Lag below this is the floor of timers, never held against a run. */
    private static final long NEGLIGIBLE_LAG_NS = 5_000_000;

    private static final RunControl CONTROL = new RunControl();

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
    }

    /** A moment of a run. {@code doneFraction} from 0 to 1. */
    public record Snapshot(
            double doneFraction,
            long elapsedNs,
            long plannedNs,
            long openFlows,
            long okFlows,
            long failedFlows,
            double requestsPerSecond,
            long lagP99Ns) {}

    private Replay() {}

    /**
     * Plans without sending: what {@code --dry-run} prints.
     *
     * @throws UserException when the plan cannot work
     */
    public static String plan(final FlowDb db, final List<FlowRecord> flows, final ReplayOptions options)
            throws IOException {
        final ReplayPlan plan = new ReplayPlanner(options).plan(db, flows, 0);
        final TransportChoice choice = TransportChoice.make(options.transport(), plan.targets());
        RawTransports.checkRoom(choice, target(plan), plan);
        return describe(plan, options, choice, "nothing is sent: --dry-run");
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
        final ReplayPlan plan = new ReplayPlanner(options).plan(db, flows, filtered);
        final Endpoint target = target(plan);
        final TransportChoice choice = TransportChoice.make(options.transport(), plan.targets());
        final Pace pace = new Pace(options.speed(), options.responseTimeoutNs());
        final SessionBook book = new SessionBook(plan);
        if (choice.kind() == TransportChoice.Kind.SOCKET) {
            progress.onStart(describe(plan, options, choice, "kernel sockets"));
            final LongSupplier clock = clock();
            try (Agent agent =
                    new SocketAgent(plan.sessions(), pace, plan.maxOpen(), SocketTimeouts.defaults(), book, clock)) {
                return watch(agent, plan, book, options, choice, progress, clock);
            }
        }
        try (RawTransport transport = RawTransports.open(
                choice, target, plan, ThreadLocalRandom.current().nextInt())) {
            final ReplayPlan placed = plan.at(transport.endpoints());
            progress.onStart(describe(plan, options, choice, transport.description()));
            final LongSupplier clock = clock();
            try (Agent agent = new RawAgent(placed, transport, pace, book, clock)) {
                return watch(agent, placed, book, options, choice, progress, clock);
            }
        }
    }

    private static ReplayResult watch(
            final Agent agent,
            final ReplayPlan plan,
            final SessionBook book,
            final ReplayOptions options,
            final TransportChoice choice,
            final Progress progress,
            final LongSupplier clock)
            throws IOException {
        ThreadTuning.setTimerSlackToMinimum();
        final long startedNs = System.currentTimeMillis() * 1_000_000;
        final ReplayRunner runner = new ReplayRunner(
                agent,
                CONTROL,
                clock,
                book::onSilence,
                () -> progress.onTick(snapshot(agent, plan, book, clock.getAsLong())));
        runner.run();
        book.ledger().check();
        final Path sessionsFile = options.sessionsFile();
        if (sessionsFile != null) {
            book.write(sessionsFile);
        }
        final String silence = Diagnosis.of(runner.silent(), book.ledger(), target(plan), choice, agent);
        return result(agent, plan, book, options, choice, startedNs, silence);
    }

    private static Snapshot snapshot(
            final Agent agent, final ReplayPlan plan, final SessionBook book, final long elapsedNs) {
        final Ledger ledger = book.ledger();
        final long over = ledger.replayed() + ledger.failed();
        return new Snapshot(
                (double) over / Math.max(1, plan.sessions().size()),
                elapsedNs,
                plan.plannedNs(),
                agent.openSessions(),
                ledger.replayed(),
                ledger.failed(),
                book.latency().requestsSent() * 1e9 / Math.max(1, elapsedNs),
                book.latency().lagP99Ns());
    }

    private static ReplayResult result(
            final Agent agent,
            final ReplayPlan plan,
            final SessionBook book,
            final ReplayOptions options,
            final TransportChoice choice,
            final long startedNs,
            final @Nullable String silence)
            throws LinuxException {
        final ThreadTuning.Usage usage = ThreadTuning.usage();
        final ReplayResult.Latency latency = book.latency().latency();
        final ReplayResult.Lag lag = book.latency().lag();
        final boolean trustworthy = lag.p99()
                <= Math.max(NEGLIGIBLE_LAG_NS, TRUSTED_LAG * latency.replayed().p99());
        return new ReplayResult(
                book.ledger().flows(),
                book.ledger().requests(),
                book.ledger().bytes(),
                book.ledger().responses(),
                latency,
                lag,
                choice.kind().label(),
                choice.reason(),
                targets(plan),
                options.speed(),
                options.copies(),
                options.seed(),
                startedNs,
                System.currentTimeMillis() * 1_000_000,
                new ReplayResult.Replayer(usage.cpuNs() / 1e9, usage.maxRssBytes(), trustworthy),
                agent.packets(),
                silence,
                CONTROL.signal());
    }

    /** Nanoseconds from now on. */
    private static LongSupplier clock() {
        final long originNs = System.nanoTime();
        return () -> System.nanoTime() - originNs;
    }

    private static Endpoint target(final ReplayPlan plan) {
        return plan.sessions().get(0).target();
    }

    private static String targets(final ReplayPlan plan) {
        return plan.targets().stream().map(Endpoint::toString).collect(Collectors.joining(", "));
    }

    private static String describe(
            final ReplayPlan plan, final ReplayOptions options, final TransportChoice choice, final String where) {
        final StringBuilder text = new StringBuilder();
        text.append(plan.sessions().size())
                .append(" sessions of ")
                .append(plan.clients())
                .append(" clients");
        if (options.copies() > 1) {
            text.append(" (").append(options.copies()).append(" copies)");
        }
        text.append(" to ").append(targets(plan));
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

    /** Asks the running replay to drain (first call) or to stop now (second call); from a signal handler's thread. */
    public static void interrupt(final int signal) {
        CONTROL.interrupt(signal);
    }
}
