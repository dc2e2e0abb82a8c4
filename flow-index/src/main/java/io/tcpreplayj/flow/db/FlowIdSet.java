package io.tcpreplayj.flow.db;

import java.security.SecureRandom;
import org.agrona.collections.LongHashSet;

/** Ids of a file that may be hostile: scrambled by secret factors, so that nobody can choose ids that collide. */
final class FlowIdSet {
    private final LongHashSet scrambled = new LongHashSet();
    private final long factor0;
    private final long factor1;

    FlowIdSet() {
        final SecureRandom random = new SecureRandom();
        // Odd, so that no two ids become the same number.
        factor0 = random.nextLong() | 1;
        factor1 = random.nextLong() | 1;
    }

    /** False when it was there. */
    boolean add(final long id) {
        // A product's low bits do not see the factors' high ones: they are turned round between the two.
        return scrambled.add(Long.reverseBytes(id * factor0) * factor1);
    }
}
