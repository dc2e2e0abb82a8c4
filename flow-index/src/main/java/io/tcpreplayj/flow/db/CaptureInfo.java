package io.tcpreplayj.flow.db;

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
        boolean truncated) {}
