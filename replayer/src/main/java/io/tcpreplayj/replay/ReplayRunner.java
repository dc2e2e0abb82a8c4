package io.tcpreplayj.replay;

import io.tcpreplayj.replay.tcp.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs an agent to its end and watches over it: progress for people, signals, and a target that does not answer at all.
 */
final class ReplayRunner {
    /** So long may the target say nothing before the run stops starting flows. */
    static final long SILENCE_NS = 3_000_000_000L;
    /** So long may open sessions drain after the first signal. */
    static final long DRAIN_NS = 2_000_000_000L;

    private static final long TICK_NS = 50_000_000L;

    private final Agent agent;
    private final RunControl control;
    private final LongSupplier clock;
    private final long giveUpNs;
    private final Watch watch;

    /** What it tells while it runs. */
    interface Watch {
        /** Nobody listens. */
        Watch NONE = new Watch() {};

        /** Called before the sessions that are open are cut short because the target is silent: they end as {@code outcome}. */
        default void onSilence(final Outcome outcome) {}

        /** Called about every 50 ms: how long, in ns, nothing has been heard of the target while it owes something. */
        default void onTick(final long hushNs) {}
    }

    private @Nullable IOException broken;
    private boolean silent;
    private boolean draining;
    private boolean aborted;
    private long drainDeadlineNs = Long.MAX_VALUE;
    /** Since when the target could have answered. */
    private long askedNs = Long.MAX_VALUE;

    private final Hush hush = new Hush();
    private final BooleanSupplier owedNothing;
    private final Hush closing = new Hush();
    private final BooleanSupplier mayRest;
    private long gaveUpNs;
    private int waitedFor;
    private int stalled;

    /**
     * @param clock the replay clock, ns
     * @param giveUpNs so long may a target that was heard before say nothing while it owes something
     */
    ReplayRunner(
            final Agent agent,
            final RunControl control,
            final LongSupplier clock,
            final long giveUpNs,
            final Watch watch) {
        this.agent = agent;
        this.control = control;
        this.clock = clock;
        this.giveUpNs = giveUpNs;
        this.watch = watch;
        owedNothing = () -> agent.openSessions() == 0 || !agent.isOwed();
        mayRest =
                () -> control.closingPatienceNs() == GuardRails.NEVER || agent.openSessions() == 0 || agent.isCutOff();
    }

    /** Returns when every session has ended: in its own way, or because the way to the target broke. */
    void run() {
        try {
            loop();
        } catch (final IOException e) {
            broken = e;
            agent.giveUp();
        } catch (final UncheckedIOException e) {
            broken = e.getCause();
            agent.giveUp();
        }
    }

    private void loop() throws IOException {
        long tickNs = clock.getAsLong();
        while (!agent.done()) {
            final long nowNs = clock.getAsLong();
            if (nowNs >= tickNs) {
                tickNs = nowNs + TICK_NS;
                supervise(nowNs);
                final long hushNs = hushNs(nowNs);
                watch.onTick(hushNs);
                if (hushNs >= giveUpNs && gaveUpNs == 0) {
                    gaveUpNs = hushNs;
                    waitedFor = agent.openSessions();
                    cutShort(Outcome.TIMEOUT);
                }
                endClosing(nowNs);
            }
            agent.work(tickNs - nowNs);
        }
    }

    private long hushNs(final long nowNs) {
        return hush.look(agent.timesHeard(), owedNothing, nowNs);
    }

    /**
     * Once nothing more begins, what gets no further is not waited for, owed or not: a closed window is probed for ever, and that a
     * target keeps its half open (which ends by itself after 60 s or more) is worth no wait of its own then.
     */
    private void endClosing(final long nowNs) throws IOException {
        if (closing.look(agent.progress(), mayRest, nowNs) >= control.closingPatienceNs() && !aborted) {
            aborted = true;
            stalled = agent.openSessions();
            agent.abort();
        }
    }

    private void supervise(final long nowNs) throws IOException {
        // Nor is who owes nothing silent: the clock starts with the first answer that is owed.
        if (agent.openSessions() == 0 || agent.heardAnything()) {
            askedNs = Long.MAX_VALUE;
        } else if (askedNs == Long.MAX_VALUE) {
            askedNs = nowNs;
        }
        if (!silent && nowNs >= askedNs && nowNs - askedNs >= SILENCE_NS) {
            silent = true;
            cutShort(Outcome.SYN_TIMEOUT);
        }
        if (control.drainAsked() && !draining) {
            draining = true;
            drainDeadlineNs = nowNs + DRAIN_NS;
            agent.drain();
        }
        if (draining && !aborted && (control.stopAsked() || nowNs >= drainDeadlineNs)) {
            aborted = true;
            agent.abort();
        }
    }

    private void cutShort(final Outcome outcome) throws IOException {
        watch.onSilence(outcome);
        agent.abort();
    }

    /** How long a target that was heard before had been silent when it was given up, ns; 0 when it was not. */
    long gaveUpNs() {
        return gaveUpNs;
    }

    /** How many sessions were open then. */
    int waitedFor() {
        return waitedFor;
    }

    /** How many sessions were reset because none got any further when nothing more was to begin. */
    int stalled() {
        return stalled;
    }

    /** What broke the way to the target, or null. */
    @Nullable
    IOException broken() {
        return broken;
    }

    /** The target never answered anything. */
    boolean silent() {
        return silent;
    }
}
