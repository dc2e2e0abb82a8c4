package io.tcpreplayj.replay.socket;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.TcpDiagnosis;
import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Whether silence of the target can be believed. The kernel's sockets tell nothing of a lost segment behind which nothing
 * came, but they tell that segments were lost before; and where some were, on any connection of the run, the silence after
 * half an answer may be the target's retransmission timer, doubled each time the retransmission was lost too. How long that
 * is, the timers of this side tell: they are reckoned by the same rule from the same round trips.
 *
 * <p>An answer that was sent in one go rarely ends where a full segment does; one whose end was lost does always, and is not
 * taken for a short one. Where the server wrote in pieces this tells nothing.
 */
final class PathLosses implements AutoCloseable {
    /** A target's timers of 200, 400, 800 and 1600 ms (RFC 6298 5.5, Linux's TCP_RTO_MIN) end within. */
    private static final long MIN_QUIET_NS = 4_000_000_000L;
    /** What four timers take of which each is twice the one before, and one more for their being late. */
    private static final int QUIET_TIMEOUTS = 16;
    /** One connection in so long is looked at. */
    private static final long SAMPLE_NS = 5_000_000L;

    private static final long TIMEOUTS_WINDOW_NS = 10_000_000_000L;

    private @Nullable TcpDiagnosis diagnosis;
    private boolean lossy;
    private boolean unacked;
    private boolean endsFull;
    private final RecentMaximum timeouts = new RecentMaximum(TIMEOUTS_WINDOW_NS);
    private long nextSampleNs;

    PathLosses() {
        try {
            diagnosis = new TcpDiagnosis();
        } catch (final LinuxException e) {
            turnBlind();
        }
    }

    /** A kernel that answers nothing (a container's filter of system calls): losses are taken for granted. */
    private void turnBlind() {
        lossy = true;
        close();
        diagnosis = null;
    }

    /** Something came over a connection. */
    void sample(final @Nullable Endpoint local, final Endpoint target, final long nowNs) {
        if (nowNs >= nextSampleNs) {
            nextSampleNs = nowNs + SAMPLE_NS;
            look(local, target, 0, nowNs);
        }
    }

    /**
     * Whether nothing of an answer can be under way any more.
     *
     * @param answerBytes what came of it
     * @param quietNs how long nothing has come since
     */
    boolean believes(
            final @Nullable Endpoint local,
            final Endpoint target,
            final long answerBytes,
            final long quietNs,
            final long nowNs) {
        look(local, target, answerBytes, nowNs);
        if (unacked || endsFull) {
            return false;
        }
        return !lossy || quietNs >= Math.max(MIN_QUIET_NS, QUIET_TIMEOUTS * timeouts.at(nowNs));
    }

    private void look(final @Nullable Endpoint local, final Endpoint target, final long answerBytes, final long nowNs) {
        unacked = false;
        endsFull = false;
        if (diagnosis == null || local == null) {
            return;
        }
        try {
            if (diagnosis.look(local, target)) {
                unacked = diagnosis.hasUnacked();
                endsFull = diagnosis.fillsSegments(answerBytes);
                lossy |= diagnosis.sawLoss();
                timeouts.add(diagnosis.retransmitTimeoutNs(), nowNs);
            }
        } catch (final LinuxException e) {
            turnBlind();
        }
    }

    @Override
    public void close() {
        if (diagnosis != null) {
            diagnosis.close();
        }
    }
}
