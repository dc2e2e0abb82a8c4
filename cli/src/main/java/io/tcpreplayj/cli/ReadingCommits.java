package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSink;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDbWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stores the flows of one reading, and commits what came of it: once at its end, or again and again while it goes on and
 * captures are added to it. All that waits for the disk is here. For one thread, which need not be the one that reads.
 */
final class ReadingCommits implements FlowSink {
    /** So many new captures fit into one commit, whatever their names. */
    static final int MANY = 200;

    private FlowDbWriter writer;
    private @Nullable LiveFiles files;
    /** What earlier databases have of the one capture that goes on over several of them. */
    private @Nullable CaptureInfo before;

    private long stored;
    private volatile long committed;

    ReadingCommits(final FlowDbWriter writer) {
        this.writer = writer;
    }

    /** Databases may follow one another; there is one capture then. */
    void writing(final LiveFiles databases) {
        files = databases;
    }

    @Override
    public void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        writer.onFlow(flow, clientBytes);
        stored++;
    }

    /**
     * Commits the flows that were stored, and what is new of the captures.
     *
     * @param captures all of the reading, as far as they were read
     */
    void commit(final List<CaptureInfo> captures) throws IOException {
        final List<CaptureInfo> known = writer.captures();
        final List<CaptureInfo> grown = new ArrayList<>();
        final List<CaptureInfo> latest = new ArrayList<>();
        for (final CaptureInfo capture : captures) {
            final CaptureInfo info = before == null ? capture : behind(before, capture);
            // The last one that is known is said again: new ones belong to its reading.
            if (info.id() >= known.size() - 1) {
                latest.add(info);
            } else if (!info.equals(known.get(info.id()))) {
                grown.add(info);
            }
        }
        final List<CaptureInfo> all = new ArrayList<>(grown);
        all.addAll(latest);
        if (fit(all)) {
            writer.commit(all);
        } else {
            commitInParts(grown, latest);
        }
        committed = stored;
    }

    /** Flows that are committed; for any thread. */
    long flows() {
        return committed;
    }

    /** The same while the reading goes on: behind it the database may be followed by another one. */
    void commitMeanwhile(final List<CaptureInfo> captures) throws IOException {
        commit(captures);
        final FlowDbWriter next = files == null ? null : files.next();
        if (next != null) {
            writer = next;
            before = captures.get(0);
        }
    }

    private void commitInParts(final List<CaptureInfo> grown, final List<CaptureInfo> latest) throws IOException {
        writer.commit(latest);
        int from = 0;
        for (int to = 1; to <= grown.size(); to++) {
            if (to == grown.size() || !fit(grown.subList(from, to + 1))) {
                writer.commit(grown.subList(from, to));
                from = to;
            }
        }
    }

    private static CaptureInfo behind(final CaptureInfo before, final CaptureInfo all) {
        final CaptureFingerprint fingerprint =
                new CaptureFingerprint(all.sizeBytes(), all.edgeHash()).behind(before.packets());
        return new CaptureInfo(
                all.id(),
                all.name(),
                fingerprint.sizeBytes(),
                fingerprint.edgeHash(),
                all.packets() - before.packets(),
                before.endNs(),
                all.endNs(),
                all.flows() - before.flows(),
                all.truncated(),
                all.kept());
    }

    private static boolean fit(final List<CaptureInfo> infos) {
        return FlowDbWriter.fitIntoOneCommit(
                infos.stream().map(CaptureInfo::name).toList());
    }
}
