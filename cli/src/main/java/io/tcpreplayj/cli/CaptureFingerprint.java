package io.tcpreplayj.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * What tells whether a capture is in a database already, cheap for a file of any size.
 *
 * @param sizeBytes size of the file, 0 for what is no regular file; of what another host sends, the packets of it before
 *     these
 * @param edgeHash CRC-32C of the first MiB above CRC-32 of the last; two polynomials, because in a file of up to 1 MiB the
 *     two are of the same bytes. Of what another host sends, its number
 */
record CaptureFingerprint(long sizeBytes, long edgeHash) {
    /** Of standard input and pipes, which cannot be read twice: equal to nothing. */
    static final CaptureFingerprint NONE = new CaptureFingerprint(0, 0);

    private static final int EDGE_BYTES = 1 << 20;

    static CaptureFingerprint of(final Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return NONE;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            final long size = channel.size();
            final long first = checksum(channel, 0, new CRC32C());
            final long last = checksum(channel, Math.max(0, size - EDGE_BYTES), new CRC32());
            return new CaptureFingerprint(size, first << 32 | last);
        }
    }

    /** Of a file that still grows: so much of it was read, and no file is the same one. */
    static CaptureFingerprint ofPart(final long sizeBytes) {
        return new CaptureFingerprint(sizeBytes, 0);
    }

    /**
     * Of what another host captures, as long as it runs: no file is the same one.
     *
     * @param position how many packets of it were before these
     */
    static CaptureFingerprint ofSource(final long id, final long position) {
        return new CaptureFingerprint(position, id);
    }

    /** Of what comes behind so many packets of what cannot be read twice. */
    CaptureFingerprint behind(final long packets) {
        return edgeHash == 0 ? this : new CaptureFingerprint(sizeBytes + packets, edgeHash);
    }

    /** Whether it says anything: an empty file and a pipe have no fingerprint. */
    boolean known() {
        return sizeBytes > 0;
    }

    private static long checksum(final FileChannel channel, final long from, final Checksum checksum)
            throws IOException {
        final ByteBuffer edge = ByteBuffer.allocate(EDGE_BYTES);
        long position = from;
        while (edge.hasRemaining()) {
            final int read = channel.read(edge, position);
            if (read < 0) {
                break;
            }
            position += read;
        }
        checksum.update(edge.flip());
        return checksum.getValue();
    }
}
