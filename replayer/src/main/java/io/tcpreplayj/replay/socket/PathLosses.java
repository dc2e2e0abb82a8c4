package io.tcpreplayj.replay.socket;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.TcpDiagnosis;
import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Whether silence of the target can be believed. The kernel's sockets tell nothing of a lost segment behind which nothing
 * came, but they tell that segments were lost before; and where some were, on any connection of the run, the silence after
 * half an answer may be the target's retransmission timer, doubled each time the retransmission was lost too.
 */
final class PathLosses implements AutoCloseable {
    /** A target's timers of 200, 400, 800 and 1600 ms (RFC 6298 5.5, Linux's TCP_RTO_MIN) end within. */
    private static final long MIN_QUIET_NS = 4_000_000_000L;

    private static final int QUIET_ROUND_TRIPS = 16;
    /** One connection in so long is looked at. */
    private static final long SAMPLE_NS = 5_000_000L;

    private @Nullable TcpDiagnosis diagnosis;
    private boolean lossy;
    private boolean unacked;
    private long roundTripNs;
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
        if (!lossy && nowNs >= nextSampleNs) {
            nextSampleNs = nowNs + SAMPLE_NS;
            look(local, target);
        }
    }

    /** Whether nothing of an answer can be under way any more, on a connection that has been quiet for {@code quietNs}. */
    boolean believes(final @Nullable Endpoint local, final Endpoint target, final long quietNs) {
        look(local, target);
        if (unacked) {
            return false;
        }
        return !lossy || quietNs >= Math.max(MIN_QUIET_NS, QUIET_ROUND_TRIPS * roundTripNs);
    }

    private void look(final @Nullable Endpoint local, final Endpoint target) {
        unacked = false;
        roundTripNs = 0;
        if (diagnosis == null || local == null) {
            return;
        }
        try {
            if (diagnosis.look(local, target)) {
                unacked = diagnosis.hasUnacked();
                roundTripNs = diagnosis.roundTripNs();
                lossy |= diagnosis.sawLoss();
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
