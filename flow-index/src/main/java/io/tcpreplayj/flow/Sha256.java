package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4), which every Java platform has. */
final class Sha256 {
    private Sha256() {}

    static MessageDigest create() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException e) {
            throw new AssertionError("java.security.MessageDigest promises SHA-256", e);
        }
    }

    /** Consumes the bytes. */
    static String of(final ByteBuffer bytes) {
        final MessageDigest digest = create();
        digest.update(bytes);
        return hex(digest.digest());
    }

    static String hex(final byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }
}
