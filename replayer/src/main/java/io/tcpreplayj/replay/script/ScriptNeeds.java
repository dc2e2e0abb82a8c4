package io.tcpreplayj.replay.script;

/** From where on those who play a script may still look at it: the least that any of them says. */
public final class ScriptNeeds {
    private long offset;
    private int row;
    private int exchange;

    /** Nobody has said anything yet. */
    public void clear() {
        offset = Long.MAX_VALUE;
        row = Integer.MAX_VALUE;
        exchange = Integer.MAX_VALUE;
    }

    /** Client bytes from this offset of the stream on. */
    public void bytesFrom(final long first) {
        offset = Math.min(offset, Math.max(0, first));
    }

    /** Rows from this one on. */
    public void rowsFrom(final int first) {
        row = Math.min(row, Math.max(0, first));
    }

    /** Exchanges from this one on. */
    public void exchangesFrom(final int first) {
        exchange = Math.min(exchange, Math.max(0, first));
    }

    /** All of it. */
    public void everything() {
        bytesFrom(0);
        rowsFrom(0);
        exchangesFrom(0);
    }

    long offset() {
        return offset;
    }

    int row() {
        return row;
    }

    int exchange() {
        return exchange;
    }
}
