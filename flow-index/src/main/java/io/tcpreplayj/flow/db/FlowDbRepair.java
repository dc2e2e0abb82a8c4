package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.FlowRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Recovers what a crash or damage left. A new file is written beside the damaged one, checked, and takes its name by
 * rename; the damaged one stays, as {@code FILE.damaged}. At every instant there is a file of that name.
 */
public final class FlowDbRepair {
    private static final int MOST_KEPT = 1000;

    private final Path file;
    private final Path repaired;
    private final List<Repair.LostFlow> lost = new ArrayList<>();
    private final List<Integer> lostCaptures = new ArrayList<>();
    private long unnamedLost;

    private FlowDbRepair(final Path file) {
        this.file = file;
        this.repaired = file.resolveSibling(file.getFileName() + ".repaired");
    }

    /**
     * Repairs it, when there is something to repair.
     *
     * @throws CorruptFlowDbException when nothing in it can be recovered; it is as it was
     * @throws FlowDbVersionException when a newer or older program wrote it
     * @throws FlowDbLockedException when a writer has it open
     */
    public static Repair repair(final Path file) throws IOException {
        final Path target = file.toRealPath();
        final WriterLock lock = WriterLock.acquire(target);
        try {
            return new FlowDbRepair(target).repair();
        } finally {
            lock.close();
        }
    }

    private Repair repair() throws IOException {
        final Verification before = FlowDbVerifier.verify(file);
        if (before.clean() && before.unused().tailBytes() == 0) {
            return new Repair(null, before, before, lost, 0, lostCaptures);
        }
        // A dead repair's: the lock says that nobody is at work here.
        Files.deleteIfExists(repaired);
        try {
            rewrite();
            final Verification after = FlowDbVerifier.verify(repaired);
            if (!after.clean()) {
                throw new IllegalStateException("the repaired file is not sound: " + after.damage());
            }
            final Path kept = keep();
            Files.move(repaired, file, StandardCopyOption.ATOMIC_MOVE);
            FileIo.syncFolderOf(file);
            return new Repair(kept, before, named(after), lost, unnamedLost, lostCaptures);
        } finally {
            Files.deleteIfExists(repaired);
        }
    }

    private Verification named(final Verification after) {
        return new Verification(
                file, after.fileBytes(), after.contents(), after.unused(), after.damage(), after.lostFlows());
    }

    /** Writes all that is sound into the new file, with the ids it had. */
    private void rewrite() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            final FileHeader header = header(channel);
            final BlockScan scan = new BlockScan(channel, header.id(), channel.size());
            final Layout layout = Layout.of(scan);
            final BlockReader blocks = new BlockReader(channel, file, header.id(), channel.size());
            final Salvage salvage = Salvage.of(blocks, layout, scan, header.version());
            if (salvage.captures().isEmpty()) {
                throw blocks.corrupt(FlowDbFormat.HEADER_LENGTH, "nothing can be recovered: no capture and no flow");
            }
            unnamedLost = Math.max(0, salvage.committedFlows() - salvage.rows().size());
            try (FlowDb damaged = new FlowDb(channel, file, header, salvage.rows(), salvage.captures());
                    FlowDbWriter writer = FlowDbWriter.open(repaired)) {
                for (final CaptureInfo capture : damaged.captures()) {
                    rewrite(capture, damaged, writer);
                }
            } catch (final UncheckedIOException e) {
                throw e.getCause();
            }
        }
    }

    private FileHeader header(final FileChannel channel) throws IOException {
        try {
            return FileHeader.read(channel, file);
        } catch (final CorruptFlowDbException e) {
            final FileHeader found = LostHeader.find(channel);
            if (found == null) {
                throw e;
            }
            return found;
        }
    }

    private void rewrite(final CaptureInfo capture, final FlowDb damaged, final FlowDbWriter writer)
            throws IOException {
        final Directory rows = damaged.directory();
        long flows = 0;
        for (int row = 0; row < rows.size(); row++) {
            if (rows.captureId(row) == capture.id() && rewrite(row, damaged, writer)) {
                flows++;
            }
        }
        if (Salvage.isUnknown(capture)) {
            lostCaptures.add(capture.id());
        }
        writer.commit(new CaptureInfo(
                capture.id(),
                capture.name(),
                capture.sizeBytes(),
                capture.edgeHash(),
                capture.packets(),
                capture.startNs(),
                capture.endNs(),
                flows,
                capture.truncated() || flows < capture.flows(),
                capture.kept()));
    }

    private boolean rewrite(final int row, final FlowDb damaged, final FlowDbWriter writer) throws IOException {
        final Directory rows = damaged.directory();
        final FlowRecord flow;
        final ByteBuffer bytes;
        try {
            flow = damaged.record(row);
            bytes = damaged.clientBytes(flow.id());
            FlowDbVerifier.check(file, flow, rows, row, bytes);
        } catch (final CorruptFlowDbException e) {
            lost.add(new Repair.LostFlow(
                    rows.id(row), rows.captureId(row), rows.startNs(row), e.what() + " at byte " + e.offset()));
            return false;
        }
        writer.onFlow(flow, bytes);
        return true;
    }

    /** Gives the damaged file a second name, under which it stays. */
    private Path keep() throws IOException {
        for (int number = 0; number < MOST_KEPT; number++) {
            final Path kept = file.resolveSibling(file.getFileName() + ".damaged" + (number == 0 ? "" : "." + number));
            if (link(kept)) {
                return kept;
            }
        }
        throw new FileAlreadyExistsException(file + ".damaged", null, MOST_KEPT + " damaged files are kept already");
    }

    /** Whether it has that name now: a file that has it already keeps it. */
    private boolean link(final Path kept) throws IOException {
        try {
            Files.createLink(kept, file);
            return true;
        } catch (final FileAlreadyExistsException e) {
            return false;
        }
    }
}
