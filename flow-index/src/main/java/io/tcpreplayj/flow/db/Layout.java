package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_COMMIT;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_DIRECTORY;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All that is in a file from its header to its end: sound blocks, in order, and stretches that are none. */
final class Layout {
    /** Bytes that are no sound block. */
    record Gap(long begin, long end) {}

    private final long fileLength;
    private final List<Commit> commits = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private long[] offsets = new long[64];
    private byte[] types = new byte[64];
    private int[] payloadBytes = new int[64];
    private int blocks;

    Layout(final long fileLength) {
        this.fileLength = fileLength;
    }

    /** Reads the whole file. */
    static Layout of(final BlockScan scan) throws IOException {
        return of(scan, HEADER_LENGTH);
    }

    /** Reads the file from {@code begin} on. */
    static Layout of(final BlockScan scan, final long begin) throws IOException {
        final Layout layout = new Layout(scan.fileLength());
        long at = begin;
        while (at < layout.fileLength) {
            if (!scan.isSound(at)) {
                final long sound = scan.next(at + 1, layout.fileLength);
                layout.gaps.add(new Gap(at, sound));
                at = sound;
                continue;
            }
            layout.add(at, scan);
            at = scan.end(at);
        }
        return layout;
    }

    private void add(final long offset, final BlockScan scan) {
        if (blocks == offsets.length) {
            final int longer = blocks + (blocks >> 1);
            offsets = Arrays.copyOf(offsets, longer);
            types = Arrays.copyOf(types, longer);
            payloadBytes = Arrays.copyOf(payloadBytes, longer);
        }
        offsets[blocks] = offset;
        types[blocks] = scan.type();
        payloadBytes[blocks] = scan.payloadBytes();
        blocks++;
        if (scan.type() == TYPE_COMMIT && scan.payloadBytes() == COMMIT_LENGTH) {
            final byte[] payload = new byte[COMMIT_LENGTH];
            scan.payload().get(payload);
            commits.add(Commit.decode(offset, payload));
        }
    }

    long fileLength() {
        return fileLength;
    }

    int blocks() {
        return blocks;
    }

    long offset(final int block) {
        return offsets[block];
    }

    byte type(final int block) {
        return types[block];
    }

    int payloadBytes(final int block) {
        return payloadBytes[block];
    }

    /** Where the block ends. */
    long end(final int block) {
        return offsets[block] + BLOCK_LENGTH + payloadBytes[block];
    }

    /** The first block at or behind {@code offset}; {@link #blocks()} when there is none. */
    int firstFrom(final long offset) {
        final int found = Arrays.binarySearch(offsets, 0, blocks, offset);
        return found >= 0 ? found : -1 - found;
    }

    /** Commit blocks whose CRC holds, in the order of the file. */
    List<Commit> commits() {
        return commits;
    }

    List<Gap> gaps() {
        return gaps;
    }

    /** Whether there is damage between the two offsets. */
    boolean hasGap(final long begin, final long end) {
        return gaps.stream().anyMatch(gap -> gap.begin() < end && gap.end() > begin);
    }

    /** Where the last sound commit ends; what is behind it is a torn tail. */
    long tail() {
        return commits.isEmpty()
                ? HEADER_LENGTH
                : commits.get(commits.size() - 1).end();
    }

    /**
     * Where a commit block must have been that is damaged: behind a directory at the end of the file that is whole. -1
     * when there is none, or nothing that a crash does not leave: its place is missing or zero, up to the border of a
     * sector.
     */
    long damagedLastCommit(final BlockScan scan) throws IOException {
        final int last = blocks - 1;
        if (last < 0 || types[last] != TYPE_DIRECTORY || offsets[last] < tail()) {
            return -1;
        }
        return scan.isTorn(end(last), BLOCK_LENGTH + COMMIT_LENGTH) ? -1 : end(last);
    }
}
