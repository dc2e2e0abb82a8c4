package io.tcpreplayj.faultlab;

/**
 * One thing that goes wrong with the frames of one flow in one direction. It keeps what it needs to remember of that flow;
 * what belongs to the whole line is shared by those that {@link Faults} made together.
 */
@FunctionalInterface
public interface Fault {
    /** Decides about one frame, by changing it or its fate. */
    void on(Passing frame);
}
