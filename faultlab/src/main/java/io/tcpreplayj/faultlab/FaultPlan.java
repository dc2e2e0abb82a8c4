package io.tcpreplayj.faultlab;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What goes wrong with the flows to one server port. Every flow gets its own faults, and its own random numbers from the
 * seed, the order of its first packet and the direction: what happens to the n-th packet of the k-th flow does not depend on
 * what other flows do meanwhile.
 */
public final class FaultPlan {
    private final long seed;
    private final List<Supplier<Fault>> fromClient = new ArrayList<>();
    private final List<Supplier<Fault>> fromServer = new ArrayList<>();

    private boolean sparesFirst;

    private FaultPlan(final long seed) {
        this.seed = seed;
    }

    /** A plan that spoils nothing yet. */
    public static FaultPlan seeded(final long seed) {
        return new FaultPlan(seed);
    }

    /** For what clients send. */
    public FaultPlan fromClient(final Supplier<Fault> fault) {
        fromClient.add(fault);
        return this;
    }

    /** For what the server sends. */
    public FaultPlan fromServer(final Supplier<Fault> fault) {
        fromServer.add(fault);
        return this;
    }

    /** For both; a fault of the whole line is then the same line's. */
    public FaultPlan both(final Supplier<Fault> fault) {
        return fromClient(fault).fromServer(fault);
    }

    /** Nothing happens to the first flow that comes. */
    public FaultPlan sparingTheFirst() {
        sparesFirst = true;
        return this;
    }

    boolean spares(final long ordinal) {
        return sparesFirst && ordinal == 0;
    }

    long seed() {
        return seed;
    }

    Fault[] faults(final Way way) {
        return (way == Way.FROM_CLIENT ? fromClient : fromServer)
                .stream().map(Supplier::get).toArray(Fault[]::new);
    }
}
