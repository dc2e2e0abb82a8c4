package io.tcpreplayj.replay.protocol;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.replay.script.FlowScript;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Places of a client's stream that get other bytes, and where all the others are then. */
final class Edits {
    private final List<Edit> edits = new ArrayList<>();
    /** How much longer the stream is before each. */
    private int[] shifts = {};

    /** Bytes that stand in place of others. */
    record Edit(int from, int to, byte[] bytes) {
        int growth() {
            return bytes.length - (to - from);
        }
    }

    void add(final int from, final int to, final byte[] bytes) {
        edits.add(new Edit(from, to, bytes));
    }

    List<Edit> all() {
        return edits;
    }

    /** All are there. Returns whether no two touch the same bytes, and what they make is no longer than a stream may be. */
    boolean close(final int length) {
        edits.sort(Comparator.comparingInt(Edit::from));
        final int[] before = new int[edits.size()];
        long grown = length;
        for (int i = 0; i < before.length; i++) {
            final Edit edit = edits.get(i);
            before[i] = (int) (grown - length);
            grown += edit.growth();
            if (grown > Integer.MAX_VALUE - 64 || (i > 0 && edit.from < edits.get(i - 1).to)) {
                return false;
            }
        }
        shifts = before;
        return true;
    }

    boolean keepsLengths() {
        for (final Edit edit : edits) {
            if (edit.growth() != 0) {
                return false;
            }
        }
        return true;
    }

    /** Where what was at {@code offset} is; within a place as far from its begin as before, at most at its end. */
    int moved(final int offset) {
        int low = 0;
        int high = edits.size();
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (edits.get(middle).from < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == 0) {
            return offset;
        }
        final Edit edit = edits.get(low - 1);
        final int shift = shifts[low - 1];
        return offset >= edit.to
                ? offset + shift + edit.growth()
                : edit.from + shift + Math.min(offset - edit.from, edit.bytes.length);
    }

    /** The script with the other bytes, each segment with those it had; null where one would have none any more. */
    @Nullable
    FlowScript applied(final FlowScript script) {
        final ByteBuffer bytes = bytes(script.clientBytes());
        if (keepsLengths()) {
            return new FlowScript(script.flow(), bytes);
        }
        final ClientEvents events = script.flow().events();
        final int[] lengths = new int[events.size()];
        final int[] urgents = new int[events.size()];
        final int end = script.clientBytes().limit();
        int at = 0;
        for (int row = 0; row < lengths.length; row++) {
            final int next = at + events.length(row);
            if (next > end) {
                return null;
            }
            lengths[row] = moved(next) - moved(at);
            final int urgent = Math.min(events.urgent(row), end - at);
            urgents[row] = moved(at + urgent) - moved(at) + events.urgent(row) - urgent;
            if (lengths[row] == 0 && next > at) {
                return null;
            }
            at = next;
        }
        return at == end ? script.withBytes(bytes, lengths, urgents) : null;
    }

    private ByteBuffer bytes(final ByteBuffer old) {
        final ByteBuffer made = ByteBuffer.allocate(moved(old.limit()));
        int at = 0;
        for (final Edit edit : edits) {
            made.put(old.slice(at, edit.from - at)).put(edit.bytes);
            at = edit.to;
        }
        return made.put(old.slice(at, old.limit() - at)).flip();
    }
}
