package io.tcpreplayj.flow.db;

import java.nio.file.Path;
import java.util.List;

/**
 * What a repair did.
 *
 * @param kept the damaged file under its new name; null when nothing had to be done
 * @param before what was wrong
 * @param after the repaired file; {@code before} when nothing had to be done
 * @param lost flows that are in the damaged file's directories and could not be recovered
 * @param unnamedLost flows that its commits speak of, besides, and of which nothing is left, not even the id
 * @param lostCaptures ids of captures whose names and counters are lost; their flows may be there
 */
public record Repair(
        @org.jspecify.annotations.Nullable Path kept,
        Verification before,
        Verification after,
        List<LostFlow> lost,
        long unnamedLost,
        List<Integer> lostCaptures) {

    /**
     * A flow that could not be recovered.
     *
     * @param why what is wrong with it
     */
    public record LostFlow(long id, int captureId, long startNs, String why) {}

    /** Whether all that was committed is there again. */
    public boolean complete() {
        return lost.isEmpty() && unnamedLost == 0 && lostCaptures.isEmpty();
    }
}
