package io.tcpreplayj.cli;

import io.tcpreplayj.pcap.CaptureException;
import org.jspecify.annotations.Nullable;

/**
 * What indexing one capture came to.
 *
 * @param name as the user knows it
 * @param format "pcap", "pcapng" or "merged"
 * @param bytes of the decompressed capture
 * @param secretBlocks blocks with keys that decrypt what was captured; they were left out
 * @param elapsedNs wall time
 * @param damage where the capture ended early, or null
 */
record IndexedCapture(
        String name,
        String format,
        IndexLedger ledger,
        long bytes,
        int secretBlocks,
        long elapsedNs,
        @Nullable CaptureException damage) {}
