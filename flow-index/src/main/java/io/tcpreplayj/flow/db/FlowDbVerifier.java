package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.FlowRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Checks all that can be checked in a flow database: each block's CRC, the chain of commits, each row of each directory,
 * each record, and each flow's bytes against the digest that was taken when it was captured.
 */
public final class FlowDbVerifier {
    private final Path file;
    private final FileChannel channel;
    private final List<Verification.Damage> damage = new ArrayList<>();
    private final List<Long> lostFlows = new ArrayList<>();
    private boolean headerIsSound = true;
    private long deadBytes;
    private int captures;
    private int flows;
    private long clientBytes;

    private FlowDbVerifier(final Path file, final FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Reads all of it. A writer may be at work: what was committed when this began is checked.
     *
     * @throws CorruptFlowDbException when the file is no flow database
     * @throws FlowDbVersionException when a newer or older program wrote it
     */
    public static Verification verify(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new FlowDbVerifier(file, channel).verify();
        }
    }

    private Verification verify() throws IOException {
        final DatabaseId id = headerId();
        final BlockScan scan = new BlockScan(channel, id, channel.size());
        final Layout layout = Layout.of(scan);
        checkChain(layout);
        checkTail(layout, scan);
        if (headerIsSound && !layout.commits().isEmpty()) {
            checkContents(layout.tail());
        }
        return new Verification(
                file,
                layout.fileLength(),
                new Verification.Contents(layout.commits().size(), captures, flows, clientBytes, layout.blocks()),
                new Verification.Unused(layout.fileLength() - layout.tail(), deadBytes),
                List.copyOf(damage),
                List.copyOf(lostFlows));
    }

    private DatabaseId headerId() throws IOException {
        try {
            return FileHeader.read(channel, file).id();
        } catch (final CorruptFlowDbException e) {
            final FileHeader found = LostHeader.find(channel);
            if (found == null) {
                throw e;
            }
            headerIsSound = false;
            found(e.offset(), e.what());
            return found.id();
        }
    }

    private void found(final long offset, final String what) {
        damage.add(new Verification.Damage(offset, what));
    }

    private void checkChain(final Layout layout) {
        long end = FlowDbFormat.HEADER_LENGTH;
        long previous = 0;
        long number = 0;
        for (final Commit commit : layout.commits()) {
            if (commit.number() != number || commit.previous() != previous) {
                found(
                        end,
                        commit.number() > number
                                ? "commits " + number + " to " + (commit.number() - 1) + " are damaged"
                                : "the commit at byte " + commit.offset() + " does not follow the one before");
            } else {
                deadBytes += Math.max(0, commit.begin() - end);
            }
            if (commit.plausible()) {
                checkStretch(layout, commit);
            } else {
                found(commit.offset(), "impossible " + commit);
            }
            end = commit.end();
            previous = commit.offset();
            number = commit.number() + 1;
        }
        if (layout.commits().isEmpty()) {
            found(end, "no valid commit from the header to the end");
        }
    }

    /** From the first block of a commit to the commit block all must be sound blocks, as many as it says. */
    private void checkStretch(final Layout layout, final Commit commit) {
        for (final Layout.Gap gap : layout.gaps()) {
            final long begin = Math.max(gap.begin(), commit.begin());
            final long end = Math.min(gap.end(), commit.offset());
            if (begin < end) {
                found(begin, (end - begin) + " bytes of commit " + commit.number() + " are no sound block");
                return;
            }
        }
        final int blocks = layout.firstFrom(commit.offset()) - layout.firstFrom(commit.begin());
        if (blocks != commit.blocks()) {
            found(commit.offset(), "commit of " + commit.blocks() + " blocks, but there are " + blocks);
        }
    }

    private void checkTail(final Layout layout, final BlockScan scan) throws IOException {
        final long offset = layout.damagedLastCommit(scan);
        if (offset >= 0) {
            found(offset, "damaged commit behind a directory that is whole");
        }
    }

    private void checkContents(final long end) throws IOException {
        try (FlowDb db = FlowDb.open(file)) {
            final long[] flowsOf = new long[db.captures().size()];
            captures = flowsOf.length;
            for (int row = 0; row < db.size(); row++) {
                check(db, row, flowsOf);
            }
            for (final CaptureInfo capture : db.captures()) {
                if (lostFlows.isEmpty() && flowsOf[capture.id()] != capture.flows()) {
                    found(
                            end,
                            "capture " + capture.id() + " of " + capture.flows() + " flows, but there are "
                                    + flowsOf[capture.id()]);
                }
            }
        } catch (final CorruptFlowDbException e) {
            found(e.offset(), e.what());
        }
    }

    private void check(final FlowDb db, final int row, final long[] flowsOf) throws IOException {
        final Directory directory = db.directory();
        final long id = directory.id(row);
        try {
            final FlowRecord flow = db.record(row);
            final ByteBuffer bytes = db.clientBytes(id);
            check(file, flow, directory, row, bytes);
            flowsOf[flow.captureId()]++;
            clientBytes += bytes.limit();
            flows++;
        } catch (final CorruptFlowDbException e) {
            lostFlows.add(id);
            found(e.offset(), "flow " + id + ": " + e.what());
        }
    }

    /**
     * What a reader takes on trust, behind CRCs that hold.
     *
     * @throws CorruptFlowDbException when row, record and client bytes do not belong together
     */
    static void check(
            final Path file, final FlowRecord flow, final Directory directory, final int row, final ByteBuffer bytes)
            throws CorruptFlowDbException {
        if (flow.startNs() != directory.startNs(row) || flow.captureId() != directory.captureId(row)) {
            throw new CorruptFlowDbException(
                    file,
                    directory.recordBlock(row),
                    "start or capture in its record is not that of its row in the directory, its block is");
        }
        final CRC32C crc32c = new CRC32C();
        crc32c.update(bytes.duplicate());
        if (flow.clientStream().digest() >= 0
                && crc32c.getValue() != flow.clientStream().digest()) {
            throw new CorruptFlowDbException(
                    file,
                    directory.payloadBlock(row),
                    "its client bytes have another digest than when they were captured, their block is");
        }
    }
}
