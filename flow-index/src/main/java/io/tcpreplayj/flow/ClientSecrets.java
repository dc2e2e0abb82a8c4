package io.tcpreplayj.flow;

import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.flow.redact.SecretScanner;
import io.tcpreplayj.flow.redact.SecretSink;
import io.tcpreplayj.flow.redact.Substitute;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Replaces the secrets in a client's stream, when all of it is there. */
final class ClientSecrets implements SecretSink {
    private static final int PIECE_BYTES = 256 << 10;

    private final SecretScanner scanner;
    private byte[] bytes = {};
    /** Index in the stream of the first of {@link #bytes}. */
    private long base;

    private long replaced;

    ClientSecrets(final SecretRules rules) {
        scanner = new SecretScanner(rules);
    }

    /**
     * The stream of {@code log} with its secrets replaced.
     *
     * @param holes indexes at which bytes are missing, in order; a 0 when it is not known what came before the first
     */
    ByteBuffer redact(final ByteLog log, final long[] holes, final SpillFile spill) {
        if (log.length() > ByteLog.LONGEST_COPY) {
            return redactOnDisk(log, holes, spill);
        }
        bytes = new byte[(int) log.length()];
        log.copyTo(0, bytes, 0, bytes.length, spill);
        scan(0, bytes.length, holes);
        scanner.finish(this);
        return ByteBuffer.wrap(bytes);
    }

    /** Piece by piece: only what is redacted gets to where it can be mapped. */
    private ByteBuffer redactOnDisk(final ByteLog log, final long[] holes, final SpillFile spill) {
        final int length = (int) log.length();
        final long at = spill.reserve(length);
        bytes = new byte[SecretScanner.REACH + PIECE_BYTES];
        int there = 0;
        while (base + there < length) {
            final int count = (int) Math.min(PIECE_BYTES, length - base - there);
            log.copyTo(base + there, bytes, there, count, spill);
            scan(there, there + count, holes);
            there += count;
            if (base + there == length) {
                scanner.finish(this);
            }
            // A secret that only a later byte makes one may still begin in the last bytes.
            final int settled = base + there == length ? there : Math.max(0, there - SecretScanner.REACH);
            spill.writeRaw(at + base, ByteBuffer.wrap(bytes, 0, settled));
            System.arraycopy(bytes, settled, bytes, 0, there - settled);
            base += settled;
            there -= settled;
        }
        return spill.map(at, length);
    }

    private void scan(final int from, final int to, final long[] holes) {
        int done = from;
        int hole = Arrays.binarySearch(holes, base + from);
        hole = hole < 0 ? -hole - 1 : hole;
        while (done < to) {
            if (hole < holes.length && holes[hole] == base + done) {
                scanner.onHole(this);
                hole++;
            }
            final int end = hole < holes.length ? (int) Math.min(to, holes[hole] - base) : to;
            scanner.scan(bytes, done, end - done, base + done, this);
            done = end;
        }
    }

    @Override
    public void onSecret(final long from, final long to, final Substitute substitute) {
        replaced += substitute.replace(bytes, (int) (from - base), (int) (to - base));
    }

    /** Secrets that there were. */
    long values() {
        return scanner.found();
    }

    /** Bytes of them. */
    long bytes() {
        return replaced;
    }
}
