package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.intercept.TunTap;
import io.tcpreplayj.intercept.feed.LocalFeed;
import io.tcpreplayj.linux.PacketChannel;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.tcp.TcpConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Plays the beginning of a plan against a target in memory before the run's clock starts, so that classes are loaded and
 * code is compiled when the first packet is due. Without it the first 200 ms of a run measure the JVM rather than the
 * target. No packet leaves this process; what it counts is thrown away.
 *
 * <p>It goes through the very classes of a run over TUN, system calls included, on a pair of sockets: what the compiler
 * believes of a stand-in it has to unlearn when the run begins.
 */
final class Rehearsal {
    /** Enough for the first compilation of all that a session runs through; more would only delay the run. */
    private static final long PACED_NS = 200_000_000L;
    /**
     * At full speed the optimising compiler counts too, and it takes its time: a run of 800,000 requests went at a third of
     * its speed for its first three seconds.
     */
    private static final long FULL_SPEED_NS = 3_000_000_000L;
    /** A short run rehearses in proportion, some two fifths of its own length. */
    private static final long PER_EXCHANGE_NS = 4_000;

    private static final int MTU = 1500;
    private static final int MAX_SESSIONS = 32;
    private static final long START_EVERY_NS = 20_000;
    /** Think times all but vanish, but still pass the queue of deadlines. */
    private static final double HURRIED = 1_000;

    private static final long RESPONSE_TIMEOUT_NS = 1_000_000_000L;

    private static final long ROUND_NS = 20_000_000L;
    /** Time is virtual: each look at the clock lets so much of it pass, so nothing is waited for. */
    private static final long TICK_NS = 1_000;
    /** A real target pauses now and then for longer than the gate rule calls quiet; after so long it does so here. */
    private static final long PAUSE_EVERY_NS = 4_000_000L;

    private static final long PAUSE_NS = 6_000_000L;

    /** In this process, whose code stays compiled. */
    private static final AtomicLong REHEARSED_NS = new AtomicLong();

    private Rehearsal() {}

    /** How long to rehearse a plan, ns: less by what this process has rehearsed before. */
    static long budgetNs(final ReplayPlan plan) {
        return Math.max(0, fromColdNs(plan) - REHEARSED_NS.get());
    }

    private static long fromColdNs(final ReplayPlan plan) {
        if (!plan.closedLoop()) {
            return PACED_NS;
        }
        final long exchanges = plan.sessions().stream()
                .mapToLong(session -> session.script().flow().exchanges().size())
                .sum();
        return Math.max(PACED_NS, Math.min(exchanges * PER_EXCHANGE_NS, FULL_SPEED_NS));
    }

    /**
     * Rehearses for about {@code budgetNs}, and at least once.
     *
     * @param plan every session has its endpoint
     * @return sessions played to their end
     */
    static long play(final ReplayPlan plan, final long budgetNs) throws IOException {
        final long originNs = System.nanoTime();
        final ReplayPlan excerpt = excerpt(plan);
        long completed = 0;
        try (PacketChannel.Pair pair = PacketChannel.Pair.open()) {
            final RehearsalPeer peer = new RehearsalPeer(pair.far());
            do {
                peer.begin(excerpt.sessions());
                completed += round(excerpt, pair.near(), peer);
            } while (System.nanoTime() - originNs < budgetNs);
        }
        REHEARSED_NS.addAndGet(System.nanoTime() - originNs);
        return completed;
    }

    /** A session that waits for what the target in memory does not do is cut off at the round's end. */
    private static long round(final ReplayPlan excerpt, final PacketChannel packets, final RehearsalPeer peer)
            throws IOException {
        final ReplayClock clock = ReplayClock.virtual(TICK_NS);
        long pauseNs = PAUSE_EVERY_NS;
        final SessionBook book = new SessionBook(excerpt);
        final RawTransport transport = new RawTransport(
                new TunWire(packets, MTU, excerpt.targets()),
                new LocalFeed(new TunTap(packets, () -> 0)),
                client -> {
                    throw new IllegalStateException("the plan has its endpoints");
                },
                "in memory",
                RawTransport.Upkeep.until(() -> {}));
        final Pace pace = new Pace(excerpt.closedLoop() ? Double.POSITIVE_INFINITY : HURRIED, RESPONSE_TIMEOUT_NS);
        final ReconnectPlan none =
                new ReconnectPlan(excerpt.sessions(), ReplayRules.DEFAULT, pace, transport.endpoints(), book);
        try (Agent agent = new RawAgent(
                excerpt.order(),
                transport,
                none,
                TcpConfig.defaults(transport.wire().mtu()),
                book,
                ByteLimit.NONE,
                clock)) {
            while (!agent.done() && clock.getAsLong() < ROUND_NS) {
                agent.work(START_EVERY_NS);
                if (clock.getAsLong() >= pauseNs) {
                    clock.leap(PAUSE_NS);
                    pauseNs += PAUSE_NS + PAUSE_EVERY_NS;
                }
                peer.work();
            }
            agent.abort();
        }
        packets.discard();
        book.ledger().check();
        return book.ledger().replayed();
    }

    private static ReplayPlan excerpt(final ReplayPlan plan) {
        final List<PlannedSession> sessions = new ArrayList<>();
        for (final PlannedSession s : plan.sessions()) {
            if (sessions.size() == MAX_SESSIONS) {
                break;
            }
            final int index = sessions.size();
            sessions.add(
                    new PlannedSession(index, s.script(), s.copy(), s.local(), s.target(), index * START_EVERY_NS, -1));
        }
        return new ReplayPlan(
                sessions,
                new EnumMap<>(SkipReason.class),
                sessions.size(),
                new StartLimits(sessions.size(), 0),
                plan.closedLoop(),
                0);
    }
}
