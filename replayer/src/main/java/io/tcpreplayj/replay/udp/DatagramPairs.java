package io.tcpreplayj.replay.udp;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Compares the datagrams that came with those that were recorded. Of UDP one may be lost, come twice or overtake another
 * (RFC 768), so each is looked for among the next few and the last few that were recorded. What has no equal there is paired in
 * order, and different.
 */
final class DatagramPairs {
    /** So far one may be ahead of others, or behind them. */
    private static final int WINDOW = 16;

    /** Recorded datagrams that one which comes is compared with. */
    static final int REACH = 2 * WINDOW;

    private final UdpLedger ledger;
    private final AnswerGate gate;
    private final ArrayDeque<Recorded> recorded = new ArrayDeque<>();
    private final ArrayDeque<Live> live = new ArrayDeque<>();
    private long recordedCount;
    /** The latest that was recognized, and one. */
    private long recognizedBelow;

    private boolean lost;

    /**
     * What did not come yet.
     *
     * @param number in the order of the capture, from 0
     * @param digest CRC-32C, or -1 when it is not known
     */
    private record Recorded(long number, int length, long digest, long atNs) {
        boolean isLike(final Live other) {
            return length == other.length && digest == other.digest;
        }
    }

    /** What came and was not recognized yet. */
    private record Live(int length, long digest) {}

    /** @param gate is told of what comes */
    DatagramPairs(final UdpLedger ledger, final AnswerGate gate) {
        this.ledger = ledger;
        this.gate = gate;
    }

    /** The captured server sent its next datagram. */
    void onRecorded(final int length, final long digest, final long nowNs) {
        final Recorded next = new Recorded(recordedCount++, length, digest, nowNs);
        for (final Iterator<Live> it = live.iterator(); it.hasNext(); ) {
            if (next.isLike(it.next())) {
                it.remove();
                ledger.onCompared(true);
                recognizedBelow = recordedCount;
                return;
            }
        }
        recorded.add(next);
        giveUpPassed();
    }

    /** One came from the target. */
    void onLive(final int length, final long digest) {
        giveUpPassed();
        final Live came = new Live(length, digest);
        final Recorded equal = find(came);
        if (equal != null) {
            recorded.remove(equal);
            ledger.onCompared(true);
            gate.onAnswer(equal.number());
            recognizedBelow = Math.max(recognizedBelow, equal.number() + 1);
            return;
        }
        gate.onAnswer(AnswerGate.UNKNOWN);
        live.add(came);
        if (live.size() > WINDOW) {
            if (recorded.isEmpty()) {
                live.remove();
                ledger.onExtra();
            } else {
                giveUpOldest();
            }
        }
    }

    /** Of several equal ones, one that is still waited for. */
    private @Nullable Recorded find(final Live came) {
        Recorded forgiven = null;
        int looked = 0;
        for (final Recorded each : recorded) {
            if (looked++ == REACH) {
                break;
            }
            if (each.isLike(came)) {
                if (each.number() >= gate.forgivenBelow()) {
                    return each;
                }
                forgiven = forgiven == null ? each : forgiven;
            }
        }
        return forgiven;
    }

    /** Gives up what is too far behind what came, or behind what is waited for. */
    void giveUpPassed() {
        final long below = Math.max(recognizedBelow, gate.forgivenBelow()) - WINDOW;
        while (!recorded.isEmpty() && recorded.element().number() < below) {
            giveUpOldest();
        }
    }

    /** Gives up those that were recorded before that time. */
    void giveUpBefore(final long ns) {
        while (!recorded.isEmpty() && recorded.element().atNs() < ns) {
            giveUpOldest();
        }
    }

    private void giveUpOldest() {
        final Recorded oldest = recorded.remove();
        if (live.isEmpty()) {
            ledger.onMissing(1);
            lost = true;
            return;
        }
        live.remove();
        if (oldest.digest() < 0) {
            ledger.onNotCompared();
        } else {
            ledger.onCompared(false);
        }
    }

    /** The conversation is over: pairs what is left. */
    void finish() {
        while (!recorded.isEmpty()) {
            giveUpOldest();
        }
        for (; !live.isEmpty(); live.remove()) {
            ledger.onExtra();
        }
    }

    /** Recorded ones that did not come yet. */
    int waiting() {
        return recorded.size();
    }

    /** Whether more were recorded than came. */
    boolean expectsMore() {
        return recorded.size() > live.size();
    }

    /** Whether anything recorded was given up without another in its place. */
    boolean isLost() {
        return lost;
    }
}
