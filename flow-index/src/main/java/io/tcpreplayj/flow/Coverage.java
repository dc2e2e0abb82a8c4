package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/** Which positions of a stream were sent, and which of them the capture holds: less as soon as the snaplen cut a segment. */
final class Coverage {
    private final Ranges sent;
    /** Null as long as it is the same. */
    private @Nullable Ranges captured;
    /** The two no longer know the same holes, so what was cut cannot be told by comparing them. */
    private boolean forgetful;
    /** Bytes of memory that the pool was told of. */
    private int charged;

    Coverage() {
        this(new Ranges(), null);
    }

    private Coverage(final Ranges sent, final @Nullable Ranges captured) {
        this.sent = sent;
        this.captured = captured;
    }

    /** Makes room for a segment {@code [from, end)} of which only what lies before {@code capturedEnd} is there. */
    void expect(final long capturedEnd, final long end, final FlowCounters counters) {
        if (sent.isFull()) {
            forgetful = true;
            counters.add(FlowCounter.HOLES_FORGOTTEN, sent.forgetHoles());
        }
        if (captured != null && captured.isFull()) {
            forgetful = true;
            counters.add(FlowCounter.HOLES_FORGOTTEN, captured.forgetHoles());
        }
        if (capturedEnd < end && captured == null) {
            captured = sent.copy();
        }
    }

    /** Adds a segment that is whole and begins where all others end; false, and nothing is added, when it is not one. */
    boolean append(final long from, final long end) {
        return captured == null && sent.append(from, end);
    }

    /** The positions whose bytes the capture holds. */
    Ranges held() {
        return captured == null ? sent : captured;
    }

    /** Adds what was {@link #expect}ed; returns how many positions had not been sent before. */
    long add(final long from, final long capturedEnd, final long end, final HeldPool pool) {
        final long fresh = sent.add(from, end);
        if (captured != null && capturedEnd > from) {
            captured.add(from, capturedEnd);
        }
        charge(pool);
        return fresh;
    }

    private void charge(final HeldPool pool) {
        final int bytes = sent.footprint() + (captured == null ? 0 : captured.footprint());
        pool.coverageGrew(bytes - charged);
        charged = bytes;
    }

    /** Gives back what it took of memory; it is not used any more. */
    void release(final HeldPool pool) {
        pool.coverageGrew(-charged);
    }

    /** Whether the positions {@code [from, to)} were sent, though some are not there. */
    boolean isCut(final long from, final long to) {
        return captured != null && sent.nextMissing(from, to) == to;
    }

    boolean isTruncated() {
        return captured != null && (forgetful || captured.count() < sent.count());
    }

    long first() {
        return sent.first();
    }

    long end() {
        return sent.end();
    }

    long count() {
        return sent.count();
    }

    long capturedCount() {
        return captured == null ? sent.count() : Math.min(captured.count(), sent.count());
    }

    void freeze(final StateBuffer state) {
        sent.freeze(state);
        state.putBoolean(forgetful);
        state.putBoolean(captured != null);
        if (captured != null) {
            captured.freeze(state);
        }
    }

    static Coverage thaw(final StateBuffer state, final HeldPool pool) {
        final Ranges sent = Ranges.thaw(state);
        final boolean forgetful = state.getBoolean();
        final Coverage coverage = new Coverage(sent, state.getBoolean() ? Ranges.thaw(state) : null);
        coverage.forgetful = forgetful;
        coverage.charge(pool);
        return coverage;
    }
}
