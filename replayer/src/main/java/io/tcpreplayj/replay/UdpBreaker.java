package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.udp.LiveUdpAgent;
import io.tcpreplayj.replay.udp.UdpOutcome;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** As {@link CircuitBreaker}, for UDP: no more conversations are started with a target that refuses them or says nothing. */
final class UdpBreaker implements UdpOutcome.Listener, LiveUdpAgent.Watcher {
    private final UdpOutcome.Listener next;
    private final LongSupplier clock;
    private final Runnable stop;
    private final RecentFailures recent = new RecentFailures();

    /**
     * @param next who is told all of it
     * @param stop starts no more conversations; called once, when it is time
     */
    UdpBreaker(final UdpOutcome.Listener next, final LongSupplier clock, final Runnable stop) {
        this.next = next;
        this.clock = clock;
        this.stop = stop;
    }

    @Override
    public void onStarted(final int index) {
        onStarted();
        next.onStarted(index);
    }

    @Override
    public void onStarted() {
        recent.onStarted(clock.getAsLong());
    }

    @Override
    public void onEnded(final int index, final UdpOutcome outcome) {
        next.onEnded(index, outcome);
        if (outcome.local() != null) {
            onEnded(outcome.state(), outcome.received());
        }
    }

    @Override
    public void onEnded(final String failure, final long received) {
        if (recent.tripped()) {
            return;
        }
        final long nowNs = clock.getAsLong();
        recent.onEnded(nowNs);
        final boolean saidNothing = failure.equals("unanswered") && received == 0;
        if (failure.equals("refused") || saidNothing) {
            recent.onFailed(nowNs);
            if (recent.trip()) {
                stop.run();
            }
        }
    }

    /** What happened, and what to do about it; null when nothing did. */
    @Nullable
    Trouble told(final Endpoint target) {
        return !recent.tripped()
                ? null
                : new Trouble(
                        Trouble.Stop.BREAKER,
                        "stopped starting flows: target " + target + " refused or left unanswered "
                                + recent.failedAtTrip() + " of " + recent.triedAtTrip()
                                + " UDP conversations within " + RecentFailures.WINDOW_NS / 1_000_000_000L + " s",
                        "is it down, or overrun? replay slower (--speed, --max-rate), or go on all the same with"
                                + " --breaker off");
    }
}
