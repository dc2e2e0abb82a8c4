package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_SIGNATURE;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_COMMIT;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Finds the last valid commit and, from there, all before it. */
final class CommitLog {
    private static final int COMMIT_BLOCK = BLOCK_LENGTH + COMMIT_LENGTH;
    private static final int CHUNK = 1 << 16;

    private CommitLog() {}

    /**
     * All commits up to the last valid one, oldest first.
     *
     * @throws CorruptFlowDbException when there is none, or when the chain behind the last one is broken
     */
    static List<Commit> read(final BlockReader blocks) throws IOException {
        long offset = lastCommitOffset(blocks);
        final List<Commit> commits = new ArrayList<>();
        while (true) {
            final byte[] payload = blocks.read(TYPE_COMMIT, offset);
            if (payload.length != COMMIT_LENGTH) {
                throw blocks.corrupt(
                        offset,
                        "a commit of " + payload.length + " bytes, allowed " + COMMIT_LENGTH + ", in the block");
            }
            final Commit commit = Commit.decode(offset, payload);
            if (!commit.plausible()) {
                throw blocks.corrupt(offset, "impossible " + commit);
            }
            if (!commits.isEmpty() && !commits.get(commits.size() - 1).follows(commit)) {
                throw blocks.corrupt(
                        offset, "commit " + commits.get(commits.size() - 1) + " does not follow " + commit);
            }
            commits.add(commit);
            if (commit.number() == 0) {
                Collections.reverse(commits);
                return commits;
            }
            // Strictly towards the beginning (plausible()), so this ends.
            offset = commit.previous();
        }
    }

    /** Looks for a commit's first 8 bytes from the end backwards; the CRC decides. */
    private static long lastCommitOffset(final BlockReader blocks) throws IOException {
        final ByteBuffer chunk = ByteBuffer.allocate(CHUNK + COMMIT_BLOCK - 1).order(ByteOrder.LITTLE_ENDIAN);
        long end = blocks.fileLength() - COMMIT_BLOCK + 1;
        while (end > HEADER_LENGTH) {
            final long start = Math.max(HEADER_LENGTH, end - CHUNK);
            chunk.clear().limit((int) (end - start) + COMMIT_BLOCK - 1);
            final int length = FileIo.readFully(blocks.channel(), chunk, start);
            for (int at = length - COMMIT_BLOCK; at >= 0; at--) {
                if (chunk.getLong(at) == COMMIT_SIGNATURE && checks(blocks, chunk, at, start)) {
                    return start + at;
                }
            }
            end = start;
        }
        throw blocks.corrupt(blocks.fileLength(), "no valid commit from the header to the end, which is");
    }

    private static boolean checks(
            final BlockReader blocks, final ByteBuffer chunk, final int at, final long chunkStart) {
        final ByteBuffer payload = chunk.slice(at + BLOCK_LENGTH, COMMIT_LENGTH);
        return chunk.getInt(at + BLOCK_CRC32C_OFFSET)
                == blocks.checksum().of(chunkStart + at, COMMIT_SIGNATURE, payload);
    }
}
