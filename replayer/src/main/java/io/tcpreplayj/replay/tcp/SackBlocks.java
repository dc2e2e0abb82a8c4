package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;

/** The SACK option of one ACK, compared with what we sent (RFC 2018 4, RFC 2883 4): blocks that make no sense are nothing. */
final class SackBlocks {
    private static final int MAX_BLOCKS = 4;

    /** Left and right edge (excluded) of each block that may mark segments, as positions in pairs. */
    private final long[] edges = new long[2 * MAX_BLOCKS];

    private int count;
    private boolean dsack;

    void clear() {
        count = 0;
        dsack = false;
    }

    /** Reads the blocks of an ACK whose cumulative part was taken already. */
    void read(final PacketView segment, final TcpOptions options, final SendSequence send) {
        clear();
        for (int block = 0; block < options.sackBlocks(); block++) {
            final long from = edge(segment, options, send, 2 * block);
            final long to = edge(segment, options, send, 2 * block + 1);
            if (from >= to || to > send.nxt()) {
                continue;
            }
            if (block == 0 && isDuplicate(segment, options, send, from, to)) {
                dsack = true;
            } else if (from >= send.una()) {
                edges[2 * count] = from;
                edges[2 * count + 1] = to;
                count++;
            }
        }
    }

    /** RFC 2883 4: the first block tells of a second copy when it is acknowledged, or part of the second block. */
    private static boolean isDuplicate(
            final PacketView segment,
            final TcpOptions options,
            final SendSequence send,
            final long from,
            final long to) {
        if (to <= send.una()) {
            return true;
        }
        return options.sackBlocks() > 1
                && from >= edge(segment, options, send, 2)
                && to <= edge(segment, options, send, 3);
    }

    private static long edge(
            final PacketView segment, final TcpOptions options, final SendSequence send, final int index) {
        return send.position(segment.buffer().getInt(options.sackOffset() + 4 * index));
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether one block holds all of {@code from} up to {@code to}. */
    boolean hold(final long from, final long to) {
        for (int i = 0; i < count; i++) {
            if (edges[2 * i] <= from && to <= edges[2 * i + 1]) {
                return true;
            }
        }
        return false;
    }

    /** The target received something twice. */
    boolean dsack() {
        return dsack;
    }
}
