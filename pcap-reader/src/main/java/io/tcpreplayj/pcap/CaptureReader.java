package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/** Reads one capture, packet by packet, without an object per packet. Opened by {@link CaptureFiles}. */
public interface CaptureReader extends AutoCloseable {
    /**
     * Hands up to {@code limit} packets to {@code handler}.
     *
     * @return packets handed over, or -1 at the end of the capture
     * @throws CaptureException when the capture is damaged; all packets before the damage were handed over, and every
     *     later call throws the same
     * @throws IOException when reading fails
     */
    int poll(PacketHandler handler, int limit) throws IOException;

    /** "pcap" or "pcapng". */
    String format();

    /** Bytes of the (decompressed) capture consumed so far. */
    long position();

    /** Packets handed over so far; during {@link PacketHandler#onPacket} the number of that packet, from 1. */
    long packets();

    /** Where the record or block of the last packet begins in the (decompressed) capture, in bytes. */
    long packetPosition();

    /** Bytes read from the file itself so far, compressed or not: set against the file's size, the progress made. */
    long fileBytes();

    @Override
    void close() throws IOException;
}
