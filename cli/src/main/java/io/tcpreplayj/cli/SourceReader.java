package io.tcpreplayj.cli;

import io.tcpreplayj.intercept.relay.RelaySource;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.WindowBuffers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/** What another host captures, as it comes in, until that host or the door says that it is the end. */
final class SourceReader implements OngoingReader, PacketHandler {
    private static final long REST_MS = 100;

    private final RelaySource source;
    private final CaptureTally tally;
    private PacketHandler handler = (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {};
    private long packets;
    private long bytes;

    SourceReader(final RelaySource source) {
        this.source = source;
        tally = new CaptureTally(LiveReader.PREFIX + source.name(), CaptureFingerprint.NONE);
    }

    /** The one capture that all of it is. */
    List<CaptureTally> tallies() {
        return List.of(tally);
    }

    @Override
    public int poll(final PacketHandler to, final int limit) {
        handler = to;
        return source.poll(this, limit);
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        packets++;
        bytes += caplen;
        handler.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
    }

    /** Who closes the door ends its sources. */
    @Override
    public void finish() {}

    @Override
    public void rest() throws IOException {
        try {
            source.await(REST_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + source.name());
        }
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public String summary() {
        return source.name();
    }

    @Override
    public void noteSize() {}

    @Override
    public boolean isPartOf(final int number) {
        return source.lost() > 0 || !source.hasParted();
    }

    @Override
    public String format() {
        return "live";
    }

    @Override
    public long position() {
        return bytes;
    }

    @Override
    public long packets() {
        return packets;
    }

    @Override
    public long packetPosition() {
        return 0;
    }

    @Override
    public long fileBytes() {
        return bytes;
    }

    @Override
    public int secretBlocks() {
        return 0;
    }

    @Override
    public boolean isDamaged(final int number) {
        return isPartOf(number);
    }

    @Override
    public boolean readAhead() {
        return false;
    }

    /** Packets lie in their batch. */
    @Override
    public void readInto(final WindowBuffers buffers) {}

    @Override
    public void close() {}
}
