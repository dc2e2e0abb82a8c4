package io.tcpreplayj.replay;

/**
 * Which sessions wait to send, because the wire has no room or the {@link ByteLimit} is used up: first come, first served. On an
 * agent's thread; no allocation after construction.
 */
public final class Turns {
    private static final int NONE = -1;

    /** Sends what a session has to send. */
    @FunctionalInterface
    public interface Server {
        void serve(int index, long nowNs);
    }

    private final IndexQueue waiting;
    private ByteLimit limit;
    private int turn = NONE;

    /** @param capacity indices of sessions are below it */
    public Turns(final ByteLimit limit, final int capacity) {
        this.limit = limit;
        waiting = new IndexQueue(capacity);
    }

    /** Whether the session may send a packet now: the limit has room, and nobody waits who came before. */
    public boolean admits(final int index, final long nowNs) {
        return limit.isNone() || ((waiting.size() == 0 || index == turn) && limit.opens(nowNs));
    }

    public void spent(final long bytes, final long nowNs) {
        limit.spent(bytes, nowNs);
    }

    /** So much left that did not wait for its turn. */
    public void spentUnasked(final long bytes, final long nowNs) {
        limit.spentUnasked(bytes, nowNs);
    }

    public ByteLimit limit() {
        return limit;
    }

    /** The session will have a turn, behind those that wait already. */
    public void waits(final int index) {
        waiting.offer(index);
    }

    public boolean isWaiting(final int index) {
        return waiting.contains(index);
    }

    public int waiting() {
        return waiting.size();
    }

    /** Has those who wait served in turn, each once at most and as long as the limit has room; returns how many. */
    public int give(final Server server, final long nowNs) {
        int served = 0;
        for (int left = waiting.size(); left > 0 && limit.opens(nowNs); left--) {
            turn = waiting.poll();
            server.serve(turn, nowNs);
            served++;
        }
        turn = NONE;
        return served;
    }

    /** When it is somebody's turn: may lie in the past; {@link Long#MAX_VALUE} when nobody waits. */
    public long nextNs() {
        return waiting.size() == 0 ? Long.MAX_VALUE : limit.freeNs();
    }

    /** The limit no longer holds: what is left to send are farewells. */
    public void waive() {
        limit = ByteLimit.NONE;
    }
}
