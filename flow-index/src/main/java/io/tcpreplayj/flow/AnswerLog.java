package io.tcpreplayj.flow;

import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The server's stream as it goes by: digests and times, cut at the gates of the exchanges. No byte but heads is kept. */
final class AnswerLog implements StreamConsumer {
    /** What {@link AppDetector} looks at of a server that speaks first. */
    private static final int GREETING_BYTES = 32;

    private static final byte[] NO_BYTES = {};

    private final FlowBuilder flow;
    private final int headBytes;
    private final @Nullable MessageDigest sha256;
    /** Where secrets are, when they are looked for; made with the first byte. */
    private @Nullable AnswerSecrets secrets;

    private ExchangeLog exchanges;
    /** CRC-32C of all bytes before those of the present answer. */
    private long streamBefore;
    /** CRC-32C of the answer so far. */
    private long answerDigest;

    private long answerLength;
    private byte[] greeting = NO_BYTES;
    private int answering = -1;
    private boolean broken;
    private long end = Long.MIN_VALUE;
    private long latestNs = ExchangeLog.UNKNOWN;

    AnswerLog(final FlowBuilder flow, final ExchangeLog exchanges) {
        this.flow = flow;
        this.exchanges = exchanges;
        headBytes = flow.options().headBytes();
        sha256 = flow.options().sha256() ? Sha256.create() : null;
    }

    @Override
    public void onBytes(
            final long position,
            final ByteBuffer bytes,
            final int offset,
            final int length,
            final long timeNs,
            final long ack,
            final int control,
            final long digest) {
        if (sha256 != null) {
            sha256.update(bytes.limit(offset + length).position(offset));
        }
        latestNs = Math.max(latestNs, timeNs);
        if (flow.options().rules() != null) {
            expectSecrets(flow.options().rules(), position);
        }
        int done = 0;
        while (done < length) {
            moveTo(position + done);
            // Positions may be negative, so the end is limited before it is subtracted from.
            final int part = (int) (Math.min(answerEnd(), position + length) - (position + done));
            digest(bytes, offset + done, part, part == length ? digest : PacketView.NO_DIGEST);
            if (answering < 0) {
                greet(bytes, offset + done, part);
            } else {
                flow.grew(exchanges.onAnswer(answering, bytes, offset + done, part, timeNs, headBytes));
            }
            if (secrets != null) {
                findSecrets(secrets, position + done, bytes, offset + done, part);
            }
            done += part;
        }
        end = position + length;
    }

    private void digest(final ByteBuffer bytes, final int offset, final int length, final long known) {
        final StreamDigests digests = flow.digests();
        final long ofPart = known == PacketView.NO_DIGEST ? digests.of(bytes, offset, length) : known;
        answerDigest = digests.join(answerDigest, ofPart, length);
        answerLength += length;
    }

    private void expectSecrets(final SecretRules rules, final long position) {
        if (secrets == null) {
            final StreamAssembler server = flow.server();
            final boolean isStart = server != null && server.hasSyn() && position == server.startPosition();
            secrets = new AnswerSecrets(rules, position, isStart);
            flow.grew(AnswerSecrets.FOOTPRINT);
        }
    }

    private void findSecrets(
            final AnswerSecrets in, final long position, final ByteBuffer bytes, final int offset, final int length) {
        final byte[] copy = new byte[length];
        bytes.get(offset, copy);
        if (answering < 0) {
            in.onGreeting(position, copy);
        } else {
            flow.grew(in.onBytes(position, copy, exchanges.gate(answering), headBytes));
        }
    }

    /** Replaces the secrets in the heads, which are all in memory; after {@link #finish}. */
    @Nullable
    AnswerSecrets replaceSecrets(final SpillFile spill) {
        if (secrets != null && secrets.replaceIn(exchanges, spill)) {
            // From the stream's digest and those of its other answers that of the one with the secret could be
            // computed.
            broken = true;
        }
        return secrets;
    }

    @Override
    public void onGap(final long from, final long to) {
        broken = true;
        if (secrets != null) {
            secrets.onGap();
        }
        onUnseen(from, to);
    }

    /** The answers in {@code [from, to)} are not whole; the stream so far may be. */
    void onUnseen(final long from, final long to) {
        long position = from;
        while (position < to) {
            moveTo(position);
            if (answering >= 0) {
                exchanges.breakAnswer(answering);
            }
            position = Math.min(to, answerEnd());
        }
        end = to;
    }

    /** A row of client data: where an answer ends and the next one begins. */
    void onDataRow(final int row, final long gate) {
        final int before = exchanges.size();
        flow.grew(exchanges.onDataRow(row, gate));
        if (exchanges.size() > before && end > gate) {
            // The bytes behind the gate went into the answer before: the client's segments were captured out of order.
            if (answering >= 0) {
                exchanges.breakAnswer(answering);
            }
            exchanges.breakAnswer(before);
        }
    }

    /** No more bytes come. */
    void finish() {
        closeAnswer();
    }

    /** The latest capture time of a byte that went by, {@link ExchangeLog#UNKNOWN} before the first. */
    long latestNs() {
        return latestNs;
    }

    /** CRC-32C of the stream, after {@link #finish}; means something only when it was whole. */
    long digest() {
        return broken ? -1 : streamBefore;
    }

    @Nullable
    String sha256() {
        return broken || sha256 == null ? null : Sha256.hex(sha256.digest());
    }

    /** CRC-32C of an answer that is not put aside, as much of it as went by; -1 when nothing or not all of that was seen. */
    long digestSoFar(final int exchange) {
        return exchange == answering ? exchanges.digestOr(exchange, answerDigest) : exchanges.digest(exchange);
    }

    /** Position behind the last byte that went by, or that is known to be missing. */
    long end() {
        return end;
    }

    /** The first bytes that the server sent before the client sent any. */
    byte[] greeting() {
        return greeting;
    }

    private void greet(final ByteBuffer bytes, final int offset, final int length) {
        final int more = Math.min(length, GREETING_BYTES - greeting.length);
        if (more > 0) {
            final int old = greeting.length;
            greeting = Arrays.copyOf(greeting, old + more);
            bytes.get(offset, greeting, old, more);
        }
    }

    private long answerEnd() {
        return answering + 1 < exchanges.size() ? exchanges.gate(answering + 1) : Long.MAX_VALUE;
    }

    private void moveTo(final long position) {
        while (answerEnd() <= position) {
            closeAnswer();
            answering++;
        }
    }

    private void closeAnswer() {
        if (answering >= 0) {
            exchanges.setDigest(answering, answerDigest);
        }
        streamBefore = flow.digests().join(streamBefore, answerDigest, answerLength);
        answerDigest = 0;
        answerLength = 0;
    }

    /** The exchanges are not kept any more. */
    void forget(final ExchangeLog none) {
        closeAnswer();
        exchanges = none;
        answering = -1;
    }

    /** Bytes of memory in use. */
    int footprint() {
        return secrets == null ? 0 : secrets.footprint();
    }

    /** The first exchange whose answer may still change. */
    int openExchange() {
        return Math.max(answering, 0);
    }

    /** A SHA-256 that has begun cannot be written down. */
    boolean canFreeze() {
        return sha256 == null;
    }

    void freeze(final StateBuffer state, final SpillFile spill) {
        state.putLong(streamBefore);
        state.putLong(answerDigest);
        state.putLong(answerLength);
        state.putBytes(greeting, 0, greeting.length);
        state.putInt(answering);
        state.putBoolean(broken);
        state.putLong(end);
        state.putLong(latestNs);
        state.putBoolean(secrets != null);
        if (secrets != null) {
            secrets.freeze(state, spill);
        }
    }

    static AnswerLog thaw(final FlowBuilder flow, final ExchangeLog exchanges, final StateBuffer state) {
        final AnswerLog log = new AnswerLog(flow, exchanges);
        log.streamBefore = state.getLong();
        log.answerDigest = state.getLong();
        log.answerLength = state.getLong();
        log.greeting = state.getBytes();
        log.answering = state.getInt();
        log.broken = state.getBoolean();
        log.end = state.getLong();
        log.latestNs = state.getLong();
        final boolean hasSecrets = state.getBoolean();
        final SecretRules rules = flow.options().rules();
        log.secrets = hasSecrets && rules != null ? AnswerSecrets.thaw(rules, state) : null;
        return log;
    }
}
