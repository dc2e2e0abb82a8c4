package io.tcpreplayj.flow.redact;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * The automaton that finds names in a stream (Aho and Corasick, CACM 18/6, 1975), letters large or small, one look-up a
 * byte. Each of its states also knows whether the bytes since the last line feed could be the name of a header, so that the
 * table has two rows for each of the trie.
 *
 * <p>A digit is told too, though it leads where any byte leads: numbers of cards begin with one.
 */
final class NameFinder {
    /** States are below this; a value of {@link #next} from here on tells something. */
    static final int TELLS = 0x4000;

    /** The byte is a digit, or the beginning of an escape, which digits may belong to. */
    static final int IS_DIGIT = 0x4000;

    /** With this byte a name ends; {@link #endsWord} and {@link #isHeaderLine} tell more of it. */
    static final int ENDS_NAME = 0x8000;

    private static final int STATE = 0x3fff;
    private static final int BYTES = 256;
    private static final int ROOT = 0;

    private final List<int[]> edges = new ArrayList<>();
    private final BitSet words = new BitSet();
    private final BitSet headers = new BitSet();
    private final char[] next;
    private final int lineStart;

    /** @param headerNames,words in small letters */
    NameFinder(final List<String> headerNames, final List<String> words) {
        addNode();
        for (final String name : headerNames) {
            // At the beginning of a line only.
            headers.set(add("\n" + name));
        }
        for (final String word : words) {
            this.words.set(add(word));
        }
        add("\n");
        next = table();
        lineStart = state(next[row(ROOT, false) << 8 | '\n']);
    }

    private int addNode() {
        final int[] none = new int[BYTES];
        Arrays.fill(none, -1);
        edges.add(none);
        return edges.size() - 1;
    }

    private int add(final String pattern) {
        int node = ROOT;
        for (final byte b : pattern.getBytes(StandardCharsets.US_ASCII)) {
            int to = edges.get(node)[b];
            if (to < 0) {
                to = addNode();
                edges.get(node)[b] = to;
            }
            node = to;
        }
        return node;
    }

    /** Fills in where a byte leads that continues no pattern: where the longest proper suffix leads. */
    private char[] table() {
        final int nodes = edges.size();
        final int[] suffix = new int[nodes];
        final Deque<Integer> queue = new ArrayDeque<>();
        queue.add(ROOT);
        final char[] table = new char[2 * nodes * BYTES];
        while (!queue.isEmpty()) {
            final int node = queue.remove();
            final int[] to = edges.get(node);
            words.set(node, words.get(node) || (node != ROOT && words.get(suffix[node])));
            for (int b = 0; b < BYTES; b++) {
                final int other = node == ROOT ? ROOT : edges.get(suffix[node])[b];
                if (to[b] < 0) {
                    to[b] = other;
                } else {
                    suffix[to[b]] = other;
                    queue.add(to[b]);
                }
            }
        }
        for (int node = 0; node < nodes; node++) {
            fill(table, node);
        }
        return table;
    }

    private void fill(final char[] table, final int node) {
        for (int b = 0; b < BYTES; b++) {
            final int to = edges.get(node)[lower(b)];
            final boolean ends = words.get(to) || headers.get(to);
            final int tells = (isDigit(b) || b == '%' ? IS_DIGIT : 0) | (ends ? ENDS_NAME : 0);
            table[row(node, false) << 8 | b] = (char) (row(to, b == '\n') | tells);
            table[row(node, true) << 8 | b] = (char) (row(to, b == '\n' || isNameByte(b)) | tells);
        }
    }

    private static int row(final int node, final boolean inHeaderName) {
        return node << 1 | (inHeaderName ? 1 : 0);
    }

    /** For each state and byte, {@code state << 8 | byte}: the next state and what is to be told. */
    char[] next() {
        return next;
    }

    static int state(final int value) {
        return value & STATE;
    }

    /** The state behind a line feed. */
    int lineStart() {
        return lineStart;
    }

    /** The name that ended with this state is a word; else that of a header rule. */
    boolean endsWord(final int state) {
        return words.get(state >> 1);
    }

    /** Nothing but bytes of a name stands between the beginning of the line and this state. */
    static boolean isHeaderLine(final int state) {
        return (state & 1) != 0;
    }

    static boolean isDigit(final int b) {
        return b >= '0' && b <= '9';
    }

    static boolean isHexDigit(final int b) {
        return isDigit(b) || (lower(b) >= 'a' && lower(b) <= 'f');
    }

    /** Bytes of names as they are in use, for headers and fields alike. */
    static boolean isNameByte(final int b) {
        return (lower(b) >= 'a' && lower(b) <= 'z') || isDigit(b) || b == '-' || b == '_' || b == '.';
    }

    private static int lower(final int b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
    }
}
