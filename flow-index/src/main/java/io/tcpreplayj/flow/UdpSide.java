package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** One direction of a UDP conversation, counted. */
final class UdpSide {
    private long packets;
    private long duplicates;
    private long bytes;
    private long capturedBytes;
    private long crc32c;
    private @Nullable MessageDigest sha256;
    /** Bytes that are kept are not those of the wire, so that a digest of these must not be told. */
    private boolean redacted;

    void onCopy() {
        packets++;
        duplicates++;
    }

    /** @param captured bytes of the payload that are there, from {@code offset} on */
    void onDatagram(final int length, final int captured, final long digest, final StreamDigests digests) {
        packets++;
        bytes += length;
        capturedBytes += captured;
        crc32c = digests.join(crc32c, digest, captured);
    }

    void hash(final ByteBuffer payload) {
        final MessageDigest digest = sha256 == null ? Sha256.create() : sha256;
        sha256 = digest;
        digest.update(payload);
    }

    void redacted() {
        redacted = true;
    }

    boolean isCut() {
        return capturedBytes < bytes;
    }

    boolean isSilent() {
        return packets == 0;
    }

    StreamSummary summary(final boolean withDigest, final boolean withSha256) {
        final boolean told = withDigest && !isCut() && !redacted;
        final MessageDigest digest = sha256 == null && withSha256 ? Sha256.create() : sha256;
        return new StreamSummary(
                packets,
                duplicates,
                bytes,
                0,
                0,
                capturedBytes,
                0,
                told ? crc32c : -1,
                told && digest != null ? Sha256.hex(digest.digest()) : null);
    }

    /** The same of bytes that were changed since: the digest is of those in the file. */
    StreamSummary summaryOf(final long crcOfKept, final @Nullable String sha256OfKept) {
        return new StreamSummary(
                packets,
                duplicates,
                bytes,
                0,
                0,
                capturedBytes,
                0,
                isCut() ? -1 : crcOfKept,
                isCut() ? null : sha256OfKept);
    }
}
