package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.PayloadKept;

/**
 * One indexed capture. Two captures are the same when {@code sizeBytes} and {@code edgeHash} agree.
 *
 * @param id from 0, in order of indexing
 * @param name file name as the user gave it, for people only: never used as a path
 * @param sizeBytes size of the file
 * @param edgeHash hash of its first and last MiB
 * @param packets packets read from it
 * @param startNs capture time of its first packet
 * @param endNs greatest capture time
 * @param flows flows that began in it
 * @param truncated whether the capture ended early or damaged
 * @param kept how much of the payload of its flows is here
 */
public record CaptureInfo(
        int id,
        String name,
        long sizeBytes,
        long edgeHash,
        long packets,
        long startNs,
        long endNs,
        long flows,
        boolean truncated,
        PayloadKept kept) {

    /** One whose payload is kept. */
    public CaptureInfo(
            final int id,
            final String name,
            final long sizeBytes,
            final long edgeHash,
            final long packets,
            final long startNs,
            final long endNs,
            final long flows,
            final boolean truncated) {
        this(id, name, sizeBytes, edgeHash, packets, startNs, endNs, flows, truncated, PayloadKept.ALL);
    }
}
