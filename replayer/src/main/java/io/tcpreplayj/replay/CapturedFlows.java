package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import java.util.function.Function;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of flows on the capture's side of a queue, on its thread: passed on, not wanted, or dropped. Each is counted once
 * it has ended, but for those that were passed on, which the other end counts.
 */
final class CapturedFlows {
    private static final long UNKNOWN = 0;
    private static final long PASSED = 1;
    /** It is counted already, here or at the other end. */
    private static final long DROPPED = 2;
    /** Plus the ordinal of why it was not wanted. */
    private static final long SKIPPED = 16;

    private static final FlowRecord.SkipReason[] SKIPS = FlowRecord.SkipReason.values();

    private final Function<OpenFlow, FlowRecord.@Nullable SkipReason> rules;
    private final Long2LongHashMap states = new Long2LongHashMap(UNKNOWN);
    private final long[] skipped = new long[SKIPS.length];
    private final long[] dropped = new long[LiveDrop.values().length];
    private long seen;

    /** @param rules why a flow is not to be replayed, or null */
    CapturedFlows(final Function<OpenFlow, FlowRecord.@Nullable SkipReason> rules) {
        this.rules = rules;
    }

    /** Whether a flow that opens is one to be replayed. */
    boolean wants(final OpenFlow flow) {
        final FlowRecord.SkipReason reason = rules.apply(flow);
        if (reason != null) {
            states.put(flow.id(), SKIPPED + reason.ordinal());
        }
        return reason == null;
    }

    void pass(final long flow) {
        states.put(flow, PASSED);
    }

    boolean isPassed(final long flow) {
        return states.get(flow) == PASSED;
    }

    /** One that was not passed on. Returns false. */
    boolean drop(final long flow, final LiveDrop reason) {
        states.put(flow, DROPPED);
        dropped[reason.ordinal()]++;
        return false;
    }

    /** One that was passed on, and goes no further: the other end counts it. */
    void lose(final long flow) {
        states.put(flow, DROPPED);
    }

    /** Returns whether the other end is to be told. */
    boolean ends(final FlowRecord flow) {
        seen++;
        final long state = states.remove(flow.id());
        if (state != PASSED && state != DROPPED) {
            final FlowRecord.SkipReason named = flow.skipReason();
            final FlowRecord.SkipReason before = state >= SKIPPED ? SKIPS[(int) (state - SKIPPED)] : named;
            skipped[(before == null ? FlowRecord.SkipReason.FILTERED : before).ordinal()]++;
        }
        return state == PASSED;
    }

    /** Flows that have ended in the capture; this and the rest once both threads are done with the queue. */
    long seen() {
        return seen;
    }

    long skipped(final FlowRecord.SkipReason reason) {
        return skipped[reason.ordinal()];
    }

    long dropped(final LiveDrop reason) {
        return dropped[reason.ordinal()];
    }
}
