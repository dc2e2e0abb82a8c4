package io.tcpreplayj.flow;

import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.flow.redact.SecretScanner;
import io.tcpreplayj.flow.redact.SecretSink;
import io.tcpreplayj.flow.redact.Substitute;

/** Replaces the secrets in one datagram, which is read as a stream of its own: nothing goes on from one into the next. */
final class DatagramSecrets implements SecretSink {
    private final byte[] bytes;
    private final int end;
    private long values;
    private long replaced;

    /** Replaces in {@code [from, from + kept)}, of which the datagram has the rest of the array behind it. */
    private DatagramSecrets(
            final SecretRules rules, final byte[] bytes, final int from, final int kept, final int length) {
        this.bytes = bytes;
        end = from + kept;
        final SecretScanner scanner = new SecretScanner(rules);
        scanner.scan(bytes, from, length, from, this);
        scanner.finish(this);
    }

    /** In a datagram that is kept whole. */
    static DatagramSecrets inAll(final SecretRules rules, final byte[] bytes, final int from, final int length) {
        return new DatagramSecrets(rules, bytes, from, length, length);
    }

    /** In the first bytes of a datagram that is all of the array. */
    static DatagramSecrets inHead(final SecretRules rules, final byte[] bytes, final int head) {
        return new DatagramSecrets(rules, bytes, 0, head, bytes.length);
    }

    @Override
    public void onSecret(final long from, final long to, final Substitute substitute) {
        if (from < end) {
            values++;
            replaced += substitute.replace(bytes, (int) from, (int) Math.min(to, end));
        }
    }

    /** Secrets, or pieces of them, that were replaced. */
    long values() {
        return values;
    }

    /** Bytes of them. */
    long bytes() {
        return replaced;
    }
}
