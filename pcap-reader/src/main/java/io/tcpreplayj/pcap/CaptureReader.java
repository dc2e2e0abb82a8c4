package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/**
 * Reads one capture, packet by packet, without an object per packet. Opened by {@link CaptureFiles}; several are read as
 * one by {@link MergedReader}.
 */
public interface CaptureReader extends AutoCloseable {
    /**
     * Hands up to {@code limit} packets to {@code handler}.
     *
     * @return packets handed over, or -1 at the end of the capture; 0 when a {@link GrowingCapture} has no more for now
     * @throws CaptureException when the capture is damaged; all packets before the damage were handed over, and every
     *     later call throws the same
     * @throws IOException when reading fails
     */
    int poll(PacketHandler handler, int limit) throws IOException;

    /**
     * Lets another thread decompress what is read from now on, if it is compressed: for whoever reads it to its end. Once,
     * before the first {@link #poll}.
     *
     * @return whether it is known that there is another thread now
     */
    boolean readAhead();

    /**
     * Reads into these buffers from now on. Packets that were handed over then stay where they are until {@code buffers}
     * hands that buffer out again.
     */
    void readInto(WindowBuffers buffers);

    /** "pcap" or "pcapng", or "merged". */
    String format();

    /** Bytes of the (decompressed) capture consumed so far. */
    long position();

    /** Packets handed over so far; during {@link PacketHandler#onPacket} the number of that packet, from 1. */
    long packets();

    /** Where the record or block of the last packet begins in the (decompressed) capture, in bytes. */
    long packetPosition();

    /** Bytes read from the file itself so far, compressed or not: set against the file's size, the progress made. */
    long fileBytes();

    /** Blocks with keys that decrypt what was captured (Decryption Secrets Blocks) met so far: stepped over, never kept. */
    int secretBlocks();

    /** Whether the capture was found damaged; of several that are read as one, that one. */
    boolean isDamaged(int source);

    @Override
    void close() throws IOException;
}
