package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.MAX_BLOCK_PAYLOAD;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_CAPTURE;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_COMMIT;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSink;
import io.tcpreplayj.flow.PayloadKept;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a flow database: a brand-new file under a temporary name that appears by rename with its first commit, or
 * appends to an existing one. One writer at a time; readers see the last commit. Not for several threads.
 *
 * <p>Bytes that a dead writer left behind the last commit stay where they are: this one appends behind them, and the
 * commits point around them.
 */
public final class FlowDbWriter implements FlowSink, AutoCloseable {
    /** A capture record without its name: class, seven numbers at their longest, the name's length, one flag. */
    private static final int MAX_CAPTURE_BYTES = 1 + 5 + 9 + 8 + 9 + 8 + 8 + 9 + 5 + 1;

    private final Path file;
    private final WriterLock lock;
    private final FileChannel channel;
    private final BlockWriter blocks;
    private final Pending pending;
    private final RecordCodec codec;
    private final int version;
    private final List<CaptureInfo> captures = new ArrayList<>();
    /** The first capture of the last reading. */
    private int readingBegin;

    /** Rows of earlier commits; their ids are taken. */
    private final Directory known;

    /** Where the file appears with the first commit; null once it did. */
    private @Nullable Path temporary;

    private @Nullable Commit last;
    private long nextFlowId;
    /** First byte after everything that is durable: what follows is dropped without a commit. */
    private long durableEnd;

    private long begin;
    private boolean failed;
    private boolean closed;

    private FlowDbWriter(
            final Path file,
            final WriterLock lock,
            final FileChannel channel,
            final FileHeader header,
            final @Nullable FlowDb existing)
            throws IOException {
        this.file = file;
        this.lock = lock;
        this.channel = channel;
        this.durableEnd = channel.size();
        this.begin = durableEnd;
        this.blocks = new BlockWriter(channel, header.id(), durableEnd);
        this.pending = new Pending(blocks);
        // A file keeps its version: records of a later one would be unreadable to who wrote it.
        this.version = header.version();
        this.codec = new RecordCodec(version);
        this.temporary = existing == null ? temporaryFor(file) : null;
        this.known = existing == null ? new Directory() : existing.directory();
        this.last = existing == null ? null : existing.lastCommit();
        this.nextFlowId = last == null ? 1 : last.nextFlowId();
        if (existing != null) {
            captures.addAll(existing.captures());
            readingBegin = existing.readingBegin();
        }
    }

    /**
     * Opens for appending, or begins a new file (mode 0600).
     *
     * @throws CorruptFlowDbException when {@code file} exists and is not a sound flow database
     * @throws FlowDbVersionException when a newer or older program wrote it
     * @throws FlowDbLockedException when another writer has it open
     */
    public static FlowDbWriter open(final Path file) throws IOException {
        return open(file, DatabaseId.random());
    }

    /** @param newId the id of the database if it is a new one */
    static FlowDbWriter open(final Path file, final DatabaseId newId) throws IOException {
        final Path target = FileIo.exists(file) ? file.toRealPath() : file;
        final WriterLock lock = WriterLock.acquire(target);
        FlowDbWriter writer = null;
        try {
            // A dead writer's: the lock says that nobody is at work here.
            Files.deleteIfExists(temporaryFor(target));
            writer = FileIo.exists(target) ? append(target, lock) : create(target, lock, newId);
            return writer;
        } finally {
            if (writer == null) {
                lock.close();
            }
        }
    }

    private static FlowDbWriter append(final Path file, final WriterLock lock) throws IOException {
        try (FlowDb existing = FlowDb.open(file)) {
            refuseToBury(existing, file);
            final FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            return new FlowDbWriter(file, lock, channel, existing.header(), existing);
        }
    }

    /**
     * A tail that a dead writer left is appended to, and no commit leads to it ever after. A commit that was whole and got
     * damaged must not go the same way.
     */
    private static void refuseToBury(final FlowDb existing, final Path file) throws IOException {
        final Commit last = existing.lastCommit();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (last == null || channel.size() == last.end()) {
                return;
            }
            final BlockScan scan = new BlockScan(channel, existing.header().id(), channel.size());
            final long damaged = Layout.of(scan, last.end()).damagedLastCommit(scan);
            if (damaged >= 0) {
                throw new CorruptFlowDbException(file, damaged, "damaged commit behind a directory that is whole");
            }
        }
    }

    private static FlowDbWriter create(final Path file, final WriterLock lock, final DatabaseId id) throws IOException {
        final Path temporary = temporaryFor(file);
        final FileChannel channel = FileChannel.open(
                temporary,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                FileIo.OWNER_ONLY);
        FlowDbWriter writer = null;
        try {
            final FileHeader header = new FileHeader(id, FlowDbFormat.VERSION);
            FileIo.writeFully(channel, FileHeader.encode(header.id(), header.version()), 0);
            writer = new FlowDbWriter(file, lock, channel, header, null);
            return writer;
        } catch (final IOException e) {
            throw FileIo.writing(file, e, FlowDbFormat.HEADER_LENGTH, 0);
        } finally {
            if (writer == null) {
                channel.close();
                Files.deleteIfExists(temporary);
            }
        }
    }

    private static Path temporaryFor(final Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    /** The database. */
    public Path file() {
        return file;
    }

    /** Whether captures can be added of whose payload so much is kept: an older database cannot tell, and stays as old. */
    public boolean canTell(final PayloadKept kept) {
        return kept == PayloadKept.ALL || version >= FlowDbFormat.VERSION_WITH_KEPT;
    }

    /** Whether UDP conversations can be added; an older database has no place for them. */
    public boolean canTellUdp() {
        return version >= FlowDbFormat.VERSION_WITH_UDP;
    }

    /** Captures already in the database. */
    public List<CaptureInfo> captures() {
        return List.copyOf(captures);
    }

    /** Whether captures of these names can be committed together: thousands, if they are as long as names mostly are. */
    public static boolean fitIntoOneCommit(final List<String> names) {
        long bytes = 0;
        for (final String name : names) {
            bytes += MAX_CAPTURE_BYTES + name.getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes <= MAX_BLOCK_PAYLOAD;
    }

    /** The id for the next capture. */
    public int nextCaptureId() {
        return captures.size();
    }

    /** The id for the next flow: greater than every id so far. */
    public long nextFlowId() {
        return nextFlowId;
    }

    /**
     * Appends one flow and its client bytes; ids may come in any order.
     *
     * @throws UncheckedIOException when writing fails
     * @throws IllegalArgumentException when the id is below 1 or belongs to a committed flow, or when the record cannot be
     *     stored
     */
    @Override
    public void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        requireUsable();
        if (flow.id() < 1 || (flow.id() < nextFlowId && known.find(flow.id()) >= 0)) {
            throw new IllegalArgumentException("flow id " + flow.id() + " is not a new one in " + file);
        }
        final int length = codec.encode(flow);
        failed = true;
        try {
            pending.add(flow, codec.bytes(), length, clientBytes);
        } catch (final IOException e) {
            throw new UncheckedIOException(failure(e));
        }
        failed = false;
        nextFlowId = Math.max(nextFlowId, flow.id() + 1);
    }

    /**
     * Makes all that was appended durable and visible, with the capture it came from.
     *
     * @param capture its id is {@link #nextCaptureId()}, or that of a capture of the last reading, which it then replaces
     *     because it grew
     * @throws IllegalArgumentException when the capture's id is another one, or a flow id was given twice; nothing was
     *     committed then
     */
    public void commit(final CaptureInfo capture) throws IOException {
        commit(List.of(capture));
    }

    /**
     * Makes all that was appended durable and visible, with the captures it came from: all of them or none. Captures that
     * are committed together are one reading: flows go on from one into the next.
     *
     * @param from at least one, in order of ids, and such as {@link #fitIntoOneCommit}. New ones have the ids from
     *     {@link #nextCaptureId} on; others replace captures of the last reading, which these new ones then belong to
     */
    public void commit(final List<CaptureInfo> from) throws IOException {
        requireUsable();
        requireIds(from);
        failed = true;
        final Commit commit;
        try {
            commit = write(from);
        } catch (final IOException e) {
            throw failure(e);
        }
        committed(from, commit);
    }

    private Commit write(final List<CaptureInfo> from) throws IOException {
        final Directory rows = pending.rows();
        pending.flush();
        final long twice = rows.sort();
        if (twice >= 0) {
            throw new IllegalArgumentException("flow id " + twice + " was given twice");
        }
        final long captureBlock = blocks.append(TYPE_CAPTURE, codec.encodedAll(from));
        final long directory = rows.write(blocks);
        final Commit commit = new Commit(
                blocks.position(),
                last == null ? 0 : last.number() + 1,
                blocks.blocks(),
                begin,
                last == null ? 0 : last.offset(),
                directory,
                rows.size(),
                (last == null ? 0 : last.totalFlows()) + rows.size(),
                nextFlowId,
                captureBlock);
        channel.force(true);
        blocks.append(TYPE_COMMIT, commit.encode());
        channel.force(true);
        appear();
        return commit;
    }

    /** What this commit would have come to, as far as it got: the room that the next attempt needs at least. */
    private IOException failure(final IOException cause) {
        return FileIo.writing(file, cause, blocks.reached() - durableEnd, durableEnd);
    }

    private void requireIds(final List<CaptureInfo> from) {
        if (!fitIntoOneCommit(from.stream().map(CaptureInfo::name).toList())) {
            throw new IllegalArgumentException(from.size() + " captures in one commit");
        }
        final int first = from.get(0).id();
        if (first < readingBegin || first > captures.size()) {
            throw new IllegalArgumentException("capture id " + first + ", expected " + captures.size());
        }
        int next = captures.size() + (first == captures.size() ? 1 : 0);
        for (int i = 1; i < from.size(); i++) {
            final int id = from.get(i).id();
            final int before = from.get(i - 1).id();
            if (id <= before || id > next) {
                throw new IllegalArgumentException("capture id " + id + " behind " + before);
            }
            next += id == next ? 1 : 0;
        }
    }

    private void appear() throws IOException {
        final Path from = temporary;
        if (from != null) {
            Files.move(from, file, StandardCopyOption.ATOMIC_MOVE);
            temporary = null;
            FileIo.syncFolderOf(file);
        }
    }

    private void committed(final List<CaptureInfo> from, final Commit commit) {
        if (from.get(0).id() == captures.size()) {
            readingBegin = captures.size();
        }
        for (final CaptureInfo capture : from) {
            if (capture.id() == captures.size()) {
                captures.add(capture);
            } else {
                captures.set(capture.id(), capture);
            }
        }
        known.takeAll(pending.rows());
        pending.clear();
        blocks.startCommit();
        last = commit;
        durableEnd = commit.end();
        begin = durableEnd;
        failed = false;
    }

    private void requireUsable() {
        if (closed || failed) {
            throw new IllegalStateException(file + (closed ? ": closed" : ": an earlier write failed"));
        }
    }

    /**
     * What was appended since the last commit is dropped: also a commit block whose fsync failed. Its pages count as
     * clean from then on, on disk or not (fsync(2)), and the next commit would rest on them.
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            final Path neverSeen = temporary;
            if (neverSeen != null) {
                Files.deleteIfExists(neverSeen);
            } else if (last == null) {
                // It got its name, and then not even one commit was sure.
                Files.deleteIfExists(file);
            } else if (blocks.reached() > durableEnd) {
                channel.truncate(durableEnd);
            }
        } finally {
            try {
                channel.close();
            } finally {
                lock.close();
            }
        }
    }
}
