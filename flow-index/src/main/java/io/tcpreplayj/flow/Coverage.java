package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/** Which positions of a stream were sent, and which of them the capture holds: less as soon as the snaplen cut a segment. */
final class Coverage {
    private final Ranges sent;
    /** Null as long as it is the same. */
    private @Nullable Ranges captured;

    Coverage() {
        this(new Ranges(), null);
    }

    private Coverage(final Ranges sent, final @Nullable Ranges captured) {
        this.sent = sent;
        this.captured = captured;
    }

    /** Of a segment {@code [from, end)} only what lies before {@code capturedEnd} is there. */
    void expect(final long capturedEnd, final long end) {
        if (capturedEnd < end && captured == null) {
            captured = sent.copy();
        }
    }

    /** The positions whose bytes the capture holds. */
    Ranges held() {
        return captured == null ? sent : captured;
    }

    /** Adds what was {@link #expect}ed; returns how many positions had not been sent before. */
    long add(final long from, final long capturedEnd, final long end) {
        final long fresh = sent.add(from, end);
        if (captured != null && capturedEnd > from) {
            captured.add(from, capturedEnd);
        }
        return fresh;
    }

    /** Whether the positions {@code [from, to)} were sent, though some are not there. */
    boolean isCut(final long from, final long to) {
        return captured != null && sent.nextMissing(from, to) == to;
    }

    boolean isTruncated() {
        return captured != null && captured.count() < sent.count();
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
        return held().count();
    }

    void freeze(final StateBuffer state) {
        sent.freeze(state);
        state.putBoolean(captured != null);
        if (captured != null) {
            captured.freeze(state);
        }
    }

    static Coverage thaw(final StateBuffer state) {
        final Ranges sent = Ranges.thaw(state);
        return new Coverage(sent, state.getBoolean() ? Ranges.thaw(state) : null);
    }
}
