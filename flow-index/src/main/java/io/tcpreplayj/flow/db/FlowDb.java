package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_CAPTURE;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_FLOWS;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_PAYLOAD;

import com.esotericsoftware.kryo.KryoException;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a flow database: the state of its last valid commit at the time when it was opened. Not for several threads; open
 * one for each.
 */
public final class FlowDb implements AutoCloseable {
    private final FileChannel channel;
    private final Path file;
    private final FileHeader header;
    private final BlockReader blocks;
    private final @Nullable Commit lastCommit;
    private final Directory directory;
    private final RecordCodec codec;
    private final List<CaptureInfo> captures = new ArrayList<>();
    /** By capture id, a number that those of one reading have in common. */
    private final List<Integer> readings = new ArrayList<>();
    /** The first capture of the last reading. */
    private int readingBegin;

    private final List<String> warnings = new ArrayList<>();
    /** The row whose record was last found sound: mostly the one whose bytes are asked for next. */
    private int checkedRow = -1;

    private FlowDb(final FileChannel channel, final Path file) throws IOException {
        this.channel = channel;
        this.file = file;
        this.header = FileHeader.read(channel, file);
        this.codec = new RecordCodec(header.version());
        this.blocks = new BlockReader(channel, file, header.id(), channel.size());
        final List<Commit> commits = CommitLog.read(blocks);
        final Commit last = commits.get(commits.size() - 1);
        this.lastCommit = last;
        this.directory = new Directory();
        for (final Commit commit : commits) {
            readCaptures(commit);
            directory.read(blocks, commit);
        }
        final long twice = directory.sort();
        if (twice >= 0) {
            throw blocks.corrupt(last.directory(), "flow id " + twice + " is there twice, the last directory is");
        }
        final int flows = directory.size();
        if (flows > 0 && directory.id(flows - 1) >= last.nextFlowId()) {
            throw blocks.corrupt(
                    last.offset(),
                    "next flow id " + last.nextFlowId() + ", but there is flow " + directory.id(flows - 1)
                            + ", in the commit");
        }
        final long tail = blocks.fileLength() - last.end();
        if (tail > 0) {
            warnings.add(file + ": " + tail + " bytes after the last commit, which ends at byte " + last.end()
                    + ", are ignored: a writer is at work or died before it could commit them");
        }
    }

    /** What a repair found: rows that may lead to damage, and captures; of the file's commits nothing is asked for. */
    FlowDb(
            final FileChannel channel,
            final Path file,
            final FileHeader header,
            final Directory rows,
            final List<CaptureInfo> captures)
            throws IOException {
        this.channel = channel;
        this.file = file;
        this.header = header;
        this.codec = new RecordCodec(header.version());
        this.blocks = new BlockReader(channel, file, header.id(), channel.size());
        this.lastCommit = null;
        this.directory = rows;
        this.captures.addAll(captures);
        captures.forEach(capture -> readings.add(capture.id()));
    }

    /**
     * Opens the last valid commit.
     *
     * @throws CorruptFlowDbException when the file is no flow database or none of its commits is valid
     * @throws FlowDbVersionException when a newer or older program wrote it
     */
    public static FlowDb open(final Path file) throws IOException {
        final FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        FlowDb db = null;
        try {
            db = new FlowDb(channel, file);
            return db;
        } finally {
            if (db == null) {
                channel.close();
            }
        }
    }

    private void readCaptures(final Commit commit) throws IOException {
        final byte[] block = blocks.read(TYPE_CAPTURE, commit.capture());
        final int known = captures.size();
        int reading = (int) commit.number();
        int least = readingBegin;
        for (final CaptureInfo capture : decodeCaptures(block, commit.capture())) {
            final int id = capture.id();
            if (id < least || id > captures.size()) {
                throw blocks.corrupt(
                        commit.capture(), "capture id " + id + ", allowed " + least + " to " + captures.size());
            }
            if (id < known) {
                captures.set(id, capture);
                reading = readings.get(id);
            } else {
                captures.add(capture);
                readings.add(reading);
            }
            least = id + 1;
        }
        if (reading == (int) commit.number()) {
            readingBegin = known;
        }
    }

    private List<CaptureInfo> decodeCaptures(final byte[] block, final long offset) throws CorruptFlowDbException {
        try {
            return codec.decodeAll(block, CaptureInfo.class);
        } catch (final KryoException e) {
            throw blocks.corrupt(offset, "no CaptureInfo (" + e.getMessage() + ") in the block");
        }
    }

    /** Flows in the database. */
    public int size() {
        return directory.size();
    }

    /** The captures that were indexed into it, by id from 0. */
    public List<CaptureInfo> captures() {
        return List.copyOf(captures);
    }

    /** The captures, those together that were indexed as one: their flows go on from one into the next. */
    public List<List<CaptureInfo>> capturesByReading() {
        final List<List<CaptureInfo>> groups = new ArrayList<>();
        for (int id = 0; id < captures.size(); id++) {
            if (id == 0 || !readings.get(id).equals(readings.get(id - 1))) {
                groups.add(new ArrayList<>());
            }
            groups.get(groups.size() - 1).add(captures.get(id));
        }
        return groups;
    }

    /**
     * Hands over every flow, in order of ids.
     *
     * @throws CorruptFlowDbException when a record is damaged; the flows before it were handed over
     */
    public void forEach(final Consumer<FlowRecord> consumer) throws IOException {
        for (int row = 0; row < directory.size(); row++) {
            consumer.accept(record(row));
        }
    }

    /**
     * Hands over every flow without its events and exchanges, in order of ids, until the visitor answers false. Several
     * times as fast as {@link #forEach}; a summary may be kept.
     *
     * @throws CorruptFlowDbException when a record is damaged; the flows before it were handed over
     */
    public void forEachSummary(final Predicate<? super FlowSummary> visitor) throws IOException {
        for (int row = 0; row < directory.size(); row++) {
            if (!visitor.test(summary(row))) {
                return;
            }
        }
    }

    private FlowSummary summary(final int row) throws IOException {
        final long offset = directory.recordBlock(row);
        int position = directory.recordPosition(row);
        final int length = directory.recordBytes(row);
        byte[] bytes = blocks.cached(TYPE_FLOWS, offset);
        if (position < 0 || length < 0 || length > bytes.length - position) {
            bytes = blocks.readItem(TYPE_FLOWS, offset, position, length);
            position = 0;
        }
        final FlowSummary flow;
        try {
            flow = codec.decodeSummary(bytes, position, length);
        } catch (final KryoException e) {
            throw blocks.corrupt(offset, "no FlowRecord (" + e.getMessage() + ") in the block");
        }
        if (flow.id() != directory.id(row)) {
            throw blocks.corrupt(offset, "record of flow " + flow.id() + " instead of " + directory.id(row));
        }
        final String fault = RecordCheck.fault(flow, captures.size());
        if (fault != null) {
            throw blocks.corrupt(offset, "record of flow " + flow.id() + " with " + fault + ", in the block");
        }
        return flow;
    }

    /** The flow with that id, or null. */
    public @Nullable FlowRecord flow(final long flowId) throws IOException {
        final int row = directory.find(flowId);
        return row < 0 ? null : record(row);
    }

    /** The flow of a row of the directory. */
    FlowRecord record(final int row) throws IOException {
        final long offset = directory.recordBlock(row);
        final byte[] bytes =
                blocks.readItem(TYPE_FLOWS, offset, directory.recordPosition(row), directory.recordBytes(row));
        final FlowRecord flow = decode(bytes, FlowRecord.class, offset);
        if (flow.id() != directory.id(row)) {
            throw blocks.corrupt(offset, "record of flow " + flow.id() + " instead of " + directory.id(row));
        }
        final String fault = RecordCheck.fault(flow, captures.size(), directory.payloadBytes(row));
        if (fault != null) {
            throw blocks.corrupt(offset, "record of flow " + flow.id() + " with " + fault + ", in the block");
        }
        checkedRow = row;
        return flow;
    }

    private <T> T decode(final byte[] bytes, final Class<T> type, final long offset) throws CorruptFlowDbException {
        try {
            return codec.decode(bytes, type);
        } catch (final KryoException e) {
            // Behind a CRC that holds: not chance, but a program or a person that wrote nonsense.
            throw blocks.corrupt(offset, "no " + type.getSimpleName() + " (" + e.getMessage() + ") in the block");
        }
    }

    /**
     * The client's bytes of a flow (position to limit), checked against their CRC; read-only, may be kept.
     *
     * @throws CorruptFlowDbException when they are damaged or do not fit the flow's record
     * @throws NoSuchElementException when there is no such flow
     */
    public ByteBuffer clientBytes(final long flowId) throws IOException {
        final int row = directory.find(flowId);
        if (row < 0) {
            throw new NoSuchElementException(file + " has no flow " + flowId);
        }
        if (row != checkedRow) {
            record(row);
        }
        return ByteBuffer.wrap(blocks.readItem(
                        TYPE_PAYLOAD,
                        directory.payloadBlock(row),
                        directory.payloadPosition(row),
                        directory.payloadBytes(row)))
                .asReadOnlyBuffer();
    }

    /** What a reader should tell the user: a torn tail that was ignored, for example. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Id and version. */
    FileHeader header() {
        return header;
    }

    /** The first capture of the last reading: this and the later ones may be replaced. */
    int readingBegin() {
        return readingBegin;
    }

    /** Null when it was not commits that led to the flows. */
    @Nullable
    Commit lastCommit() {
        return lastCommit;
    }

    /** Where the flows are; whoever takes it over must not read from this database any more. */
    Directory directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
