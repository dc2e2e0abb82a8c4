package io.tcpreplayj.cli.export;

import io.tcpreplayj.flow.FlowAssigner;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.pcap.MergedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Hands over the packets of flows: those of the captures that are still there, and rebuilt ones for the rest. */
public final class FlowExport {
    /** A signal asked to stop. */
    public static final class Interrupted extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * What came of it; {@code original + rebuilt} are all flows that were wanted.
     *
     * @param original flows of which packets of the capture were handed over
     * @param incomplete how many of these have more packets than were found
     * @param rebuilt flows made from the database
     * @param damage where a capture could not be read any further, though it could when it was indexed
     */
    public record Result(
            long original,
            long incomplete,
            long rebuilt,
            @Nullable CaptureException damage) {}

    private final FlowDb db;
    private final WantedFlows wanted;
    private final List<List<CaptureInfo>> readings;
    /** By capture id; only of readings of which all captures are there. */
    private final Map<Integer, Path> files;

    private final Map<Integer, Integer> readingOf = new HashMap<>();
    private final IntSupplier interruptedBy;

    /**
     * Prepares one.
     *
     * @param files the captures that are there, by id
     * @param interruptedBy the signal that asks to stop, or 0
     */
    public FlowExport(
            final FlowDb db,
            final WantedFlows wanted,
            final Map<Integer, Path> files,
            final IntSupplier interruptedBy) {
        this.db = db;
        this.wanted = wanted;
        this.files = new HashMap<>(files);
        this.interruptedBy = interruptedBy;
        readings = db.capturesByReading();
        for (int reading = 0; reading < readings.size(); reading++) {
            final List<Integer> ids =
                    readings.get(reading).stream().map(CaptureInfo::id).toList();
            if (!files.keySet().containsAll(ids)) {
                this.files.keySet().removeAll(ids);
            }
            for (final int id : ids) {
                readingOf.put(id, reading);
            }
        }
    }

    /**
     * Original packets first, in the order of the captures, then the rebuilt flows, one behind the other.
     *
     * @throws Interrupted when a signal came
     */
    public Result run(final PacketHandler out) throws IOException {
        final FlowAssigner assigner = new FlowAssigner();
        CaptureException damage = null;
        if (!files.isEmpty()) {
            db.forEachSummary(flow -> {
                if (files.containsKey(flow.captureId()) && wanted.contains(flow.id())) {
                    assigner.addWanted(flow, reading(flow.captureId()));
                }
                return true;
            });
            db.forEachSummary(flow -> {
                if (!wanted.contains(flow.id())) {
                    assigner.addOther(flow, reading(flow.captureId()));
                }
                return true;
            });
            damage = copy(assigner, out);
        }
        final long rebuilt = rebuild(assigner.missing(), out);
        return new Result(wanted.size() - rebuilt, assigner.incomplete().length, rebuilt, damage);
    }

    private int reading(final int captureId) {
        return readingOf.getOrDefault(captureId, -1);
    }

    private @Nullable CaptureException copy(final FlowAssigner assigner, final PacketHandler out) throws IOException {
        final CaptureCopy copy = new CaptureCopy(assigner, out, this::checkInterrupted);
        CaptureException damage = null;
        for (int reading = 0; reading < readings.size(); reading++) {
            final List<CaptureInfo> captures = readings.get(reading);
            if (captures.stream()
                    .noneMatch(capture -> files.containsKey(capture.id()) && wanted.ofCapture(capture.id()) > 0)) {
                continue;
            }
            try (CaptureReader reader = open(captures)) {
                copy.copy(reader, reading);
            } catch (final CaptureException e) {
                // One that ended early when it was indexed ends there again.
                damage = captures.stream().anyMatch(CaptureInfo::truncated) ? damage : e;
            }
        }
        return damage;
    }

    private CaptureReader open(final List<CaptureInfo> captures) throws IOException {
        if (captures.size() == 1) {
            return CaptureFiles.open(file(captures.get(0)));
        }
        return new MergedReader(captures.stream()
                .map(capture -> new MergedReader.Input(capture.startNs(), () -> CaptureFiles.open(file(capture))))
                .toList());
    }

    private Path file(final CaptureInfo capture) {
        return Objects.requireNonNull(files.get(capture.id()));
    }

    private long rebuild(final long[] missing, final PacketHandler out) throws IOException {
        RebuiltPackets packets = null;
        long rebuilt = 0;
        for (int i = 0; i < wanted.size(); i++) {
            final long id = wanted.id(i);
            if (files.containsKey(wanted.captureId(i)) && Arrays.binarySearch(missing, id) < 0) {
                continue;
            }
            checkInterrupted();
            final FlowRecord flow = db.flow(id);
            if (flow == null) {
                throw new IllegalStateException("flow " + id + " was there a moment ago");
            }
            packets = packets == null ? new RebuiltPackets(out, flow) : packets;
            if (flow.datagrams() == null) {
                new RebuiltFlow(flow, db.clientBytes(id), packets).write();
            } else {
                new RebuiltDatagrams(out).write(flow, flow.datagrams(), db.clientBytes(id));
            }
            rebuilt++;
        }
        return rebuilt;
    }

    private void checkInterrupted() {
        if (interruptedBy.getAsInt() != 0) {
            throw new Interrupted();
        }
    }
}
