package io.tcpreplayj.cli.report;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Aligned columns. Rows are printed in batches, so a table of any length takes little memory. */
public final class TextTable {
    private static final int BATCH = 1000;

    private final PrintStream out;
    private final int[] widths;
    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    /** @param heads the columns' titles; one that begins with ">" is aligned to the right */
    public TextTable(final PrintStream out, final String... heads) {
        this.out = out;
        widths = new int[heads.length];
        right = new boolean[heads.length];
        final String[] titles = new String[heads.length];
        for (int i = 0; i < heads.length; i++) {
            right[i] = heads[i].startsWith(">");
            titles[i] = right[i] ? heads[i].substring(1) : heads[i];
        }
        rows.add(titles);
    }

    /** One row, as many cells as there are columns. */
    public void row(final String... cells) {
        if (cells.length != widths.length) {
            throw new IllegalArgumentException(cells.length + " cells for " + widths.length + " columns");
        }
        rows.add(cells);
        if (rows.size() >= BATCH) {
            flush();
        }
    }

    /** Prints what is left. */
    public void flush() {
        for (final String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        final StringBuilder line = new StringBuilder(160);
        for (final String[] row : rows) {
            line.setLength(0);
            for (int i = 0; i < row.length; i++) {
                final String pad = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : "  ").append(right[i] ? pad + row[i] : row[i] + pad);
            }
            out.println(line.toString().stripTrailing());
        }
        rows.clear();
    }
}
