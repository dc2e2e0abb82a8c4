package io.tcpreplayj.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Opens captures by what they hold, never by what they are called: pcap or pcapng, plain, gzip, zstd or xz. */
public final class CaptureFiles {
    /** Enough to tell the formats apart, and no more than the shortest capture has: a pipe may bring it and pause. */
    static final int PEEK_LENGTH = PcapReader.FILE_HEADER_LENGTH;

    private static final int ZSTD_MAGIC = 0x28b5_2ffd;

    /** RFC 8878 3.1.2: a skippable frame begins with 0x184d2a5?, little-endian; pzstd writes one first. */
    private static final int ZSTD_SKIPPABLE_MASK = 0xf0ff_ffff;

    private static final int ZSTD_SKIPPABLE = 0x502a_4d18;

    private CaptureFiles() {}

    /** As {@link #open(Path, long)}, of any size. */
    public static CaptureReader open(final Path path) throws IOException {
        return open(path, Long.MAX_VALUE);
    }

    /**
     * Opens a capture file.
     *
     * @param maxBytes of the decompressed capture: what goes on behind them is a damage there
     * @throws CaptureException when it is no capture, or cut short inside its file header
     * @throws IOException when it cannot be read, as {@link FileChannel#open} says it
     */
    public static CaptureReader open(final Path path, final long maxBytes) throws IOException {
        final String name = path.toString();
        if (Files.isDirectory(path)) {
            throw new CaptureException(name + ": is a directory", "name the captures in it");
        }
        return open(new ChannelSource(FileChannel.open(path, StandardOpenOption.READ)), name, maxBytes);
    }

    /** As {@link #open(InputStream, String, long)}, of any size. */
    public static CaptureReader open(final InputStream stream, final String name) throws IOException {
        return open(stream, name, Long.MAX_VALUE);
    }

    /**
     * Opens a capture that comes through a stream, such as standard input. Closing the reader closes the stream.
     *
     * @param name what messages call it
     * @param maxBytes as for {@link #open(Path, long)}
     */
    public static CaptureReader open(final InputStream stream, final String name, final long maxBytes)
            throws IOException {
        return open(new ChannelSource(Channels.newChannel(stream)), name, maxBytes);
    }

    private static CaptureReader open(final ByteSource source, final String name, final long maxBytes)
            throws IOException {
        return open(new ByteWindow(source), name, maxBytes);
    }

    /** Opens what is in a window, of which nothing was consumed; it is closed with the reader, or when this fails. */
    static CaptureReader open(final ByteWindow raw, final String name, final long maxBytes) throws IOException {
        ByteWindow window = raw;
        boolean opened = false;
        try {
            peek(window);
            final ByteSource decompressed = decompressed(window);
            if (decompressed != null) {
                window = new ByteWindow(decompressed);
                peek(window);
            }
            window.endAt(maxBytes);
            final CaptureReader reader = ofFormat(window, name);
            opened = true;
            return reader;
        } catch (final DamagedInputException e) {
            throw new CaptureException(name + ": " + e.getMessage() + " (packet 1)", e.hint());
        } finally {
            if (!opened) {
                window.close();
            }
        }
    }

    /** What the file holds when it is compressed, else null. */
    private static @Nullable ByteSource decompressed(final ByteWindow window) throws IOException {
        if (GzipSource.isGzip(window.buffer(), window.begin(), window.available())) {
            return new GzipSource(window);
        }
        if (isZstd(window.buffer(), window.begin(), window.available())) {
            return new ZstdSource(window);
        }
        return isXz(window.buffer(), window.begin(), window.available()) ? new XzSource(window) : null;
    }

    /** Whether a file that begins with these bytes, position to limit, is compressed. */
    public static boolean isCompressed(final ByteBuffer beginning) {
        final int available = beginning.remaining();
        return GzipSource.isGzip(beginning, beginning.position(), available)
                || isZstd(beginning, beginning.position(), available)
                || isXz(beginning, beginning.position(), available);
    }

    private static CaptureReader ofFormat(final ByteWindow window, final String name) throws IOException {
        if (window.available() >= Integer.BYTES) {
            final int magic = window.buffer().getInt(window.begin());
            if (PcapReader.isMagic(magic) || PcapReader.isMagic(Integer.reverseBytes(magic))) {
                return new PcapReader(window, name);
            }
            if (magic == PcapngReader.SECTION_HEADER) {
                return new PcapngReader(window, name);
            }
        }
        throw NotACapture.describe(window, name);
    }

    private static void peek(final ByteWindow window) throws IOException {
        try {
            window.has(PEEK_LENGTH);
        } catch (final DamagedInputException e) {
            // Enough came before the damage to know the format; its reader meets the damage again.
            if (window.available() < Integer.BYTES) {
                throw e;
            }
        }
    }

    private static boolean isZstd(final ByteBuffer buffer, final int at, final int available) {
        if (available < Integer.BYTES) {
            return false;
        }
        final int magic = buffer.getInt(at);
        return magic == ZSTD_MAGIC || (magic & ZSTD_SKIPPABLE_MASK) == ZSTD_SKIPPABLE;
    }

    /** The magic of a stream's header, fd 37 7a 58 5a 00; not asked of XzSource, which would load the library. */
    private static boolean isXz(final ByteBuffer buffer, final int at, final int available) {
        return available >= 6 && buffer.getInt(at) == 0xfd37_7a58 && buffer.getShort(at + 4) == 0x5a00;
    }
}
