package io.tcpreplayj.faultlab;

import java.util.SplittableRandom;

/** What the bridge remembers of one connection. */
final class FlowOnTheLine {
    /** One direction of it. */
    static final class Side {
        final Fault[] faults;
        final SplittableRandom random;
        long packets;
        /** Sequence number of the SYN, once one was seen. */
        int isn;

        boolean hasIsn;
        /** Sequence numbers from {@link #isn} that came so far, SYN and FIN among them. */
        long seen;

        private Side(final Fault[] faults, final long seed) {
            this.faults = faults;
            this.random = new SplittableRandom(seed);
        }
    }

    private final FaultPlan plan;
    private final Side fromClient;
    private final Side fromServer;

    FlowOnTheLine(final FaultPlan plan, final long ordinal) {
        this.plan = plan;
        fromClient = new Side(faults(plan, ordinal, Way.FROM_CLIENT), plan.seed() * 31 + 2 * ordinal);
        fromServer = new Side(faults(plan, ordinal, Way.FROM_SERVER), plan.seed() * 31 + 2 * ordinal + 1);
    }

    private static Fault[] faults(final FaultPlan plan, final long ordinal, final Way way) {
        return plan.spares(ordinal) ? new Fault[0] : plan.faults(way);
    }

    boolean isOf(final FaultPlan other) {
        return plan == other;
    }

    Side side(final Way way) {
        return way == Way.FROM_CLIENT ? fromClient : fromServer;
    }
}
