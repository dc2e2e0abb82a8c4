package io.tcpreplayj.replay;

import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.tcp.Outcome;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections of each session: the planned one, and those that take its place when the target loses it and the rules
 * say so. A further connection opens when its first request is due, at a boundary between requests. One that is refused,
 * or lost before a request was answered, is tried again after 100 ms, then after twice that, up to 5 s, and for no more
 * than 30 s: so long may a target take to start again.
 */
public final class ReconnectPlan {
    /** There is no further connection. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final long FIRST_WAIT_NS = 100_000_000L;
    private static final long MOST_WAIT_NS = 5_000_000_000L;
    private static final long PATIENCE_NS = 30_000_000_000L;
    /** A crowd that lost its connections at once does not come back at once. */
    private static final int SPREAD = 64;

    private final List<PlannedSession> plan;
    private final ReplayRules rules;
    private final Pace pace;
    private final LocalEndpoints endpoints;
    private final SessionEvents events;
    private final Int2ObjectHashMap<Leg> legs = new Int2ObjectHashMap<>();
    /** Sessions that could not begin where the plan has them. */
    private final Int2ObjectHashMap<PlannedSession> moved = new Int2ObjectHashMap<>();

    private boolean stopped;

    /** @param endpoints where further connections come from; not asked for sessions without an endpoint */
    public ReconnectPlan(
            final List<PlannedSession> plan,
            final ReplayRules rules,
            final Pace pace,
            final LocalEndpoints endpoints,
            final SessionEvents events) {
        this.plan = plan;
        this.rules = rules;
        this.pace = pace;
        this.endpoints = endpoints;
        this.events = events;
    }

    public Pace pace() {
        return pace;
    }

    /** What the session's connection plays now, or, while {@link #isWaiting}, what the next one will. */
    public PlannedSession current(final int index) {
        final Leg leg = legs.get(index);
        if (leg != null) {
            return leg.session;
        }
        final PlannedSession session = moved.get(index);
        return session == null ? plan.get(index) : session;
    }

    /**
     * Something of this host has the session's place, as who listens at its port on all addresses: it gets another one.
     *
     * @return false when the kernel chooses places, or has no more of them
     */
    public boolean moves(final int index) {
        final PlannedSession session = current(index);
        final Endpoint another = session.local() == null ? null : endpoints.another(client(session));
        if (another == null) {
            return false;
        }
        final PlannedSession elsewhere = session.at(another);
        final Leg leg = legs.get(index);
        if (leg == null) {
            moved.put(index, elsewhere);
        } else {
            leg.session = elsewhere;
        }
        return true;
    }

    private static IpAddress client(final PlannedSession session) {
        return session.script().flow().client().address();
    }

    /** The connection is lost and the next one not yet opened. */
    public boolean isWaiting(final int index) {
        final Leg leg = legs.get(index);
        return leg != null && leg.waiting && !stopped;
    }

    /** The next connection opens now. */
    public void opens(final int index) {
        final Leg leg = legs.get(index);
        if (leg != null) {
            leg.waiting = false;
        }
    }

    /** From now on a lost connection is the end. */
    public void stop() {
        stopped = true;
    }

    /**
     * The session is over: its last connection ended so.
     *
     * @param local what it was at
     */
    public void ended(
            final int index, final Outcome last, final Moved moved, final @Nullable Endpoint local, final long nowNs) {
        final Leg leg = legs.get(index);
        final boolean diverged = leg != null && (last.completed() || leg.nothingLeft);
        // What the last connection moved was told when it was lost.
        final Moved rest = leg != null && leg.nothingLeft ? Moved.NOTHING : moved;
        events.onEnded(
                index,
                diverged ? Outcome.COMPLETED_DIVERGED : last,
                rest.ackedBytes(),
                rest.receivedBytes(),
                rest.retransmittedBytes(),
                local,
                nowNs);
    }

    /**
     * A session's connection ended.
     *
     * @param cursor the one it played
     * @return when the next connection opens, or {@link #NEVER}: the session is over
     */
    public long next(
            final int index, final Outcome outcome, final ScriptCursor cursor, final Moved moved, final long nowNs) {
        if (stopped || !isAnswered(index, outcome)) {
            return NEVER;
        }
        final PlannedSession lost = current(index);
        final Leg leg = legs.computeIfAbsent(index, i -> new Leg(lost));
        final Script script = leg.session.script();
        // One that needs no answer is done with only when its bytes have arrived.
        final int done = script.exchangesWithin(moved.ackedBytes(), cursor.exchangesDone(nowNs));
        final int next = boundary(script, done, cursor.sentBytes());
        if (next > 0) {
            leg.fruitless = 0;
        }
        if (leg.fruitless++ == 0) {
            leg.fruitlessSinceNs = nowNs;
        }
        if (nowNs - leg.fruitlessSinceNs >= PATIENCE_NS) {
            return NEVER;
        }
        if (outcome == Outcome.REFUSED) {
            events.onRefused(index);
        } else {
            events.onConnectionLost(index, leg.firstExchange + done, leg.firstExchange + next, moved);
        }
        leg.nothingLeft = next == script.flow().exchanges().size();
        if (leg.nothingLeft) {
            return NEVER;
        }
        final long dueNs;
        if (next == 0) {
            dueNs = nowNs + waitNs(index, leg.fruitless);
        } else if (next > done) {
            dueNs = nowNs + thinkNs(script, next);
        } else {
            final boolean waits = script.offsetOf(next) == cursor.sentBytes() && cursor.nextDueNs() != NEVER;
            dueNs = waits ? Math.max(nowNs, cursor.nextDueNs()) : nowNs;
        }
        leg.goOn(next, dueNs, local(leg.session));
        return dueNs;
    }

    private boolean isAnswered(final int index, final Outcome outcome) {
        final boolean resets = rules.onReset() != OnReset.FAIL;
        return switch (outcome) {
            case RESET_BY_TARGET -> resets;
            // Its RST said so, or the rules did at its FIN.
            case ABORTED_EARLY_FIN ->
                rules.onEarlyFin() == OnEarlyFin.RECONNECT || (resets && rules.onEarlyFin() != OnEarlyFin.FAIL);
            case REFUSED -> resets || legs.containsKey(index);
            default -> false;
        };
    }

    /**
     * Where the script can be taken up again: an exchange in which a request begins, or the end.
     *
     * @param done exchanges that need no more
     * @param sentBytes what of the script had left
     */
    private int boundary(final Script script, final int done, final long sentBytes) {
        final Exchanges exchanges = script.flow().exchanges();
        final boolean skips = rules.onReset() == OnReset.SKIP_REQUEST;
        int next = done;
        while (skips && next < exchanges.size() && script.offsetOf(next) < sentBytes) {
            next++;
        }
        while (next > 0 && next < exchanges.size() && exchanges.requests(next) == 0) {
            next += skips ? 1 : -1;
        }
        return next;
    }

    private long thinkNs(final Script script, final int exchange) {
        final int row = script.flow().exchanges().firstEvent(exchange);
        return pace.scale(script.flow().events().delayNs(row));
    }

    private static long waitNs(final int index, final int fruitless) {
        final long waitNs = Math.min(MOST_WAIT_NS, FIRST_WAIT_NS << Math.min(fruitless - 1, 6));
        return waitNs + waitNs / SPREAD * (index % SPREAD);
    }

    private @Nullable Endpoint local(final PlannedSession lost) {
        final Endpoint old = lost.local();
        if (old == null) {
            return null;
        }
        final Endpoint another = endpoints.another(client(lost));
        return another == null ? old : another;
    }

    /** What has become of one session that lost a connection. */
    private static final class Leg {
        PlannedSession session;
        /** With which exchange of the flow the connection's script begins. */
        int firstExchange;

        boolean waiting;
        boolean nothingLeft;
        /** Connections in a row that moved the flow on by no exchange. */
        int fruitless;

        long fruitlessSinceNs;

        Leg(final PlannedSession session) {
            this.session = session;
        }

        void goOn(final int next, final long dueNs, final @Nullable Endpoint local) {
            final Script rest = next == 0 ? session.script() : session.script().from(next);
            session = new PlannedSession(
                    session.index(), rest, session.copy(), local, session.target(), dueNs, session.after());
            firstExchange += next;
            waiting = true;
        }
    }
}
