package io.tcpreplayj.replay.pkt;

import java.util.List;
import java.util.Objects;

/** The right edge of all that the target ever offered, in positions: nothing may be sent beyond it (TF-11). */
final class OfferedWindow {
    private boolean scaleOffered;
    private long shift;
    private long rightEdge = Long.MIN_VALUE;

    void onArrival(final SegmentSpec segment) {
        if (!SegmentParser.hasAck(segment.flags())) {
            return;
        }
        final boolean syn = SegmentParser.isSyn(segment.flags());
        if (syn && scaleOffered) {
            shift = Math.max(0, shiftOf(Objects.requireNonNull(segment.options())));
        }
        rightEdge = Math.max(rightEdge, segment.ack() + ((long) segment.window() << (syn ? 0 : shift)));
    }

    void onSent(final SegmentSpec segment) {
        if (SegmentParser.isSyn(segment.flags())) {
            scaleOffered = shiftOf(Objects.requireNonNull(segment.options())) >= 0;
            return;
        }
        final long end = segment.seq().value() + segment.length();
        if (segment.length() > 0 && end > rightEdge) {
            throw new AssertionError(
                    "beyond the window, whose right edge was " + rightEdge + " at most: " + Notation.of(segment));
        }
    }

    private static long shiftOf(final List<OptionSpec> options) {
        return options.stream()
                .filter(option -> option.kind() == OptionSpec.Kind.WINDOW_SCALE)
                .mapToLong(option -> Math.min(14, option.values().get(0)))
                .findFirst()
                .orElse(-1);
    }
}
