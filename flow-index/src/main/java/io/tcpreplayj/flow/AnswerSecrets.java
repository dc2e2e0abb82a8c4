package io.tcpreplayj.flow;

import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.flow.redact.SecretScanner;
import io.tcpreplayj.flow.redact.SecretSink;
import io.tcpreplayj.flow.redact.Substitute;
import java.nio.ByteBuffer;

/**
 * Where the secrets are in what is kept of a server's answers. The whole stream is read, for an answer's head may begin
 * within a secret; what is noted are places in heads, and they are replaced when the flow ends.
 */
final class AnswerSecrets implements SecretSink {
    /** What an instance takes of the heap before anything is noted. */
    static final int FOOTPRINT = 700;

    private static final Substitute[] SUBSTITUTES = Substitute.values();
    private static final int ROW_BYTES = 3 * Long.BYTES;

    private final SecretScanner scanner;
    private final long begin;
    /** No head reaches farther so far. */
    private long keptBelow = Long.MIN_VALUE;

    private ByteLog rows = new ByteLog();
    private int grown;
    private long values;
    private long bytes;

    /**
     * @param begin position of the first byte that will come
     * @param isStart that it is the stream's first one
     */
    AnswerSecrets(final SecretRules rules, final long begin, final boolean isStart) {
        this(rules, begin);
        if (!isStart) {
            scanner.onHole(this);
        }
    }

    private AnswerSecrets(final SecretRules rules, final long begin) {
        scanner = new SecretScanner(rules);
        this.begin = begin;
    }

    /**
     * The next bytes of the answer that begins at {@code gate}.
     *
     * @return by how many bytes the memory in use has grown
     */
    int onBytes(final long position, final byte[] source, final long gate, final int headBytes) {
        keptBelow = Math.max(keptBelow, headAt(gate) + headBytes);
        scanner.scan(source, 0, source.length, position, this);
        return takeGrown();
    }

    /** Before the first exchange: nothing is kept of these bytes. */
    void onGreeting(final long position, final byte[] source) {
        scanner.scan(source, 0, source.length, position, this);
    }

    void onGap() {
        scanner.onHole(this);
    }

    private int takeGrown() {
        final int taken = grown;
        grown = 0;
        return taken;
    }

    /** Position of the first byte of the head of the exchange with that gate. */
    private long headAt(final long gate) {
        return Math.max(gate, begin);
    }

    @Override
    @SuppressWarnings("EnumOrdinal")
    public void onSecret(final long from, final long to, final Substitute substitute) {
        if (from >= keptBelow) {
            return;
        }
        grown += rows.extend(ROW_BYTES);
        ByteBuffer.wrap(rows.tail(), rows.tailLength() - ROW_BYTES, ROW_BYTES)
                .putLong(from)
                .putLong(Math.min(to, keptBelow))
                .putLong(substitute.ordinal());
    }

    /**
     * Replaces them in the heads, which are all in memory. An answer whose head held a secret loses its digest: with all of
     * the other bytes there, a digest would tell whether a guess is right.
     *
     * @return whether there were any
     */
    boolean replaceIn(final ExchangeLog exchanges, final SpillFile spill) {
        scanner.finish(this);
        final ByteBuffer found = rows.contents(spill);
        final int count = found.limit() / ROW_BYTES;
        int first = 0;
        for (int exchange = 0; exchange < exchanges.size(); exchange++) {
            final byte[] head = exchanges.head(exchange);
            final long at = headAt(exchanges.gate(exchange));
            // Rows come in the order of their ends.
            while (first < count && to(found, first) <= at) {
                first++;
            }
            final long before = bytes;
            long valueEnd = Long.MIN_VALUE;
            // A number of a card is told when it has ended: it may begin before the row that was told before it.
            for (int row = first; row < count && from(found, row) < at + head.length + SecretScanner.REACH; row++) {
                final int replaced = substitute(found, row)
                        .replace(head, (int) Math.max(0, from(found, row) - at), (int)
                                Math.min(head.length, to(found, row) - at));
                values += replaced > 0 && from(found, row) != valueEnd ? 1 : 0;
                valueEnd = to(found, row);
                bytes += replaced;
            }
            if (bytes > before) {
                exchanges.breakAnswer(exchange);
            }
        }
        return bytes > 0;
    }

    private static long from(final ByteBuffer found, final int row) {
        return found.getLong(row * ROW_BYTES);
    }

    private static long to(final ByteBuffer found, final int row) {
        return found.getLong(row * ROW_BYTES + Long.BYTES);
    }

    private static Substitute substitute(final ByteBuffer found, final int row) {
        return SUBSTITUTES[(int) found.getLong(row * ROW_BYTES + 2 * Long.BYTES)];
    }

    /** Secrets replaced; after {@link #replaceIn}. */
    long values() {
        return values;
    }

    /** Bytes of them. */
    long bytes() {
        return bytes;
    }

    /** Bytes of memory in use. */
    int footprint() {
        return FOOTPRINT + rows.footprint();
    }

    void freeze(final StateBuffer state, final SpillFile spill) {
        final long[] saved = scanner.save();
        state.putLongs(saved, saved.length);
        state.putLong(begin);
        state.putLong(keptBelow);
        rows.freeze(state, spill);
    }

    static AnswerSecrets thaw(final SecretRules rules, final StateBuffer state) {
        final long[] saved = state.getLongs();
        final AnswerSecrets secrets = new AnswerSecrets(rules, state.getLong());
        secrets.scanner.restore(saved);
        secrets.keptBelow = state.getLong();
        secrets.rows = ByteLog.thaw(state);
        return secrets;
    }
}
