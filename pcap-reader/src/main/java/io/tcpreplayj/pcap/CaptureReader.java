package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/** Reads one capture, packet by packet, without an object per packet. Opened by {@link CaptureFiles}. */
public interface CaptureReader extends AutoCloseable {
    /**
     * Hands up to {@code limit} packets to {@code handler}.
     *
     * @return packets handed over, or -1 at the end of the capture
     * @throws CaptureException when the capture is damaged; all packets before the damage were handed over
     * @throws IOException when reading fails
     */
    int poll(PacketHandler handler, int limit) throws IOException;

    /** "pcap" or "pcapng". */
    String format();

    /** Bytes of the (decompressed) capture consumed so far. */
    long position();

    @Override
    void close() throws IOException;
}
