package io.tcpreplayj.replay;

import java.util.Arrays;
import java.util.List;

/**
 * Decides which session starts next: when it is due (open loop) or as soon as there is room (closed loop,
 * {@code --speed max}); never before the session that used its captured tuple has ended, and never more than so many at a
 * time. A session that had to wait keeps its due time, so its lateness shows.
 */
final class StartSchedule {
    private static final int NONE = -1;

    private final List<PlannedSession> sessions;
    private final boolean closedLoop;
    private final int maxOpen;
    private final long originNs;
    /** By index: the session that waits for this one's end, or NONE. */
    private final int[] successors;
    private final boolean[] ended;
    /** Ring of sessions whose predecessor ended after their turn had passed. */
    private final int[] ready;

    private int readyHead;
    private int readyCount;
    private int next;
    private int open;
    private int started;
    private boolean stopped;

    /** @param originNs the replay clock's time of the plan's zero */
    StartSchedule(
            final List<PlannedSession> sessions, final boolean closedLoop, final int maxOpen, final long originNs) {
        this.sessions = sessions;
        this.closedLoop = closedLoop;
        this.maxOpen = maxOpen;
        this.originNs = originNs;
        this.successors = new int[sessions.size()];
        this.ended = new boolean[sessions.size()];
        this.ready = new int[sessions.size()];
        Arrays.fill(successors, NONE);
    }

    /** The session to start now, or -1; each is returned once. */
    int pollStart(final long nowNs) {
        if (stopped || open >= maxOpen) {
            return NONE;
        }
        if (readyCount > 0) {
            final int index = ready[readyHead];
            readyHead = (readyHead + 1) % ready.length;
            readyCount--;
            return start(index);
        }
        while (next < sessions.size() && (closedLoop || originNs + sessions.get(next).startNs() <= nowNs)) {
            final int index = next++;
            final int before = sessions.get(index).after();
            if (before == NONE || ended[before]) {
                return start(index);
            }
            successors[before] = index;
        }
        return NONE;
    }

    private int start(final int index) {
        open++;
        started++;
        return index;
    }

    /** When the session should start by the plan; in a closed loop that is now. */
    long dueNs(final int index, final long nowNs) {
        return closedLoop ? nowNs : originNs + sessions.get(index).startNs();
    }

    void onEnded(final int index) {
        open--;
        ended[index] = true;
        final int successor = successors[index];
        if (successor != NONE) {
            ready[(readyHead + readyCount) % ready.length] = successor;
            readyCount++;
        }
    }

    /** When {@link #pollStart} will have one by the plan; MAX_VALUE when only the end of a session can bring one. */
    long nextStartNs() {
        if (stopped || open >= maxOpen) {
            return Long.MAX_VALUE;
        }
        if (readyCount > 0) {
            return Long.MIN_VALUE;
        }
        if (next == sessions.size()) {
            return Long.MAX_VALUE;
        }
        return closedLoop ? Long.MIN_VALUE : originNs + sessions.get(next).startNs();
    }

    /** Starts no more sessions. */
    void stop() {
        stopped = true;
    }

    int open() {
        return open;
    }

    int notStarted() {
        return sessions.size() - started;
    }

    /** Nothing is open and nothing will start. */
    boolean finished() {
        return open == 0 && (stopped || started == sessions.size());
    }
}
