package io.tcpreplayj.replay.pkt;

/**
 * A segment that the client sent.
 *
 * @param atNs since the script's start
 * @param segment in relative numbers, nothing left open
 */
record Seen(long atNs, SegmentSpec segment) {}
