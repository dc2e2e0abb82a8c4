package io.tcpreplayj.replay.sim;

/** A stretch of time, end excluded. */
record Spell(long fromNs, long toNs) {
    static final Spell NONE = new Spell(0, 0);

    boolean covers(final long nowNs) {
        return fromNs <= nowNs && nowNs < toNs;
    }

    /** {@code atNs}, or the end of the stretch when it lies inside. */
    long past(final long atNs) {
        return covers(atNs) ? toNs : atNs;
    }
}
