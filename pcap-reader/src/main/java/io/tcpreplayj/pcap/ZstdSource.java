package io.tcpreplayj.pcap;

import com.github.luben.zstd.ZstdDirectBufferDecompressingStream;
import com.github.luben.zstd.ZstdIOException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** The frames of a zstd file (RFC 8878), one after the other. Only this class loads zstd-jni and its native code. */
final class ZstdSource implements ByteSource {
    private final ByteWindow file;
    private final Decompressor decompressor;

    ZstdSource(final ByteWindow file) throws IOException {
        this.file = file;
        this.decompressor = new Decompressor(file);
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        while (decompressor.hasRemaining()) {
            final int count;
            try {
                count = decompressor.read(target);
            } catch (final ZstdIOException e) {
                throw new DamagedInputException(
                        "zstd data is damaged near byte " + file.offset() + " (" + e.getMessage() + ")",
                        "copy the file again");
            } catch (final UncheckedIOException e) {
                throw e.getCause();
            }
            if (count > 0) {
                return count;
            }
            if (decompressor.starved) {
                throw new DamagedInputException("zstd ends early at byte " + file.offset(), "copy the file again");
            }
        }
        return -1;
    }

    @Override
    public long fileBytes() {
        return file.offset();
    }

    @Override
    public String compression() {
        return "zstd";
    }

    @Override
    public void close() throws IOException {
        decompressor.close();
        file.close();
    }

    private static final class Decompressor extends ZstdDirectBufferDecompressingStream {
        /**
         * zstd-jni gives up all output of a call that meets a damage; small pieces of input keep that loss small,
         * and a call for each costs little beside decoding it.
         */
        private static final int PIECE = 1024;

        private final ByteWindow file;
        private boolean starved;

        Decompressor(final ByteWindow file) {
            super(file.buffer().duplicate().limit(0));
            this.file = file;
        }

        /** Lends the next piece of the file's window; it stays in place until the piece is used up. */
        @Override
        protected ByteBuffer refill(final ByteBuffer usedUp) {
            try {
                starved = !file.has(1);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
            final int from = file.begin();
            final int count = Math.min(PIECE, file.available());
            usedUp.clear().position(from).limit(from + count);
            file.advance(count);
            return usedUp;
        }
    }
}
