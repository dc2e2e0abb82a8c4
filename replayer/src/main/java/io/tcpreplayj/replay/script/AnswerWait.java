package io.tcpreplayj.replay.script;

import io.tcpreplayj.replay.protocol.ResponseFraming;
import org.jspecify.annotations.Nullable;

/**
 * Waits for what the server owes before the next row may leave. The moment at which the gate opens is a function of what
 * came so far ({@link #opensAtNs()}), so it is exact however late the caller asks.
 *
 * <p>Recorded stream offsets become live ones by a shift: when an answer was shorter or longer than recorded, the gates
 * behind it are counted from where the live stream stood. A gate in the middle of an answer (the captured client sent
 * while more was already on its way to it) leaves the shift alone: bytes beyond it are the rest of that answer.
 */
final class AnswerWait {
    private static final long MIN_END_QUIET_NS = 5_000_000L;
    private static final long MIN_SHORT_QUIET_NS = 1_000_000_000L;
    /** Between two questions to the target: Linux answers keep-alive probes twice a second (tcp_invalid_ratelimit). */
    private static final long ASK_AGAIN_NS = 1_000_000_000L;
    /** A target that answers none for so long is believed to be silent. */
    private static final long MAX_UNANSWERED_NS = 10_000_000_000L;

    private static final long NEVER = Long.MAX_VALUE;

    private final long responseTimeoutNs;
    private final GateMode mode;
    private final @Nullable ResponseFraming framing;

    private boolean sending;
    private long liveBytes;
    private long lastByteNs = -1;
    private boolean pushed;
    private boolean hole;
    private long listeningNs;
    private boolean canAsk;
    private long questionNs = NEVER;
    private long askedNs = -1;
    private long confirmedNs = -1;
    private boolean doubted;
    private long finNs = -1;
    private long roundTripNs;
    /** Since when something of ours waits to leave, which the target may wait for. */
    private long heldBackNs = NEVER;

    private long shift;
    private long waitFromNs;
    private long gaveUpResponses;

    private long gateBytes;
    private long answerFrom;
    private boolean greeting;
    private boolean wantsFin;
    private boolean partial;
    private long wantsResponses;
    private long finLingerNs;
    private long crossedNs;
    private long framedNs;

    private long openNs;
    private long baseNs;
    private boolean timedOut;
    /** {@link #openNs} and {@link #baseNs} hold for the state as it is. */
    private boolean settled;
    /** They hold for good: the gate opened and what comes now belongs elsewhere. */
    private boolean decided;

    AnswerWait(final long responseTimeoutNs, final GateMode mode, final @Nullable ResponseFraming framing) {
        this.responseTimeoutNs = responseTimeoutNs;
        this.mode = mode;
        this.framing = framing;
    }

    /** Whether released bytes have yet to leave: until the last is sent, no silence and no byte can decide the gate. */
    void sending(final boolean value) {
        sending = value;
    }

    /** Silence is counted from {@code nowNs} at the earliest: the client did something that the server may answer. */
    void waitFrom(final long nowNs) {
        waitFromNs = Math.max(waitFromNs, nowNs);
        unask();
    }

    private void unask() {
        askedNs = -1;
        confirmedNs = -1;
        doubted = false;
        settled = decided;
    }

    /**
     * Begins to wait for a gate.
     *
     * @param recordedGate offset in the recorded server stream, without its FIN
     * @param recordedFrom the gate before it
     * @param midAnswer the recorded answer went on behind the gate
     * @param responses whole answers that the requests sent so far are worth, or 0 to count bytes only
     * @param lingerNs how long the captured server waited with the FIN that the gate includes, at replay speed, or -1
     *     when it includes none
     */
    void arm(
            final long recordedGate,
            final long recordedFrom,
            final boolean midAnswer,
            final long responses,
            final long lingerNs) {
        gateBytes = recordedGate + shift;
        answerFrom = recordedFrom + shift;
        partial = midAnswer;
        wantsResponses = responses;
        greeting = false;
        wantsFin = lingerNs >= 0;
        finLingerNs = lingerNs;
        crossedNs = liveBytes >= gateBytes ? lastByteNs : -1;
        framedNs = framed() ? lastByteNs : -1;
        decided = false;
        unask();
    }

    /** Begins to wait for what a server may say before it is asked anything: nobody knows how much, or whether. */
    void armGreeting() {
        arm(0, 0, false, 0, -1);
        greeting = true;
    }

    /** Takes the live stream's position as that of the recorded gate, unless the answer goes on behind it. */
    void release(final long recordedGate) {
        if (!partial || liveBytes < gateBytes) {
            shift = liveBytes - recordedGate;
        }
        if (timedOut && framing != null && wantsResponses > 0) {
            // An answer that never came must not be waited for again with each later request.
            gaveUpResponses += Math.max(0, wantsResponses - gaveUpResponses - framing.completeResponses());
        }
    }

    void onBytes(final long totalBytes, final boolean push, final long nowNs) {
        if (totalBytes <= liveBytes) {
            return;
        }
        decide(nowNs);
        liveBytes = totalBytes;
        lastByteNs = nowNs;
        pushed = push;
        if (crossedNs < 0 && liveBytes >= gateBytes) {
            crossedNs = nowNs;
        }
        if (framedNs < 0 && framed()) {
            framedNs = nowNs;
        }
        unask();
    }

    /** Bytes behind bytes that are missing came, or nothing is missing any more (told after {@link #onBytes}). */
    void onHole(final boolean exists, final long nowNs) {
        if (exists) {
            decide(nowNs);
        }
        hole = exists;
        unask();
    }

    /**
     * Behind an open gate, what follows at once is the longer answer's rest; what comes later was not asked for and must
     * not hold back the next request for ever.
     */
    private void decide(final long nowNs) {
        final boolean flowing = hole || lastByteNs < 0 || nowNs - quietFromNs() <= endQuietNs();
        decided = !sending && isOpen(nowNs) && (decided || partial || timedOut || framedNs >= 0 || !flowing);
    }

    /** Whether silence is believed only when the target, asked, has sent nothing that is missing here. */
    void askBeforeBelieving(final boolean value) {
        canAsk = value;
        settled = decided;
    }

    /** When the target is to be asked, or never. */
    long questionNs() {
        final long opensNs = opensAtNs();
        return decided || questionNs >= opensNs ? NEVER : questionNs;
    }

    void onAsked(final long nowNs) {
        askedNs = nowNs;
        settled = decided;
    }

    /** All that the target has sent so far is here, and it knew that. */
    void onNothingUnderWay(final long nowNs) {
        if (askedNs >= 0 && confirmedNs < 0) {
            confirmedNs = nowNs;
            settled = decided;
        }
    }

    /** Something that the target sent seems to be missing: that is waited for as if nothing had come. */
    void onSomethingUnderWay() {
        doubted = true;
        settled = decided;
    }

    /** Nobody listened for a while: unless the silence before had said enough, it begins anew. */
    void onStall(final long fromNs, final long toNs) {
        if (opensAtNs() > fromNs) {
            listeningNs = toNs;
            waitFrom(toNs);
        }
    }

    /** Something that the target may wait for could not leave: until it has, a gate opens by what comes, and never by silence. */
    void onHeldBack(final long nowNs) {
        heldBackNs = Math.min(heldBackNs, nowNs);
    }

    void onNothingHeldBack(final long nowNs) {
        final long fromNs = heldBackNs;
        heldBackNs = NEVER;
        onStall(fromNs, nowNs);
    }

    /**
     * Only a question was held back: the silence before goes on, and lasts longer by the time that it took. One that began anew
     * with each question would never end.
     *
     * @return that time, ns
     */
    long onQuestionDelayed(final long nowNs) {
        final long fromNs = heldBackNs;
        heldBackNs = NEVER;
        if (opensAtNs() > fromNs) {
            final long silentNs = Math.max(lastByteNs, waitFromNs);
            waitFromNs = silentNs + nowNs - Math.max(silentNs, fromNs);
            settled = decided;
        }
        return nowNs - fromNs;
    }

    boolean isHeldBack() {
        return heldBackNs != NEVER;
    }

    void onFin(final long nowNs) {
        if (finNs >= 0) {
            return;
        }
        decided = !sending && isOpen(nowNs);
        settled = decided;
        finNs = nowNs;
    }

    void onRoundTrip(final long rttNs) {
        roundTripNs = rttNs;
        settled = decided;
    }

    long liveBytes() {
        return liveBytes;
    }

    /** Live offset of the armed gate: where the next answer begins. */
    long answerEnd() {
        return partial && liveBytes >= gateBytes ? gateBytes : liveBytes;
    }

    /** When the last byte before {@link #answerEnd()} came, or -1. */
    long answerEndNs() {
        return partial && liveBytes >= gateBytes ? crossedNs : lastByteNs;
    }

    long lastByteNs() {
        return lastByteNs;
    }

    /** When, without further events, the gate is known to be open; may lie in the past. */
    long opensAtNs() {
        if (!settled) {
            settle();
            settled = true;
        }
        final boolean bySilence = openNs > Math.max(lastByteNs, finNs);
        return bySilence && openNs > heldBackNs ? NEVER : openNs;
    }

    /** From when think time counts, once {@link #opensAtNs()} has passed. */
    long thinkFromNs() {
        return baseNs;
    }

    /** Nothing more of the answer under the gate is expected: it is whole, or ended by a FIN, or was given up. */
    boolean answered(final long nowNs) {
        final boolean whole = framesRule() ? framedNs >= 0 : liveBytes >= gateBytes;
        final boolean givenUp = opensAtNs() <= nowNs && timedOut;
        return whole || givenUp || (finNs >= 0 && liveBytes > answerFrom && !framesRule());
    }

    /** The gate is closed, and for want of the server's bytes: its FIN may come as late as the captured one's. */
    boolean isAwaited(final long nowNs) {
        return !isHeldBack() && !isOpen(nowNs) && (framesRule() ? framedNs < 0 : liveBytes < gateBytes);
    }

    /** The gate opens, or opened, only because the response timeout passed. */
    boolean timedOut() {
        return timedOut;
    }

    private boolean isOpen(final long nowNs) {
        return opensAtNs() <= nowNs;
    }

    private boolean framed() {
        final ResponseFraming f = framing;
        return wantsResponses > 0 && f != null && f.sure() && f.completeResponses() >= wantsResponses - gaveUpResponses;
    }

    private boolean framesRule() {
        return mode == GateMode.HYBRID && wantsResponses > 0 && framing != null && framing.sure();
    }

    private void settle() {
        timedOut = false;
        questionNs = NEVER;
        final boolean framesRule = framesRule();
        final boolean whole = framesRule ? framedNs >= 0 : liveBytes >= gateBytes;
        final long wholeNs = framesRule ? framedNs : partial ? crossedNs : lastByteNs;
        if (finNs >= 0) {
            open(finNs, whole && !wantsFin ? wholeNs : finNs);
        } else if (greeting) {
            settleByGreeting();
        } else if (mode == GateMode.BYTES && !(whole && wantsFin)) {
            settleByBytes(whole, wholeNs);
        } else if (mode == GateMode.QUIET && !wantsFin) {
            settleByQuiet();
        } else if (whole && !wantsFin && (framesRule || partial || pushed)) {
            open(wholeNs, wholeNs);
        } else if (hole) {
            giveUpAfterTimeout();
        } else if (whole && wantsFin) {
            // The server kept the connection where the captured one closed it: the client closes first.
            final long ns = Math.max(lastByteNs, waitFromNs) + finLingerNs + shortQuietNs();
            open(ns, ns);
        } else if (whole) {
            open(quietFromNs() + endQuietNs(), wholeNs);
        } else if (!framesRule && liveBytes > answerFrom) {
            settleByShortAnswer(Math.max(lastByteNs, waitFromNs) + shortQuietNs());
        } else {
            giveUpAfterTimeout();
        }
    }

    /**
     * Silence may also be the end of an answer that was lost, however often, or waits in a queue of a busy machine. What the
     * target answers to a keep-alive probe comes behind all that it sent, and tells how much that is.
     */
    private void settleByShortAnswer(final long quietNs) {
        if (!canAsk) {
            open(quietNs, lastByteNs);
        } else if (confirmedNs >= 0) {
            open(Math.max(quietNs, confirmedNs), lastByteNs);
        } else {
            open(quietNs + (doubted ? responseTimeoutNs : Math.min(MAX_UNANSWERED_NS, responseTimeoutNs)), lastByteNs);
            questionNs = askedNs < 0 ? quietNs : askedNs + ASK_AGAIN_NS;
        }
    }

    /** The first request's time counts from the connection: the captured one was not greeted then. */
    private void settleByGreeting() {
        if (hole) {
            giveUpAfterTimeout();
        } else {
            open(liveBytes > 0 ? quietFromNs() + endQuietNs() : waitFromNs + shortQuietNs(), 0);
        }
    }

    private void settleByBytes(final boolean whole, final long wholeNs) {
        if (whole) {
            open(wholeNs, wholeNs);
        } else {
            giveUpAfterTimeout();
        }
    }

    private void settleByQuiet() {
        if (liveBytes > answerFrom && !hole) {
            open(quietFromNs() + endQuietNs(), lastByteNs);
        } else {
            giveUpAfterTimeout();
        }
    }

    private void giveUpAfterTimeout() {
        timedOut = true;
        final long ns = Math.max(lastByteNs, waitFromNs) + responseTimeoutNs;
        open(ns, ns);
    }

    private void open(final long atNs, final long fromNs) {
        openNs = atNs;
        baseNs = fromNs;
    }

    private long endQuietNs() {
        return Math.max(roundTripNs, MIN_END_QUIET_NS);
    }

    private long quietFromNs() {
        return Math.max(lastByteNs, listeningNs);
    }

    private long shortQuietNs() {
        return Math.max(4 * roundTripNs, MIN_SHORT_QUIET_NS);
    }
}
