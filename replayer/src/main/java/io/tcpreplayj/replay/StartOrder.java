package io.tcpreplayj.replay;

import java.util.Arrays;
import java.util.List;

/**
 * Which session of a plan starts next. At a finite speed each when it is due; at {@code --speed max} one after another as
 * soon as there is room. In both cases never more at once, nor faster, than the limits say, and none before the one ended that
 * it must follow. No allocation after construction.
 */
public final class StartOrder implements SessionSource {
    private static final byte WAITING = 0;
    private static final byte READY = 1;
    private static final byte STARTED = 2;
    private static final byte ENDED = 3;

    private final List<PlannedSession> plan;
    private final boolean asFastAsPossible;
    private final StartLimits limits;
    private final DeadlineQueue starts;
    private final byte[] states;
    private final long[] dueNs;
    private final int[] followers;
    private final int[] ready;
    private int readyHead;
    private int readySize;
    private int open;
    private int ended;
    private int neverStartedFrom;
    private int held = Integer.MAX_VALUE;
    private long heldUntilNs = Long.MAX_VALUE;
    /** Not before that the next one starts. */
    private long earliestNs;

    /** As fast as they come, {@code maxOpen} at the same time. */
    public StartOrder(final List<PlannedSession> plan, final boolean asFastAsPossible, final int maxOpen) {
        this(plan, asFastAsPossible, new StartLimits(maxOpen, 0));
    }

    /** @param plan in the order of their start times; at most one session follows another directly */
    public StartOrder(final List<PlannedSession> plan, final boolean asFastAsPossible, final StartLimits limits) {
        final int n = plan.size();
        this.plan = plan;
        this.asFastAsPossible = asFastAsPossible;
        this.limits = limits;
        starts = new DeadlineQueue(n);
        states = new byte[n];
        dueNs = new long[n];
        ready = new int[n];
        followers = new int[n];
        Arrays.fill(followers, -1);
        for (int i = 0; i < n; i++) {
            final PlannedSession session = plan.get(i);
            if (session.index() != i) {
                throw new IllegalArgumentException("session " + session.index() + " stands at " + i);
            }
            dueNs[i] = session.startNs();
            if (session.after() >= 0) {
                if (followers[session.after()] >= 0) {
                    throw new IllegalArgumentException("two sessions follow session " + session.after());
                }
                followers[session.after()] = i;
            } else if (asFastAsPossible) {
                makeReady(i);
            } else {
                starts.schedule(i, session.startNs());
            }
        }
    }

    @Override
    public int capacity() {
        return plan.size();
    }

    @Override
    public long nextStartNs() {
        if (!hasRoom()) {
            return open < limits.open() ? heldUntilNs : Long.MAX_VALUE;
        }
        return Math.max(earliestNs, readySize > 0 ? 0 : starts.nextDeadlineNs());
    }

    @Override
    public int pollLate(final long nowNs) {
        if (asFastAsPossible || limits.lateNs() == StartLimits.BURST) {
            return -1;
        }
        makeDueReady(nowNs);
        if (readySize == 0 || nowNs - dueNs[ready[readyHead]] <= limits.lateNs()) {
            return -1;
        }
        final int index = takeReady();
        over(index, nowNs);
        return index;
    }

    private void makeDueReady(final long nowNs) {
        for (int index = starts.pollDue(nowNs); index >= 0; index = starts.pollDue(nowNs)) {
            makeReady(index);
        }
    }

    @Override
    public int pollReady(final long nowNs) {
        makeDueReady(nowNs);
        if (nowNs >= heldUntilNs) {
            release();
        }
        if (readySize == 0 || !hasRoom() || nowNs < earliestNs) {
            return -1;
        }
        earliestNs = limits.gapNs() == 0 ? 0 : nowNs + limits.gapNs(nowNs);
        final int index = takeReady();
        states[index] = STARTED;
        open++;
        return index;
    }

    @Override
    public void putBack(final int index) {
        open--;
        earliestNs = 0;
        states[index] = READY;
        readyHead = (readyHead == 0 ? ready.length : readyHead) - 1;
        ready[readyHead] = index;
        readySize++;
        held = open;
    }

    @Override
    public void putBack(final int index, final long untilNs) {
        putBack(index);
        heldUntilNs = untilNs;
    }

    /** As planned, however late the one before it made way; at full speed, now. */
    @Override
    public long dueNs(final int index, final long nowNs) {
        return asFastAsPossible ? nowNs : dueNs[index];
    }

    @Override
    public void ended(final int index, final long nowNs) {
        open--;
        release();
        over(index, nowNs);
    }

    private void over(final int index, final long nowNs) {
        states[index] = ENDED;
        ended++;
        final int follower = followers[index];
        if (follower >= 0 && states[follower] == WAITING) {
            if (asFastAsPossible || dueNs[follower] <= nowNs) {
                makeReady(follower);
            } else {
                starts.schedule(follower, dueNs[follower]);
            }
        }
    }

    @Override
    public int pollNeverStarted() {
        readySize = 0;
        heldUntilNs = Long.MAX_VALUE;
        while (neverStartedFrom < states.length) {
            final int i = neverStartedFrom++;
            if (states[i] < STARTED) {
                states[i] = ENDED;
                starts.schedule(i, Long.MAX_VALUE);
                ended++;
                return i;
            }
        }
        return -1;
    }

    @Override
    public int open() {
        return open;
    }

    @Override
    public boolean done() {
        return ended == plan.size();
    }

    private boolean hasRoom() {
        return open < limits.open() && open < held;
    }

    private void release() {
        held = Integer.MAX_VALUE;
        heldUntilNs = Long.MAX_VALUE;
    }

    private void makeReady(final int index) {
        states[index] = READY;
        ready[(readyHead + readySize) % ready.length] = index;
        readySize++;
    }

    private int takeReady() {
        final int index = ready[readyHead];
        readyHead = (readyHead + 1) % ready.length;
        readySize--;
        return index;
    }
}
