package io.tcpreplayj.testdata;

import java.io.EOFException;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.TimestampPrecision;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;

/** What libpcap, through pcap4j, reads from a capture file. */
public final class PcapOracle {
    private PcapOracle() {}

    /**
     * One packet as libpcap gives it.
     *
     * @param captureTimeNs nanoseconds since the epoch
     * @param origlen length on the wire in bytes
     * @param bytes what was captured
     */
    public record Packet(long captureTimeNs, int origlen, byte[] bytes) {}

    /**
     * All packets up to the end of the file or to the first damage.
     *
     * @throws PcapNativeException when libpcap does not take the file for a capture
     */
    public static List<Packet> read(final Path file) throws PcapNativeException, NotOpenException {
        final List<Packet> packets = new ArrayList<>();
        try (PcapHandle handle = Pcaps.openOffline(file.toString(), TimestampPrecision.NANO)) {
            while (true) {
                final byte[] bytes = handle.getNextRawPacketEx();
                final Timestamp time = handle.getTimestamp();
                final long seconds = Math.floorDiv(time.getTime(), 1000L);
                packets.add(new Packet(seconds * 1_000_000_000L + time.getNanos(), handle.getOriginalLength(), bytes));
            }
        } catch (final EOFException e) {
            return packets;
        } catch (final TimeoutException e) {
            throw new AssertionError("a file has no timeout", e);
        }
    }
}
