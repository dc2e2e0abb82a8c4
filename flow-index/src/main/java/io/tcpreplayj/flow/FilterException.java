package io.tcpreplayj.flow;

/** A filter that cannot be understood; the column is for a caret under the mistake. */
public final class FilterException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int column;

    public FilterException(final String message, final int column) {
        super(message);
        this.column = column;
    }

    /** Index of the offending character in the filter, from 0; its length when something is missing at the end. */
    public int column() {
        return column;
    }
}
