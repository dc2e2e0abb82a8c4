package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Compares the answers of one session with the recorded ones by length and CRC-32C. An HTTP answer's Date is left out of
 * the comparison, see {@link DateMask}: a server that sends one never repeats itself. No allocation after construction.
 *
 * <p>Bytes come before it is known where an answer ends. So those up to the recorded length are summed apart from those
 * behind it: when the script says that the answer ended there, the rest is the beginning of the next one.
 */
public final class ResponseJudge implements ResponseBytes {
    private static final byte[] NO_HEAD = {};

    private final Script script;
    private final Exchanges exchanges;
    private final boolean http;
    private AnswerSum head = new AnswerSum();
    private AnswerSum rest = new AnswerSum();
    private int exchange;

    ResponseJudge(final Script script) {
        this.script = script;
        this.exchanges = script.flow().exchanges();
        this.http = script.flow().app() == FlowRecord.App.HTTP;
    }

    @Override
    public void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long nowNs) {
        final int mine = (int) Math.min(length, Math.max(0, recorded(exchange) - head.bytes));
        if (mine > 0) {
            aim(head, exchange);
            head.add(buffer, offset, mine, Math.min(mine, available));
        }
        if (length > mine) {
            aim(rest, exchange + 1);
            rest.add(buffer, offset + mine, length - mine, Math.max(0, available - mine));
        }
    }

    /** So much of what came is of no answer: it came before anything was asked. */
    void onGreeting(final long bytes) {
        final long begun = head.bytes + rest.bytes - bytes;
        head.clear();
        rest.clear();
        if (begun > 0) {
            // The first answer's beginning was summed with it.
            head.bytes = begun;
            head.missing = Verdict.MERGED;
        }
    }

    /**
     * Ends the answer to {@code ended}; exchanges end in order.
     *
     * @param responseBytes live bytes of the answer; what came beyond belongs to the next one
     */
    public Verdict onExchangeEnd(final int ended, final long responseBytes) {
        final long came = head.bytes + rest.bytes;
        final boolean parted = responseBytes == came || responseBytes == head.bytes;
        final Verdict verdict = parted ? judge(ended, responseBytes) : Verdict.MERGED;
        next(ended + 1, responseBytes, came);
        return verdict;
    }

    /** Another connection begins with the exchange {@code first}: what came of it, or of later ones, comes anew. */
    void goOn(final int first) {
        exchange = first;
        head.clear();
        rest.clear();
    }

    private Verdict judge(final int ended, final long responseBytes) {
        if (exchanges.digest(ended) < 0) {
            return Verdict.UNRECORDED;
        }
        if (responseBytes == 0) {
            return Verdict.NO_ANSWER;
        }
        if (responseBytes != exchanges.responseBytes(ended)) {
            return ofAnotherLength(ended, responseBytes);
        }
        if (head.missing != null) {
            return head.missing;
        }
        return isRecorded(ended) ? Verdict.MATCHED : Verdict.DIFFERENT;
    }

    /** What was summed of the answer is what was recorded of it. */
    private boolean isRecorded(final int ended) {
        return head.crc.getValue() == exchanges.digest(ended);
    }

    private Verdict ofAnotherLength(final int ended, final long responseBytes) {
        final boolean begins =
                responseBytes < exchanges.responseBytes(ended) || head.missing != null || isRecorded(ended);
        return begins && CutOff.explains(script, ended, responseBytes) ? Verdict.UNRECORDED : Verdict.DIFFERENT;
    }

    private void next(final int index, final long responseBytes, final long came) {
        exchange = index;
        head.clear();
        if (responseBytes == came) {
            rest.clear();
            return;
        }
        final AnswerSum begun = rest;
        rest = head;
        head = begun;
        if (head.bytes > recorded(index)) {
            // The surplus spans more than one recorded answer: where the next one ends can no longer be told.
            head.missing = Verdict.MERGED;
        }
    }

    /** The answer's first bytes come: they are those of {@code index}, if anything. */
    private void aim(final AnswerSum sum, final int index) {
        if (sum.bytes == 0) {
            sum.date.aim(http && index < exchanges.size() ? exchanges.head(index) : NO_HEAD);
        }
    }

    private long recorded(final int index) {
        return index < exchanges.size() ? exchanges.responseBytes(index) : 0;
    }

    /** CRC-32C, length, and what was missing, of a run of bytes. */
    private static final class AnswerSum {
        final CRC32C crc = new CRC32C();
        final DateMask date = new DateMask();
        long bytes;

        @Nullable
        Verdict missing;

        void add(final ByteBuffer buffer, final int offset, final int length, final int available) {
            final long from = bytes;
            bytes += length;
            if (available < length) {
                missing = available == 0 ? Verdict.REORDERED : Verdict.TRUNCATED;
                return;
            }
            final int position = buffer.position();
            final int limit = buffer.limit();
            buffer.limit(offset + length).position(offset);
            date.update(crc, buffer, from);
            buffer.limit(limit).position(position);
        }

        void clear() {
            crc.reset();
            bytes = 0;
            missing = null;
        }
    }
}
