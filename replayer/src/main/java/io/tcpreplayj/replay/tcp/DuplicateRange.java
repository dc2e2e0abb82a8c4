package io.tcpreplayj.replay.tcp;

/** Bytes that arrived twice, to be reported in the next ACK and in no other (RFC 2883 4). */
final class DuplicateRange {
    private long from;
    private long to;

    void set(final long first, final long behind) {
        from = first;
        to = behind;
    }

    boolean isPending() {
        return from < to;
    }

    long from() {
        return from;
    }

    long to() {
        return to;
    }

    void clear() {
        from = to;
    }
}
