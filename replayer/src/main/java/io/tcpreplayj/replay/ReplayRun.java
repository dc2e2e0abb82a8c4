package io.tcpreplayj.replay;

import io.tcpreplayj.linux.ThreadTuning;
import io.tcpreplayj.linux.Unprivileged;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.doctor.Doctor;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.tcp.Outcome;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One run: the agent is driven to its end, the books are closed, and what they say becomes the result. */
final class ReplayRun {
    /** Lag above this share of its own latency makes a replay's figures the replayer's rather than the target's. */
    private static final double TRUSTED_LAG = 0.1;
    /** Lag below this is the floor of timers, never held against a run. */
    private static final long NEGLIGIBLE_LAG_NS = 5_000_000;

    /** In place of the number of sessions: it depends on what will be captured. */
    static final long NO_PLAN = -1;

    private final Facts facts;
    private final TransportChoice choice;
    private final RunBooks book;
    private final RunControl control;
    private final LongSupplier clock;

    /**
     * What was asked for, as far as the result repeats it.
     *
     * @param sessions as planned, or {@link #NO_PLAN}
     * @param plannedNs how long they will take at replay speed, 0 when that is not known
     * @param giveUpNs as {@link GuardRails#giveUpNs}
     */
    record Facts(
            List<Endpoint> targets,
            double speed,
            int copies,
            long seed,
            long sessions,
            long plannedNs,
            long giveUpNs,
            @Nullable Interception interception) {
        static Facts of(final ReplayPlan plan, final ReplayOptions options) {
            return new Facts(
                    plan.targets(),
                    options.speed(),
                    options.copies(),
                    options.seed(),
                    plan.sessions().size(),
                    plan.plannedNs(),
                    options.rails().giveUpNs(),
                    options.interception());
        }
    }

    /** What is left to do when a run is over and its books are closed. */
    @FunctionalInterface
    interface Afterwards {
        Afterwards NOTHING = () -> {};

        void run() throws IOException;
    }

    ReplayRun(
            final Facts facts,
            final TransportChoice choice,
            final RunBooks book,
            final RunControl control,
            final LongSupplier clock) {
        this.facts = facts;
        this.choice = choice;
        this.book = book;
        this.control = control;
        this.clock = clock;
    }

    /**
     * A run that is over, and what no book knows of it.
     */
    record End(
            long startedNs,
            long endedNs,
            ThreadTuning.Usage usage,
            ReplayResult.Restraint restraint,
            ReplayResult.Packets packets,
            @Nullable Trouble trouble) {}

    /** Runs to the end and accounts for it; the account is complete also when the way to the target broke. */
    ReplayResult go(
            final Agent agent,
            final CircuitBreaker breaker,
            final ByteLimit limit,
            final Replay.Progress progress,
            final Afterwards writing)
            throws IOException {
        return result(toEnd(agent, breaker, limit, progress, writing));
    }

    /** Runs to the end, also when the way to the target broke. */
    End toEnd(
            final Agent agent,
            final CircuitBreaker breaker,
            final ByteLimit limit,
            final Replay.Progress progress,
            final Afterwards writing)
            throws IOException {
        ThreadTuning.setTimerSlackToMinimum();
        final long startedNs = wallNs();
        final ReplayRunner runner = new ReplayRunner(agent, control, clock, facts.giveUpNs, new ReplayRunner.Watch() {
            @Override
            public void onSilence(final Outcome outcome) {
                book.onSilence(outcome);
            }

            @Override
            public void onTick(final long hushNs) {
                progress.onTick(snapshot(agent, hushNs));
            }
        });
        Unprivileged.run("engine", Unprivileged.Keep.FILES_AND_PORTS, runner::run);
        final long endedNs = wallNs();
        book.ledger().check();
        final ReplayResult.Restraint restraint = ReplayResult.Restraint.of(limit, breaker, clock.getAsLong());
        final Trouble trouble = trouble(agent, breaker, runner, writing);
        return new End(startedNs, endedNs, ThreadTuning.usage(), restraint, agent.packets(), trouble);
    }

    private @Nullable Trouble trouble(
            final Agent agent, final CircuitBreaker breaker, final ReplayRunner runner, final Afterwards writing) {
        final Endpoint target = facts.targets.get(0);
        Trouble trouble = Diagnosis.of(
                runner.silent(),
                book.ledger(),
                target,
                choice,
                agent,
                () -> Doctor.whySilent(target, choice.kind().label(), facts.interception));
        if (runner.gaveUpNs() > 0) {
            trouble = Diagnosis.gaveUp(
                    runner,
                    target,
                    Instant.now(),
                    () -> Doctor.whyFellSilent(target, choice.kind().label(), facts.interception));
        }
        if (runner.stalled() > 0) {
            trouble = Diagnosis.stalled(runner.stalled(), names(facts.targets), control.closingPatienceNs());
        }
        final Trouble stopped = breaker.told(target);
        if (stopped != null && runner.gaveUpNs() == 0) {
            trouble = stopped;
        }
        final IOException broken = runner.broken();
        if (broken != null) {
            trouble = Diagnosis.broke(broken, target);
        }
        try {
            writing.run();
        } catch (final IOException e) {
            trouble = Trouble.both(trouble, SessionsFile.trouble(e));
        }
        return trouble;
    }

    /** How far it is. */
    Replay.Snapshot snapshot(final Agent agent, final long hushNs) {
        final Ledger ledger = book.ledger();
        final long elapsedNs = clock.getAsLong();
        final long over = ledger.replayed() + ledger.failed();
        return new Replay.Snapshot(
                facts.sessions == NO_PLAN ? 0 : (double) over / Math.max(1, facts.sessions),
                elapsedNs,
                facts.plannedNs,
                agent.openSessions(),
                ledger.replayed(),
                ledger.failed(),
                book.latency().requestsSent() * 1e9 / Math.max(1, elapsedNs),
                book.latency().lagP99Ns(),
                hushNs);
    }

    /** Accounts for it, by what the books say now. */
    ReplayResult result(final End end) {
        final ReplayResult.Latency latency = book.latency().latency();
        final ReplayResult.Lag lag = book.latency().lag();
        final boolean trustworthy = isTrustworthy(lag, latency);
        return new ReplayResult(
                book.ledger().flows(),
                book.ledger().requests(),
                book.ledger().reconnects(),
                book.ledger().bytes(),
                book.ledger().responses(),
                latency,
                lag,
                choice.kind().label(),
                choice.reason(),
                names(facts.targets),
                facts.speed,
                facts.copies,
                facts.seed,
                end.startedNs,
                end.endedNs,
                new ReplayResult.Replayer(end.usage.cpuNs() / 1e9, end.usage.maxRssBytes(), trustworthy, end.restraint),
                end.packets,
                end.trouble,
                control.signal());
    }

    /** Whether the latencies say more of the target than of the replayer. */
    static boolean isTrustworthy(final ReplayResult.Lag lag, final ReplayResult.Latency latency) {
        return lag.p99()
                <= Math.max(NEGLIGIBLE_LAG_NS, TRUSTED_LAG * latency.replayed().p99());
    }

    /** The targets of a run, as reports have them. */
    static String names(final List<Endpoint> targets) {
        return targets.stream().map(Endpoint::toString).collect(Collectors.joining(", "));
    }

    /** When a run began or ended, since 1970-01-01 UTC. */
    static long wallNs() {
        return System.currentTimeMillis() * 1_000_000;
    }
}
