package io.tcpreplayj.flow.db;

import java.security.SecureRandom;

/**
 * 128 random bits that tell one database from another, as two little-endian longs.
 *
 * @param first bytes 0 to 7
 * @param second bytes 8 to 15
 */
record DatabaseId(long first, long second) {
    static DatabaseId random() {
        final SecureRandom random = new SecureRandom();
        return new DatabaseId(random.nextLong(), random.nextLong());
    }
}
