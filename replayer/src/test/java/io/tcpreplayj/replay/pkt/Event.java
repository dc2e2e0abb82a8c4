package io.tcpreplayj.replay.pkt;

import java.util.List;

/** One timed line of a script. */
sealed interface Event {
    ScriptLine line();

    Timing timing();

    /** The client must send this. */
    record Expect(ScriptLine line, Timing timing, SegmentSpec segment) implements Event {}

    /** The target sends this. */
    record Arrive(ScriptLine line, Timing timing, SegmentSpec segment) implements Event {}

    /** A router, or the target's host, says what became of a packet. */
    record Icmp(ScriptLine line, Timing timing, IcmpSpec message) implements Event {}

    /** These must hold. */
    record Check(ScriptLine line, Timing timing, List<Condition> conditions) implements Event {}

    /** Something happens on the client's side. */
    record Act(ScriptLine line, Timing timing, Action action) implements Event {}

    /** What can happen there. */
    enum Action {
        /** The run is stopped. */
        ABORT,
        /** The device takes nothing any more. */
        DEVICE_FULL,
        /** The device takes packets again. */
        DEVICE_FREE
    }
}
