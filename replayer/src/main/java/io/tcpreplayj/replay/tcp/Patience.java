package io.tcpreplayj.replay.tcp;

/** How long a session waits for a target that does not do its part, and when it asks whether that is there. All times in ns. */
final class Patience {
    private static final long NEVER = RetransmitTimer.NEVER;
    /** How long a target may keep its half open when nothing more is expected of it. */
    private static final long HALF_OPEN_LINGER_NS = 10_000_000_000L;
    /** The same while less has come than was recorded: as long as Linux waits (tcp_fin_timeout). */
    private static final long SHORT_LINGER_NS = 60_000_000_000L;
    /** What stands in the way of a RST may be what the captured client lost its own patience with. */
    private static final long MAX_RESET_WAIT_NS = 300_000_000_000L;

    /**
     * From the target's last word to a question, and between two. Of the silence of a target that sends again Linux leaves up to
     * 120 s; asked every ten, one that is gone is known by its RST before a response timeout of more than that has passed (30 s
     * unless it is set), at the price of an empty packet. No backoff: nothing of ours is under way that could congest the path.
     */
    private static final long QUESTION_NS = 10_000_000_000L;

    private final long userTimeoutNs;
    private long aliveNs;
    private long resetDeadlineNs = NEVER;
    private long lingerDeadlineNs = NEVER;
    private long questionNs = NEVER;

    Patience(final long userTimeoutNs) {
        this.userTimeoutNs = userTimeoutNs;
    }

    /** The target shows that it is there, or begins to owe us an answer. */
    void onAlive(final long nowNs) {
        aliveNs = nowNs;
    }

    /** It acknowledged something new. */
    void onProgress(final long nowNs) {
        aliveNs = nowNs;
        resetDeadlineNs = NEVER;
    }

    /** A target that sends, be it again what we have, is not done with its half. */
    void onHeard() {
        lingerDeadlineNs = NEVER;
        questionNs = NEVER;
    }

    /**
     * RFC 9293 3.8.4. Who has nothing under way hears of no end of the connection: its target, or the target's host, may have given
     * up on the rest long ago.
     *
     * @param rest some of what the target sent is missing, and nothing of ours is under way
     */
    void onRestAwaited(final boolean rest, final long nowNs) {
        questionNs = !rest ? NEVER : questionNs == NEVER ? nowNs + QUESTION_NS : questionNs;
    }

    /** When the target is to be asked whether it is there, or {@link RetransmitTimer#NEVER}. */
    long questionNs() {
        return questionNs;
    }

    void onAsked(final long nowNs) {
        questionNs = questionNs == NEVER ? NEVER : nowNs + QUESTION_NS;
    }

    /**
     * A captured RST waits for the ACK of what was sent before it, or it misses RCV.NXT (RFC 5961 3.2): while there is
     * progress, and not for ever before a closed window.
     */
    void onResetReleased(final long nowNs) {
        if (resetDeadlineNs == NEVER) {
            resetDeadlineNs = nowNs + Math.min(userTimeoutNs, MAX_RESET_WAIT_NS);
        }
    }

    /**
     * Our half is closed and the script is over.
     *
     * @param hole the target sent what did not come: it will again, but may be backing off as we would (RFC 6298 5.5)
     * @param shorter less has come than was recorded
     */
    void onHalfClosed(final boolean hole, final boolean shorter, final long nowNs) {
        if (lingerDeadlineNs == NEVER) {
            lingerDeadlineNs = nowNs + (hole ? userTimeoutNs : shorter ? SHORT_LINGER_NS : HALF_OPEN_LINGER_NS);
        }
    }

    /** The process stood still for so long: what was not heard meanwhile is no silence. */
    void onStall(final long lostNs) {
        aliveNs += lostNs;
        resetDeadlineNs = later(resetDeadlineNs, lostNs);
        lingerDeadlineNs = later(lingerDeadlineNs, lostNs);
        questionNs = later(questionNs, lostNs);
    }

    private static long later(final long deadlineNs, final long byNs) {
        return deadlineNs == NEVER ? NEVER : deadlineNs + byNs;
    }

    /** RFC 9293 3.8.3: R2, counted while something is unacknowledged or a closed window is probed, which is {@code waiting}. */
    boolean isLost(final boolean waiting, final long nowNs) {
        return nowNs >= lostNs(waiting);
    }

    private long lostNs(final boolean waiting) {
        return waiting ? aliveNs + userTimeoutNs : NEVER;
    }

    boolean resetOverdue(final long nowNs) {
        return nowNs >= resetDeadlineNs;
    }

    boolean lingeredEnough(final long nowNs) {
        return nowNs >= lingerDeadlineNs;
    }

    long deadlineNs(final boolean waiting) {
        return Math.min(lostNs(waiting), Math.min(resetDeadlineNs, lingerDeadlineNs));
    }
}
