package io.tcpreplayj.packet;

/** What became of one IP fragment in a {@link Reassembler}: exactly one each, so the sums add up. */
public enum FragmentFate {
    /** Part of a datagram that was completed. */
    REASSEMBLED,
    /** Some or all of its bytes were there already: the first ones stay (a copy, or an attempt to be read in two ways). */
    OVERLAPPING,
    /** Its datagram was not complete when the time for it ran out, or when the capture ended. */
    INCOMPLETE,
    /** Its datagram had to make room for another one. */
    EVICTED,
    /** Ends beyond the longest datagram or beyond its own, or does not fill up to the next one. */
    MALFORMED
}
