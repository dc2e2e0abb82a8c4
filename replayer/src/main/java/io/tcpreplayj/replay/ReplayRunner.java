package io.tcpreplayj.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongConsumer;
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
    private final Runnable onSilence;
    private final LongConsumer onTick;

    private @Nullable IOException broken;
    private boolean silent;
    private boolean draining;
    private boolean aborted;
    private long drainDeadlineNs = Long.MAX_VALUE;
    /** Since when the target could have answered. */
    private long askedNs = Long.MAX_VALUE;

    private long timesHeard = -1;
    private long heardNs;

    /**
     * @param clock the replay clock, ns
     * @param onSilence called once, before the sessions that nobody answered are cut short
     * @param onTick called about every 50 ms: how long, in ns, nothing has been heard of the target while sessions are open
     */
    ReplayRunner(
            final Agent agent,
            final RunControl control,
            final LongSupplier clock,
            final Runnable onSilence,
            final LongConsumer onTick) {
        this.agent = agent;
        this.control = control;
        this.clock = clock;
        this.onSilence = onSilence;
        this.onTick = onTick;
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
                onTick.accept(hushNs(nowNs));
            }
            agent.work(tickNs - nowNs);
        }
    }

    private long hushNs(final long nowNs) {
        final long times = agent.timesHeard();
        if (times < 0 || times != timesHeard || agent.openSessions() == 0) {
            timesHeard = times;
            heardNs = nowNs;
        }
        return nowNs - heardNs;
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
            onSilence.run();
            agent.abort();
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
