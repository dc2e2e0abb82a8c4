package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.UdpObserver;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.udp.LiveUdpAgent;
import io.tcpreplayj.replay.udp.LiveUdpMoment;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The UDP conversations of a live replay: a thread of their own beside that of the connections, stopped by the same signals. */
final class LiveUdp implements AutoCloseable {
    private final LiveRules rules;
    private final RunControl control;
    private final LiveUdpQueue queue;
    private final ByteLimit limit;
    private final LongSupplier clock;
    private final LiveUdpAgent agent;
    private final UdpBreaker breaker;
    private final ReplayRunner runner;
    private final UdpThread thread;
    /** For whoever asks how far it is; only the thread writes it, and who waited for its end. */
    private volatile LiveUdpMoment moment;

    private long endedNs;

    LiveUdp(final LiveRules rules, final RunControl control, final ByteLimit limit, final LongSupplier clock)
            throws IOException {
        this.rules = rules;
        this.control = control;
        queue = new LiveUdpQueue(rules::udpSkipReason);
        this.limit = limit;
        this.clock = clock;
        agent = new LiveUdpAgent(queue, rules, limit, clock);
        final GuardRails rails = rules.options().rails();
        breaker = new UdpBreaker((index, outcome) -> {}, clock, agent::drainSoon);
        if (rails.breaker()) {
            agent.tell(breaker);
        }
        moment = agent.moment();
        runner = new ReplayRunner(agent, control, clock, rails.giveUpNs(), new ReplayRunner.Watch() {
            @Override
            public void onTick(final long hushNs) {
                moment = agent.moment();
            }
        });
        thread = new UdpThread(this::run);
    }

    void start() throws LinuxException {
        thread.start();
    }

    /** How far it is, or what came of it; from any thread. */
    LiveUdpMoment moment() {
        return moment;
    }

    UdpObserver observer() {
        return queue;
    }

    private void run() {
        try {
            runner.run();
        } finally {
            endedNs = clock.getAsLong();
            moment = agent.moment();
            queue.close();
        }
    }

    /** The capture is over, and its assembler has finished; on that thread. */
    void captureEnds() {
        queue.finish();
    }

    /**
     * Waits until what is open has ended, and adds what became of it to what the connections did.
     *
     * @param latency theirs
     * @param goneNs when the last of them had ended: the capture may have gone on behind a replay that was stopped
     */
    LiveResult finish(final LiveResult connections, final LatencyRecorder latency, final long goneNs) {
        thread.join();
        agent.drainRest();
        moment = agent.moment();
        thread.rethrow();
        final int copies = rules.options().copies();
        final Map<String, Long> skipped = new LinkedHashMap<>();
        long count = 0;
        for (final SkipReason reason : SkipReason.values()) {
            if (queue.flows().skipped(reason) > 0) {
                skipped.put(reason.label(), queue.flows().skipped(reason) * copies);
                count += queue.flows().skipped(reason) * copies;
            }
        }
        final ReplayResult.Flows ended = agent.flows();
        final ReplayResult.Flows flows =
                new ReplayResult.Flows(ended.total() + count, ended.replayed(), skipped, ended.failed());
        final ReplayResult replay = connections.replay();
        final ReplayResult.Udp result = agent.result();
        final ReplayResult.Restraint restraint = replay.replayer().restraint();
        return new LiveResult(
                replay.with(
                        UdpRun.merged(replay.flows(), flows),
                        Trouble.both(replay.trouble(), trouble()),
                        result,
                        result == null ? restraint : restraint.until(limit, Math.max(goneNs, endedNs))),
                connections.sessions() + queue.flows().seen() * copies,
                UdpRun.merged(
                        connections.dropped(),
                        LiveReplay.reasons(
                                reason -> agent.dropped(reason) + queue.flows().dropped(reason) * copies)),
                UdpRun.merged(connections.lost(), LiveReplay.reasons(agent::lost)),
                connections.captured(),
                agent.latency().behind(latency));
    }

    private @Nullable Trouble trouble() {
        final Endpoint target = rules.options().endpoints().get(0);
        final IOException broken = runner.broken();
        if (broken != null) {
            return UdpRun.broke(broken, target);
        }
        if (runner.gaveUpNs() > 0) {
            return UdpRun.gaveUp(runner, target);
        }
        final Trouble stopped = breaker.told(target);
        return stopped == null && runner.silent() ? UdpRun.silent(target) : stopped;
    }

    @Override
    public void close() throws IOException {
        control.interrupt(0);
        control.interrupt(0);
        thread.join();
        agent.close();
    }
}
