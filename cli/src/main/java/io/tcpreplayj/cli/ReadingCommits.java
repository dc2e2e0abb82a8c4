package io.tcpreplayj.cli;

import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDbWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Commits what came of one reading: once at its end, or again and again while it goes on and captures are added to it. */
final class ReadingCommits {
    /** So many new captures fit into one commit, whatever their names. */
    private static final int MANY = 200;

    private final FlowDbWriter writer;
    private final List<CaptureTally> captures;
    private final PayloadKept kept;
    private final int firstId;

    ReadingCommits(final FlowDbWriter writer, final List<CaptureTally> captures, final PayloadKept kept) {
        this.writer = writer;
        this.captures = captures;
        this.kept = kept;
        this.firstId = writer.nextCaptureId();
    }

    /** Whether a commit is due because of new captures alone. */
    boolean areMany() {
        return firstId + captures.size() - writer.nextCaptureId() >= MANY;
    }

    /**
     * Commits the flows that were handed to the writer, and what is new of the captures.
     *
     * @param truncated whether of a capture something is missing, counted from 0
     */
    void commit(final IntPredicate truncated) throws IOException {
        final List<CaptureInfo> known = writer.captures();
        final List<CaptureInfo> grown = new ArrayList<>();
        final List<CaptureInfo> latest = new ArrayList<>();
        for (int i = 0; i < captures.size(); i++) {
            final int id = firstId + i;
            final CaptureInfo info = captures.get(i).info(id, truncated.test(i), kept);
            // The last one that is known is said again: new ones belong to its reading.
            if (id >= known.size() - 1) {
                latest.add(info);
            } else if (!info.equals(known.get(id))) {
                grown.add(info);
            }
        }
        final List<CaptureInfo> all = new ArrayList<>(grown);
        all.addAll(latest);
        if (fit(all)) {
            writer.commit(all);
            return;
        }
        writer.commit(latest);
        int from = 0;
        for (int to = 1; to <= grown.size(); to++) {
            if (to == grown.size() || !fit(grown.subList(from, to + 1))) {
                writer.commit(grown.subList(from, to));
                from = to;
            }
        }
    }

    private static boolean fit(final List<CaptureInfo> infos) {
        return FlowDbWriter.fitIntoOneCommit(
                infos.stream().map(CaptureInfo::name).toList());
    }
}
