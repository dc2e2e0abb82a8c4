package io.tcpreplayj.replay.sim;

/** A simulation in which something was not as it must be. */
final class SimulationFailure extends AssertionError {
    private static final long serialVersionUID = 1L;

    SimulationFailure(final String message) {
        super(message);
    }
}
