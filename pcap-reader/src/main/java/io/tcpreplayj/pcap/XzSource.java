package io.tcpreplayj.pcap;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZIOException;
import org.tukaani.xz.XZInputStream;

/** The streams of an xz file (the .xz file format 1.2), one after the other. Only this class loads the xz library. */
final class XzSource implements ByteSource {
    /** {@code xz -9} needs 65 MiB; a header can ask for 4 GiB, and a hostile one does. */
    private static final int MEMORY_LIMIT_KIB = 100 << 10;

    /** The library gives up all output of a call that meets a damage; small calls keep that loss small. */
    private static final int PIECE = 4096;

    private final ByteWindow file;
    private final XZInputStream stream;
    private final byte[] piece = new byte[PIECE];

    XzSource(final ByteWindow file) throws IOException {
        this.file = file;
        try {
            stream = new XZInputStream(new FileBytes(file), MEMORY_LIMIT_KIB, true);
        } catch (final EOFException | XZIOException e) {
            throw damage(e);
        }
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        final int count;
        try {
            count = stream.read(piece, 0, Math.min(PIECE, target.remaining()));
        } catch (final EOFException | XZIOException e) {
            throw damage(e);
        }
        if (count > 0) {
            target.put(piece, 0, count);
        }
        return count;
    }

    private DamagedInputException damage(final IOException failure) {
        final long at = file.offset();
        if (failure instanceof EOFException) {
            return new DamagedInputException("xz ends early at byte " + at, "copy the file again");
        }
        if (failure instanceof MemoryLimitException limit) {
            return new DamagedInputException(
                    "xz data wants " + (limit.getMemoryNeeded() >> 10) + " MiB of memory at byte " + at
                            + ", more than the " + (MEMORY_LIMIT_KIB >> 10) + " MiB that it may have",
                    "decompress it first with xz -d");
        }
        return new DamagedInputException(
                "xz data is damaged near byte " + at + " (" + failure.getMessage() + ")", "copy the file again");
    }

    @Override
    public long fileBytes() {
        return file.offset();
    }

    @Override
    public String compression() {
        return "xz";
    }

    @Override
    public void close() throws IOException {
        stream.close();
        file.close();
    }

    /** The window as the stream that the library wants. */
    private static final class FileBytes extends InputStream {
        private final ByteWindow file;

        FileBytes(final ByteWindow file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            if (!file.has(1)) {
                return -1;
            }
            final int value = file.buffer().get(file.begin()) & 0xff;
            file.advance(1);
            return value;
        }

        @Override
        public int read(final byte[] target, final int offset, final int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!file.has(1)) {
                return -1;
            }
            final int count = Math.min(length, file.available());
            file.buffer().get(file.begin(), target, offset, count);
            file.advance(count);
            return count;
        }
    }
}
