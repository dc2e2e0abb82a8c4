package io.tcpreplayj.testdata;

import java.io.EOFException;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.concurrent.TimeoutException;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.TimestampPrecision;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;

/** What libpcap, through pcap4j, reads from a capture file. */
public final class PcapOracle {
    private PcapOracle() {}

    /** Takes one packet as libpcap gives it. */
    @FunctionalInterface
    public interface Sink {
        /**
         * One packet.
         *
         * @param captureTimeNs nanoseconds since the epoch
         * @param origlen length on the wire in bytes
         * @param packet what was captured
         */
        void onPacket(long captureTimeNs, int origlen, byte[] packet);
    }

    /**
     * Reads all packets of {@code file}.
     *
     * @throws PcapNativeException when libpcap does not take the file for a capture, or meets damage in it
     */
    public static void read(final Path file, final Sink sink) throws PcapNativeException, NotOpenException {
        try (PcapHandle handle = Pcaps.openOffline(file.toString(), TimestampPrecision.NANO)) {
            while (true) {
                final byte[] packet = handle.getNextRawPacketEx();
                final Timestamp time = handle.getTimestamp();
                final long seconds = Math.floorDiv(time.getTime(), 1000L);
                sink.onPacket(seconds * 1_000_000_000L + time.getNanos(), handle.getOriginalLength(), packet);
            }
        } catch (final EOFException e) {
            // The end of the file, which libpcap's binding tells by an exception.
            return;
        } catch (final TimeoutException e) {
            throw new AssertionError("a file has no timeout", e);
        }
    }
}
