package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.Script;
import org.jspecify.annotations.Nullable;

/**
 * One copy of one flow, with a time and a place.
 *
 * @param index position in the plan, from 0
 * @param copy which copy of the flow, from 0
 * @param local this session's address and port, or null where the kernel chooses them ({@code socket})
 * @param target where it connects to
 * @param startNs when its SYN is due, ns since the run's start, at replay speed
 * @param after index of the session that must end first (the one before it on the same captured tuple), or -1
 */
public record PlannedSession(
        int index, Script script, int copy, @Nullable Endpoint local, Endpoint target, long startNs, int after) {

    /** The same at another place. */
    PlannedSession at(final Endpoint place) {
        return new PlannedSession(index, script, copy, place, target, startNs, after);
    }
}
