package io.tcpreplayj.replay;

/**
 * What keeps a replay from harming its target, or from waiting for it for ever; how fast sessions begin is for
 * {@link StartLimits}.
 *
 * @param breaker no more connections are opened with a target that takes none, or is long in taking them
 * @param bitsPerSecond as {@link ByteLimit} counts them; 0 for any number
 * @param giveUpNs so long may a target say nothing at all while it owes something; {@link #NEVER} leaves that to each
 *     connection's own timeouts
 */
public record GuardRails(boolean breaker, long bitsPerSecond, long giveUpNs) {
    /** No time is long enough to give up. */
    public static final long NEVER = Long.MAX_VALUE;

    /** The breaker, and nothing else. */
    public static final GuardRails USUAL = new GuardRails(true, 0, NEVER);
}
