package io.tcpreplayj.cli;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * A line of the acceptance table: what is replayed, and what must be true afterwards.
 *
 * @param id as in the table, "AC-02"
 */
record AcceptanceRow(String id, AcceptanceLab.Row row, Future<Replayed> running, Criterion criterion) {
    /** What must be true. */
    @FunctionalInterface
    interface Criterion {
        void holds(Replayed replayed) throws IOException, InterruptedException;
    }

    /** Waits for its end, prints its figures and judges them. */
    void judge() throws IOException, InterruptedException, ExecutionException {
        final Replayed replayed = running.get();
        replayed.print(id);
        criterion.holds(replayed);
    }

    @Override
    public String toString() {
        return id + " " + row.name();
    }
}
