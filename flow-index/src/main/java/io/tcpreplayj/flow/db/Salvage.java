package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_CAPTURE;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_DIRECTORY;

import com.esotericsoftware.kryo.KryoException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything in a damaged file that was committed and of which something is still sound: rows of directories, rows made
 * again where a directory is damaged, and captures. What dead writers left without a commit stays out: their captures
 * were, or will be, indexed again. A file without any commit is none of theirs, for its name appears with its first commit:
 * it was cut off or copied in part, and what it holds was committed.
 */
final class Salvage {
    private final BlockReader blocks;
    private final Layout layout;
    private final RecordCodec codec;
    private final Directory rows = new Directory();
    private final FlowIdSet ids = new FlowIdSet();
    private final List<CaptureInfo> captures = new ArrayList<>();
    private long committedFlows;

    private Salvage(final BlockReader blocks, final Layout layout, final int version) {
        this.blocks = blocks;
        this.layout = layout;
        this.codec = new RecordCodec(version);
    }

    /** @param version of the records */
    static Salvage of(final BlockReader blocks, final Layout layout, final BlockScan scan, final int version)
            throws IOException {
        final Salvage salvage = new Salvage(blocks, layout, version);
        final List<Commit> commits =
                layout.commits().stream().filter(Commit::plausible).toList();
        // Those first whose commit blocks are sound: an id that is there twice is theirs.
        for (final Commit commit : commits) {
            salvage.take(commit.begin(), commit.offset());
            salvage.committedFlows = Math.max(salvage.committedFlows, commit.totalFlows());
        }
        if (commits.isEmpty()) {
            salvage.takeAll();
        }
        long end = HEADER_LENGTH;
        long number = 0;
        for (final Commit commit : commits) {
            if (commit.number() > number) {
                salvage.takeUncommitted(end, commit.previous());
            }
            end = commit.end();
            number = commit.number() + 1;
        }
        final long damagedCommit = layout.damagedLastCommit(scan);
        if (damagedCommit >= 0) {
            salvage.takeUncommitted(end, damagedCommit);
        }
        salvage.rows.sort();
        for (int row = 0; row < salvage.rows.size(); row++) {
            salvage.haveCapture(salvage.rows.captureId(row));
        }
        return salvage;
    }

    /** Where the flows are, in order of ids; some lead to damage. */
    Directory rows() {
        return rows;
    }

    /** By id from 0; see {@link #isUnknown}. */
    List<CaptureInfo> captures() {
        return captures;
    }

    /** How many flows the commits speak of. */
    long committedFlows() {
        return committedFlows;
    }

    /** What commits held whose commit blocks are damaged: up to their last directory, which proves that they were whole. */
    private void takeUncommitted(final long begin, final long end) throws IOException {
        int last = layout.firstFrom(end) - 1;
        while (last >= 0 && layout.offset(last) >= begin && layout.type(last) != TYPE_DIRECTORY) {
            last--;
        }
        if (last >= 0 && layout.offset(last) >= begin) {
            take(begin, layout.end(last));
        }
    }

    private void takeAll() throws IOException {
        takeDirectories(0, layout.blocks());
        takeRecords(0, layout.blocks());
    }

    private void take(final long begin, final long end) throws IOException {
        final int from = layout.firstFrom(begin);
        final int to = layout.firstFrom(end);
        takeDirectories(from, to);
        if (layout.hasGap(begin, end)) {
            takeRecords(from, to);
        }
    }

    private void takeDirectories(final int from, final int to) throws IOException {
        final Directory found = new Directory();
        // The last directory first: of two with the same ids the earlier one is a dead writer's.
        for (int block = to - 1; block >= from; block--) {
            try {
                take(block, found);
            } catch (final CorruptFlowDbException e) {
                // Behind a CRC that holds: nonsense that somebody wrote, of which there is nothing to recover.
                found.clear();
            }
        }
    }

    /** Those of which no directory told. */
    private void takeRecords(final int from, final int to) throws IOException {
        new RowRebuilder(blocks, layout, codec, rows).rebuild(from, to, ids);
    }

    private void take(final int block, final Directory found) throws IOException {
        if (layout.type(block) == TYPE_CAPTURE) {
            takeCaptures(layout.offset(block));
        } else if (layout.type(block) == TYPE_DIRECTORY) {
            takeRows(layout.offset(block), found);
        }
    }

    private void takeRows(final long offset, final Directory found) throws IOException {
        found.clear();
        found.readBlock(blocks, offset);
        for (int row = 0; row < found.size(); row++) {
            if (ids.add(found.id(row))) {
                rows.add(found, row);
            }
        }
    }

    private void takeCaptures(final long offset) throws IOException {
        try {
            codec.decodeAll(blocks.read(TYPE_CAPTURE, offset), CaptureInfo.class)
                    .forEach(this::takeCapture);
        } catch (final KryoException e) {
            throw blocks.corrupt(offset, "no capture (" + e.getMessage() + ") in the block");
        }
    }

    private void takeCapture(final CaptureInfo capture) {
        haveCapture(capture.id());
        if (capture.id() >= 0 && capture.id() < captures.size()) {
            final CaptureInfo before = captures.get(capture.id());
            // A capture that grew is there several times.
            if (isUnknown(before) || (before.packets() <= capture.packets() && before.flows() <= capture.flows())) {
                captures.set(capture.id(), capture);
            }
        }
    }

    /** A capture that flows speak of and whose own record is lost. */
    private void haveCapture(final int id) {
        while (id >= captures.size() && id < layout.blocks()) {
            captures.add(new CaptureInfo(captures.size(), "(name lost)", 0, 0, 0, 0, 0, 0, true));
        }
    }

    static boolean isUnknown(final CaptureInfo capture) {
        return capture.packets() == 0 && capture.sizeBytes() == 0;
    }
}
