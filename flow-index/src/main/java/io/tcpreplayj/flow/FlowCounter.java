package io.tcpreplayj.flow;

/**
 * What became of the segments and bytes that entered a {@link FlowAssembler}. {@link #PAYLOAD_BYTES} is the sum of
 * {@link #NEW_BYTES}, {@link #REPEATED_BYTES}, {@link #RESET_BYTES} and {@link #BELOW_START_BYTES}; {@link #FLOWS} is the
 * sum of {@link #FLOWS_REUSED}, {@link #FLOWS_SETTLED}, {@link #FLOWS_QUIET}, {@link #FLOWS_CUT}, {@link #FLOWS_GIVEN_UP},
 * {@link #FLOWS_FINISHED} and those still open.
 */
public enum FlowCounter {
    /** TCP segments taken in. */
    SEGMENTS,
    /**
     * Of them, those of flows that {@link FlowAssembler#settle} or {@link FlowAssembler#giveUp} had handed over: no flow has them.
     */
    LATE_SEGMENTS,
    /** Payload bytes of them, as the IP headers claim. */
    PAYLOAD_BYTES,
    /** Payload bytes that were the first copy of their sequence number. */
    NEW_BYTES,
    /** Payload bytes that came again. */
    REPEATED_BYTES,
    /** Payload bytes of RST segments: a text for people (RFC 9293 3.5.2), not a part of the stream. */
    RESET_BYTES,
    /** Payload bytes before the first of the stream: keep-alive probes (RFC 9293 3.8.4) sent before any data. */
    BELOW_START_BYTES,
    /** First copies that came too late to be put in order: counted in the flow, absent from its digests. */
    LATE_BYTES,
    /**
     * Holes in streams that are no longer known, because there were too many of them. They stay gaps; bytes that come for
     * them later count as repeated.
     */
    HOLES_FORGOTTEN,
    /** UDP datagrams taken in. */
    DATAGRAMS,
    /** Payload bytes of them, as their headers claim. */
    DATAGRAM_BYTES,
    /** Of the datagrams, copies of such as were in a conversation that is over: no flow has them. */
    LATE_DATAGRAMS,
    /** Secrets that were replaced in what is kept. */
    REDACTED_VALUES,
    /** Bytes of them. */
    REDACTED_BYTES,
    /** Flows begun. */
    FLOWS,
    /** Flows handed over because their tuple was used again. */
    FLOWS_REUSED,
    /** Flows handed over by {@link FlowAssembler#settle}. */
    FLOWS_SETTLED,
    /** UDP conversations handed over because they had been quiet for so long. */
    FLOWS_QUIET,
    /** UDP conversations handed over because there was no memory for more of them; the next datagram began another flow. */
    FLOWS_CUT,
    /** Flows handed over because they were given up, see {@link FlowAssembler#giveUp}. */
    FLOWS_GIVEN_UP,
    /** Flows handed over by {@link FlowAssembler#finish()}. */
    FLOWS_FINISHED
}
