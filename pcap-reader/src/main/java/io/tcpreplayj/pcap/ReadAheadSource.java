package io.tcpreplayj.pcap;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lets a thread of its own read what another source has, a few pieces ahead: a decompressor goes on, on another processor,
 * while packets are looked at. The thread begins with the first read, hands over each piece as soon as it is there (a
 * pipe may pause behind it), and ends with the source or with {@link #close}.
 */
final class ReadAheadSource implements ByteSource {
    /** Small enough that all of them stay in a core's cache until they are copied out. */
    private static final int PIECE_BYTES = 1 << 18;

    private static final int PIECES = 4;
    private static final long PATIENCE_MS = 200;

    private final ByteSource source;
    private final BlockingQueue<Piece> free = new ArrayBlockingQueue<>(PIECES);
    private final BlockingQueue<Piece> filled = new ArrayBlockingQueue<>(PIECES);
    private @Nullable Thread thread;
    private @Nullable Piece current;
    private long fileBytes;
    private volatile boolean abandoned;

    /** What one read brought; belongs to one of the two threads at a time. */
    private static final class Piece {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(PIECE_BYTES);
        long fileBytes;
        boolean isEnd;

        @Nullable
        IOException failure;
    }

    /** @param source used by nobody else from now on */
    ReadAheadSource(final ByteSource source) {
        this.source = source;
        this.fileBytes = source.fileBytes();
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        final Piece piece = piece();
        if (piece.failure != null) {
            throw piece.failure;
        }
        if (piece.isEnd) {
            return -1;
        }
        final int count = Math.min(target.remaining(), piece.bytes.remaining());
        final int limit = piece.bytes.limit();
        target.put(piece.bytes.limit(piece.bytes.position() + count));
        piece.bytes.limit(limit);
        return count;
    }

    /** The one with the next bytes; the last one, with the end or the failure, stays for ever. */
    private Piece piece() throws IOException {
        try {
            Piece piece = current;
            if (piece == null) {
                begin();
                piece = filled.take();
            } else if (!piece.bytes.hasRemaining() && !piece.isEnd && piece.failure == null) {
                free.put(piece);
                piece = filled.take();
            }
            current = piece;
            fileBytes = piece.fileBytes;
            return piece;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while reading");
        }
    }

    private void begin() {
        for (int i = 0; i < PIECES; i++) {
            free.add(new Piece());
        }
        final Thread reader = new Thread(this::readAll, "read-ahead");
        reader.setDaemon(true);
        reader.start();
        thread = reader;
    }

    private void readAll() {
        try {
            boolean more = true;
            while (more) {
                final Piece piece = free.take();
                more = fill(piece);
                filled.put(piece);
            }
        } catch (final InterruptedException e) {
            // Closed: nobody waits for more.
            Thread.currentThread().interrupt();
        } finally {
            if (abandoned) {
                closeQuietly();
            }
        }
    }

    private boolean fill(final Piece piece) {
        final ByteBuffer bytes = piece.bytes.clear();
        try {
            final int count = source.read(bytes);
            piece.isEnd = count < 0;
            bytes.limit(Math.max(count, 0)).position(0);
        } catch (final IOException e) {
            piece.failure = e;
        }
        piece.fileBytes = source.fileBytes();
        return !piece.isEnd && piece.failure == null;
    }

    @Override
    public long fileBytes() {
        return fileBytes;
    }

    @Override
    public String compression() {
        return source.compression();
    }

    /**
     * Waits for the thread, for a decompressor must not be closed under it. One that waits for a pipe which says nothing is
     * left to itself; the source is then its to close.
     */
    @Override
    public void close() throws IOException {
        final Thread reader = thread;
        if (reader != null) {
            reader.interrupt();
            try {
                reader.join(PATIENCE_MS);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (reader.isAlive()) {
                abandoned = true;
                return;
            }
        }
        source.close();
    }

    private void closeQuietly() {
        try {
            source.close();
        } catch (final IOException e) {
            // Nobody is there any more to be told, and nothing was written to it.
            Thread.currentThread().interrupt();
        }
    }
}
