package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.FlowScript;

/**
 * One session of a plan: a flow, or one of its copies.
 *
 * @param index position in the plan
 * @param script what the captured client did
 * @param copy 0 for the flow itself
 * @param target where it connects to
 * @param startNs when its SYN is due, ns since the run's start at replay speed
 * @param after the session that must have ended first (it has the same captured tuple), or -1
 */
public record PlannedSession(int index, FlowScript script, int copy, Endpoint target, long startNs, int after) {}
