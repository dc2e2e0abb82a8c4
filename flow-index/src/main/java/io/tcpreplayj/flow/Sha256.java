package io.tcpreplayj.flow;

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

    static String of(final byte[] bytes, final int length) {
        final MessageDigest digest = create();
        digest.update(bytes, 0, length);
        return hex(digest.digest());
    }

    static String hex(final byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }
}
