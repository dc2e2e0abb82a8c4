package io.tcpreplayj.cli;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.WindowBuffers;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Packets that are in no file: one capture, counted as it passes. */
abstract class PassingPackets implements OngoingReader, PacketHandler {
    /** Before the name of where they come from, where a capture is named. */
    static final String PREFIX = "live:";

    private final String name;
    private final CaptureTally tally;
    private @Nullable PacketHandler handler;
    private long packets;
    private long bytes;

    PassingPackets(final String name, final CaptureFingerprint fingerprint) {
        this.name = name;
        tally = new CaptureTally(PREFIX + name, fingerprint);
    }

    /** Who gets the packets that pass from now on. */
    final void handTo(final PacketHandler to) {
        handler = to;
    }

    @Override
    public final void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        count(caplen);
        if (handler != null) {
            handler.onPacket(buffer, offset, caplen, origlen, timeNs(captureTimeNs), linktype);
        }
    }

    @Override
    public final void onCut(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        count(caplen);
        if (handler != null) {
            handler.onCut(buffer, offset, caplen, origlen, timeNs(captureTimeNs), linktype);
        }
    }

    private void count(final int caplen) {
        packets++;
        bytes += caplen;
    }

    /** When a packet came that bears this stamp. */
    long timeNs(final long stampNs) {
        return stampNs;
    }

    /** The one capture that all of it is. */
    final List<CaptureTally> tallies() {
        return List.of(tally);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String summary() {
        return name;
    }

    @Override
    public final String format() {
        return "live";
    }

    @Override
    public final long position() {
        return bytes;
    }

    @Override
    public final long packets() {
        return packets;
    }

    @Override
    public final long packetPosition() {
        return 0;
    }

    @Override
    public final long fileBytes() {
        return bytes;
    }

    @Override
    public final int secretBlocks() {
        return 0;
    }

    @Override
    public final boolean isDamaged(final int number) {
        return isPartOf(number);
    }

    @Override
    public final boolean readAhead() {
        return false;
    }

    /** Packets lie where they came in. */
    @Override
    public final void readInto(final WindowBuffers buffers) {}
}
