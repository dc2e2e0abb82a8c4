package io.tcpreplayj.cli;

import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.CaptureInfo;

/** What the database is told of one capture, alone or one of several that are read as one. */
final class CaptureTally {
    private final String name;
    private CaptureFingerprint fingerprint;
    private long packets;
    private long flows;
    private long startNs = -1;
    private long endNs;

    /** @param name as the user knows it */
    CaptureTally(final String name, final CaptureFingerprint fingerprint) {
        this.name = name;
        this.fingerprint = fingerprint;
    }

    String name() {
        return name;
    }

    /** It is read while it grows: what it is by now. */
    void grewTo(final CaptureFingerprint now) {
        fingerprint = now;
    }

    /** The latest capture time of its packets. */
    long endNs() {
        return endNs;
    }

    /** Whether that is the same capture, under this or another name. */
    boolean is(final CaptureFingerprint other) {
        return other.known() && fingerprint.equals(other);
    }

    void onPacket(final long captureTimeNs) {
        packets++;
        if (startNs < 0) {
            startNs = captureTimeNs;
            endNs = captureTimeNs;
        }
        endNs = Math.max(endNs, captureTimeNs);
    }

    /** A flow that began in it. */
    void onFlow() {
        flows++;
    }

    CaptureInfo info(final int id, final boolean truncated, final PayloadKept kept) {
        return new CaptureInfo(
                id,
                name,
                fingerprint.sizeBytes(),
                fingerprint.edgeHash(),
                packets,
                Math.max(0, startNs),
                endNs,
                flows,
                truncated,
                kept);
    }
}
