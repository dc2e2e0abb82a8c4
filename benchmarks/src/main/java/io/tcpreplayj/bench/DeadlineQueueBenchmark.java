package io.tcpreplayj.bench;

import io.tcpreplayj.replay.DeadlineQueue;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Deadlines moved a second among ten thousand sessions, in the two ways in which they move. */
@State(Scope.Thread)
public class DeadlineQueueBenchmark extends Rates {
    private static final int SESSIONS = 10_000;
    private static final int BATCH = 1024;
    private static final int RTO_NS = 200_000_000;

    private final DeadlineQueue queue = new DeadlineQueue(SESSIONS);
    private final SplittableRandom random = new SplittableRandom(1);
    private long nowNs;

    public DeadlineQueueBenchmark() {
        for (int i = 0; i < SESSIONS; i++) {
            queue.schedule(i, random.nextLong(RTO_NS));
        }
    }

    /** An answer came: the retransmission timer of some session moves on. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long postpone() {
        for (int i = 0; i < BATCH; i++) {
            nowNs += 10_000;
            queue.schedule(random.nextInt(SESSIONS), nowNs + RTO_NS);
        }
        return queue.nextDeadlineNs();
    }

    /** The next one is due, and gets another deadline. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long expire() {
        for (int i = 0; i < BATCH; i++) {
            nowNs = Math.max(nowNs, queue.nextDeadlineNs());
            final int due = queue.pollDue(nowNs);
            queue.schedule(due, nowNs + random.nextLong(RTO_NS));
        }
        return nowNs;
    }
}
