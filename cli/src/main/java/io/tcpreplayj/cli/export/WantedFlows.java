package io.tcpreplayj.cli.export;

import io.tcpreplayj.flow.FlowSummary;
import java.util.Arrays;

/** Ids of the flows to export, and the captures they came from; added in order of ids. */
public final class WantedFlows {
    private long[] ids = new long[64];
    private int[] captureIds = new int[64];
    private int size;

    public void add(final FlowSummary flow) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
            captureIds = Arrays.copyOf(captureIds, 2 * size);
        }
        ids[size] = flow.id();
        captureIds[size++] = flow.captureId();
    }

    public int size() {
        return size;
    }

    long id(final int index) {
        return ids[index];
    }

    int captureId(final int index) {
        return captureIds[index];
    }

    boolean contains(final long id) {
        return Arrays.binarySearch(ids, 0, size, id) >= 0;
    }

    /** How many of them came from that capture. */
    public long ofCapture(final int captureId) {
        long count = 0;
        for (int i = 0; i < size; i++) {
            count += captureIds[i] == captureId ? 1 : 0;
        }
        return count;
    }
}
