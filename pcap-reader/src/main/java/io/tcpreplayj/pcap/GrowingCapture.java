package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A capture file that somebody may still be writing. Where it ends for now, {@link #poll} answers 0 and goes on from there
 * later, also when it ends inside a packet. A compressed one is read once it was said to be whole: what a compressor has
 * written may end anywhere.
 */
public final class GrowingCapture implements CaptureReader {
    private final GrowingSource source;
    private final ByteWindow window;
    private final String name;
    private final long maxBytes;
    private boolean ahead;
    private @Nullable WindowBuffers buffers;
    private @Nullable CaptureReader reader;

    private GrowingCapture(final GrowingSource source, final String name, final long maxBytes) {
        this.source = source;
        this.window = new ByteWindow(source);
        this.name = name;
        this.maxBytes = maxBytes;
    }

    /**
     * Opens a file, of which there may be nothing yet.
     *
     * @param maxBytes as for {@link CaptureFiles#open(Path, long)}
     */
    public static GrowingCapture open(final Path path, final long maxBytes) throws IOException {
        return new GrowingCapture(
                new GrowingSource(FileChannel.open(path, StandardOpenOption.READ)), path.toString(), maxBytes);
    }

    /** Nothing more will be written to it: it ends where the file does, and is damaged when that is inside a packet. */
    public void end() {
        source.end();
    }

    /** Whether nothing was read behind the last packet, so that the capture is not damaged if it ends here. */
    public boolean isBetweenPackets() {
        return window.available() == 0;
    }

    /** How long the file is by now; less than {@link #fileBytes()} when somebody cut it. */
    public long fileSize() throws IOException {
        return source.size();
    }

    /** @throws CaptureException when it is damaged, or no capture */
    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        if (reader == null) {
            reader = begun();
        }
        return reader == null ? 0 : reader.poll(handler, limit);
    }

    /** Its reader, once it is known which one that is. */
    private @Nullable CaptureReader begun() throws IOException {
        try {
            window.has(CaptureFiles.PEEK_LENGTH);
        } catch (final NotYetException e) {
            return null;
        }
        final ByteBuffer beginning = window.buffer().slice(window.begin(), window.available());
        if (CaptureFiles.isCompressed(beginning) && !source.isWhole()) {
            return null;
        }
        final CaptureReader begun = CaptureFiles.open(window, name, maxBytes);
        if (ahead) {
            begun.readAhead();
        }
        if (buffers != null) {
            begun.readInto(buffers);
        }
        return begun;
    }

    @Override
    public boolean readAhead() {
        ahead = true;
        return false;
    }

    @Override
    public void readInto(final WindowBuffers following) {
        buffers = following;
        if (reader != null) {
            reader.readInto(following);
        }
    }

    @Override
    public String format() {
        return reader == null ? "" : reader.format();
    }

    @Override
    public long position() {
        return reader == null ? 0 : reader.position();
    }

    @Override
    public long packets() {
        return reader == null ? 0 : reader.packets();
    }

    @Override
    public long packetPosition() {
        return reader == null ? 0 : reader.packetPosition();
    }

    @Override
    public long fileBytes() {
        return reader == null ? source.fileBytes() : reader.fileBytes();
    }

    @Override
    public int secretBlocks() {
        return reader == null ? 0 : reader.secretBlocks();
    }

    @Override
    public boolean isDamaged(final int number) {
        return reader != null && reader.isDamaged(number);
    }

    @Override
    public void close() throws IOException {
        if (reader == null) {
            window.close();
        } else {
            reader.close();
        }
    }
}
