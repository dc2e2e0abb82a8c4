package io.tcpreplayj.cli.flags;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds what a misspelt word was meant to be. */
public final class Nearest {
    private Nearest() {}

    /** The known word with the fewest edits to {@code typed}, or null when none is near enough to be meant. */
    public static @Nullable String of(final String typed, final Collection<String> known) {
        String best = null;
        int fewest = Integer.MAX_VALUE;
        for (final String word : known) {
            final int edits = word.startsWith(typed) && typed.length() > 2 ? 0 : edits(typed, word);
            if (edits < fewest) {
                fewest = edits;
                best = word;
            }
        }
        return fewest <= Math.max(2, typed.length() / 3) ? best : null;
    }

    /** Damerau's distance: insertions, deletions, substitutions and swaps of neighbours. */
    static int edits(final String a, final String b) {
        final int[][] distance = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                distance[i][j] = i == 0 || j == 0 ? i + j : cheapest(distance, a, b, i, j);
            }
        }
        return distance[a.length()][b.length()];
    }

    private static int cheapest(final int[][] distance, final String a, final String b, final int i, final int j) {
        final boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int best = distance[i - 1][j - 1] + (same ? 0 : 1);
        best = Math.min(best, distance[i - 1][j] + 1);
        best = Math.min(best, distance[i][j - 1] + 1);
        final boolean swapped =
                i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, distance[i - 2][j - 2] + 1) : best;
    }
}
