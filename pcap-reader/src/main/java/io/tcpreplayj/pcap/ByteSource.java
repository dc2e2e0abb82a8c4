package io.tcpreplayj.pcap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes in order, from a file or out of a decompressor. */
interface ByteSource extends Closeable {
    /**
     * Reads at least one byte into {@code target} from its position on.
     *
     * @return bytes read, or -1 at the end; the target's position afterwards is undefined
     * @throws DamagedInputException when no more bytes can be had although the end is not reached
     */
    int read(ByteBuffer target) throws IOException;

    /** Bytes taken from the file itself so far: for a compressed capture, compressed bytes. */
    long fileBytes();

    /** What messages call the bytes' origin when it is not the file itself: "gzip", "zstd", or "". */
    String compression();
}
