package io.tcpreplayj.flow;

import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.flow.redact.SecretScanner;
import io.tcpreplayj.flow.redact.SecretSink;
import io.tcpreplayj.flow.redact.Substitute;
import java.nio.ByteBuffer;

/**
 * Replaces the secrets in datagrams, each of which is read as a stream of its own: nothing goes on from one into the next. One
 * for all of them; allocates only for a datagram that is longer than all before.
 */
final class DatagramSecrets implements SecretSink {
    private static final byte[] NO_BYTES = {};

    private final SecretScanner scanner;
    /** What the scanner knows before a datagram. */
    private final long[] nothing;

    private byte[] whole = NO_BYTES;
    private byte[] bytes = NO_BYTES;
    private int end;
    private long values;
    private long replaced;

    DatagramSecrets(final SecretRules rules) {
        scanner = new SecretScanner(rules);
        nothing = scanner.save();
    }

    /** In a datagram that is kept whole. */
    void replaceIn(final byte[] kept, final int from, final int length) {
        replace(kept, from, length, length);
    }

    /**
     * In the first {@code kept} bytes of a datagram; all of it is looked at, for what is secret may go on behind them. What is
     * changed stands in {@link #whole} then.
     */
    void replaceInHead(final ByteBuffer datagram, final int offset, final int length, final int kept) {
        if (whole.length < length) {
            whole = new byte[Math.max(length, 2 * whole.length)];
        }
        datagram.get(offset, whole, 0, length);
        replace(whole, 0, kept, length);
    }

    /** A copy of the last datagram of {@link #replaceInHead}, from index 0 on; borrowed. */
    byte[] whole() {
        return whole;
    }

    /** Replaces in {@code [from, from + kept)}, of which the datagram has {@code length - kept} bytes more behind it. */
    private void replace(final byte[] in, final int from, final int kept, final int length) {
        bytes = in;
        end = from + kept;
        values = 0;
        replaced = 0;
        scanner.restore(nothing);
        scanner.scan(in, from, length, from, this);
        scanner.finish(this);
    }

    @Override
    public void onSecret(final long from, final long to, final Substitute substitute) {
        if (from < end) {
            values++;
            replaced += substitute.replace(bytes, (int) from, (int) Math.min(to, end));
        }
    }

    /** Secrets, or pieces of them, that were replaced in the last datagram. */
    long values() {
        return values;
    }

    /** Bytes of them. */
    long bytes() {
        return replaced;
    }
}
