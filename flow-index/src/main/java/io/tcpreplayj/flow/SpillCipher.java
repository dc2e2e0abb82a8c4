package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes what rests in a {@link SpillFile} unreadable: AES-256 in counter mode (NIST SP 800-38A 6.5) with a key that is never
 * written anywhere and is gone with the process. Nobody but that process reads the file, and it reads what it wrote: there
 * is nothing to authenticate.
 */
final class SpillCipher {
    private static final int KEY_BYTES = 32;
    private static final int BLOCK_BYTES = 16;
    private static final int PIECE_BYTES = 16 << 10;

    private final Cipher cipher;
    private final SecretKey key;
    private final byte[] counter = new byte[BLOCK_BYTES];
    private final byte[] piece = new byte[PIECE_BYTES];

    SpillCipher() {
        final byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, "AES");
        try {
            cipher = Cipher.getInstance("AES/CTR/NoPadding");
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES", e);
        }
    }

    /**
     * Enciphers position to limit in place, or deciphers them: it is the same.
     *
     * @param generation how often something was written to that place before: no two texts may meet the same key stream
     * @param at where it lies in the file
     */
    void apply(final long generation, final long at, final ByteBuffer bytes) {
        final ByteBuffer counters = ByteBuffer.wrap(counter);
        counters.putLong(generation).putLong(at / BLOCK_BYTES);
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(counter));
            final int into = (int) (at % BLOCK_BYTES);
            cipher.update(piece, 0, into, piece);
            for (int done = bytes.position(); done < bytes.limit(); ) {
                final int length = Math.min(PIECE_BYTES, bytes.limit() - done);
                bytes.get(done, piece, 0, length);
                cipher.update(piece, 0, length, piece);
                bytes.put(done, piece, 0, length);
                done += length;
            }
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException("AES in counter mode takes any bytes", e);
        }
    }
}
