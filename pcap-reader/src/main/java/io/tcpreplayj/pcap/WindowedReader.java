package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What the readers of all formats share: the loop over packets, the counts, and the wording of damage. */
abstract class WindowedReader implements CaptureReader {
    /** MAXIMUM_SNAPLEN of libpcap: no capture has longer packets, so a longer one is damage. */
    static final int MAX_CAPLEN = 256 * 1024;

    final ByteWindow window;
    private final String name;
    private long packets;
    private long packetPosition;
    private @Nullable CaptureException failure;

    WindowedReader(final ByteWindow window, final String name) {
        this.window = window;
        this.name = name;
    }

    @Override
    public final int poll(final PacketHandler handler, final int limit) throws IOException {
        if (failure != null) {
            throw failure;
        }
        int count = 0;
        try {
            while (count < limit && next(handler)) {
                count++;
            }
        } catch (final NotYetException e) {
            return count;
        } catch (final DamagedInputException e) {
            failure = new CaptureException(name + ": " + e.getMessage() + " (" + progress() + ")", e.hint());
            throw failure;
        } catch (final CaptureException e) {
            failure = e;
            throw e;
        }
        return count == 0 && limit > 0 ? -1 : count;
    }

    /** Hands one packet to {@code handler} by {@link #deliver}; false at the end of the capture. */
    abstract boolean next(PacketHandler handler) throws IOException;

    /** Consumes {@code length} bytes of the window, in which the packet begins {@code skip} bytes from the start. */
    final void deliver(
            final PacketHandler handler,
            final int skip,
            final int length,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        final int at = window.begin() + skip;
        packetPosition = window.offset();
        packets++;
        // Consumed first, so that a handler that throws does not get the same packet again.
        window.advance(length);
        handler.onPacket(window.buffer(), at, caplen, origlen, captureTimeNs, linktype);
    }

    final CaptureException damaged(final String what, final String hint) {
        final String of = window.compression().isEmpty() ? "" : " of the decompressed capture";
        return new CaptureException(
                name + ": " + what + " at byte " + window.offset() + of + " (" + progress() + ")", hint);
    }

    /** The capture ends inside {@code what}, which begins where the window stands. */
    final CaptureException cutShort(final String what) {
        return damaged(
                what + " is cut short",
                "copy the file again, or end the recording before copying it; the packets before are whole");
    }

    private String progress() {
        return "packet " + (packets + 1);
    }

    /** A file as it is comes from the page cache faster than from another core's cache (measured): it is read here. */
    @Override
    public final boolean readAhead() {
        final boolean isCompressed = !window.compression().isEmpty();
        if (isCompressed) {
            window.readAhead();
        }
        return isCompressed;
    }

    @Override
    public final void readInto(final WindowBuffers buffers) {
        window.readInto(buffers);
    }

    @Override
    public final long position() {
        return window.offset();
    }

    @Override
    public final long packets() {
        return packets;
    }

    @Override
    public final long packetPosition() {
        return packetPosition;
    }

    @Override
    public final long fileBytes() {
        return window.fileBytes();
    }

    @Override
    public final boolean isDamaged(final int source) {
        return failure != null;
    }

    @Override
    public final void close() throws IOException {
        window.close();
    }
}
