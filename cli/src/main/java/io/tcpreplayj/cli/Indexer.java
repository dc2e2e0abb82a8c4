package io.tcpreplayj.cli;

import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.Spill;
import io.tcpreplayj.flow.FlowCounter;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.packet.CopyFinder;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** One capture, or several as one, into a flow database: packets to segments to flows to the file. */
final class Indexer implements PacketHandler {
    /** Packets between two looks at the clock and at the signals. */
    private static final int BATCH = 4096;

    private final IntSupplier interruptedBy;
    private final boolean keepsPart;
    private final PacketSelection selection;
    private final boolean takesAll;
    private final boolean takesUdp;
    private final Reassembler reassembler = new Reassembler();
    private final CopyFinder copies = new CopyFinder();
    private final IndexLedger ledger = new IndexLedger();
    private final FlowAssembler assembler;
    private final AssemblyLine line;
    private final FlowRelay relay;
    private boolean isSplit;
    private boolean isRelaying;
    private boolean isObserved;
    private boolean hasEnded;
    /** Nothing is stored any more, and flows that are observed are ended all the same. */
    private boolean hasFailed;

    private final int captureId;
    private final long firstId;
    private final PayloadKept kept;
    private final List<CaptureTally> captures;
    private final ReadingCommits commits;
    private CaptureTally capture;
    /** Captures of which the database was told. */
    private int told;

    private @Nullable FlowShedder shedder;

    /**
     * @param captures what is read: one, or several as one in the order of {@link PacketHandler#onSource}; when it is
     *     followed, more are added
     * @param interruptedBy the signal that asks to stop, or 0
     * @param keepsPart whether what was read before a signal is committed
     */
    Indexer(
            final FlowDbWriter writer,
            final IndexOptions options,
            final List<CaptureTally> captures,
            final IntSupplier interruptedBy,
            final boolean keepsPart) {
        this.keepsPart = keepsPart;
        this.interruptedBy = interruptedBy;
        selection = options.selection();
        takesAll = selection.isAll();
        takesUdp = writer.canTellUdp();
        this.captures = captures;
        kept = options.assembler().kept();
        commits = new ReadingCommits(writer);
        capture = captures.get(0);
        captureId = writer.nextCaptureId();
        firstId = writer.nextFlowId();
        // Beside the database, for there is where room is looked for.
        final Spill spill =
                Spill.to(Objects.requireNonNull(writer.file().toAbsolutePath().getParent()));
        relay = new FlowRelay(commits, WaitingRoom.ofHeap());
        assembler = new FlowAssembler(captureId, firstId, options.assembler().spillingTo(spill), this::onFlow);
        line = new AssemblyLine(assembler, captureId);
    }

    /**
     * Reads to the end, the damage or a signal, and commits what came before.
     *
     * @param name what is read, for people
     * @throws IOException when the database cannot be written
     */
    IndexedCapture index(final CaptureReader reader, final String name, final ProgressLines progress)
            throws IOException {
        try (assembler;
                line;
                relay) {
            return read(reader, name, progress);
        }
    }

    /** Tells {@code observer} of flows while they are open, and of the end of each, whatever happens. */
    void observe(final FlowObserver observer) {
        assembler.observe(observer);
        isObserved = true;
    }

    /**
     * Stores and commits on a thread of its own: who captures does not wait for the disk while there is memory.
     *
     * @param room for flows that wait
     * @param whileFull done now and then where it has to wait, in the middle of its work
     */
    void storeApart(final WaitingRoom room, final Runnable whileFull) {
        relay.waitIn(room, whileFull);
        isRelaying = true;
    }

    private void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        ledger.onFlow(flow);
        captures.get(flow.captureId() - captureId).onFlow();
        if (!hasFailed) {
            (isRelaying ? relay : commits).onFlow(flow, clientBytes);
        }
    }

    /** Makes the captures known, though there is nothing of them yet: a later run then knows that they are recorded here. */
    void announce() throws IOException {
        commit(number -> true);
    }

    private void commit(final IntPredicate isPart) throws IOException {
        final List<CaptureInfo> infos = new ArrayList<>();
        for (int i = 0; i < captures.size(); i++) {
            infos.add(captures.get(i).info(captureId + i, isPart.test(i), kept));
        }
        told = infos.size();
        if (hasEnded) {
            commits.commit(infos);
        } else if (isRelaying) {
            relay.then(() -> commits.commitMeanwhile(infos));
        } else {
            commits.commitMeanwhile(infos);
        }
    }

    /** Asks {@code flows} which segments and datagrams are taken in, of those that were selected. */
    void shedding(final FlowShedder flows) {
        shedder = flows;
    }

    /** After a commit that is not the last the database may be followed by another one. */
    void writing(final LiveFiles databases) {
        commits.writing(databases);
    }

    private IndexedCapture read(final CaptureReader reader, final String name, final ProgressLines progress)
            throws IOException {
        final long beganNs = System.nanoTime();
        CaptureException damage = null;
        reader.readInto(line);
        // Beside a thread that decompresses, a third one finds no processor (measured on two), and there is time
        // enough.
        if (!reader.readAhead() && Runtime.getRuntime().availableProcessors() > 1) {
            line.split();
            isSplit = true;
        }
        try {
            while (reader.poll(this, BATCH) >= 0 && interruptedBy.getAsInt() == 0) {
                progress.onIndexed(name, reader.packets(), reader.position(), System.nanoTime() - beganNs);
            }
        } catch (final CaptureException e) {
            damage = e;
        }
        final int signal = interruptedBy.getAsInt();
        endOfPackets(reader);
        if (signal == 0 || keepsPart) {
            endOfFlows();
            if (ledger.fault().isEmpty()) {
                commit(number -> signal != 0 || reader.isDamaged(number));
            }
        }
        return indexed(reader, name, System.nanoTime() - beganNs, damage);
    }

    /**
     * Reads what there is and what comes, until the reader has finished; commits what is over as it goes.
     *
     * @throws IOException when the database cannot be written
     */
    IndexedCapture follow(final OngoingReader reader, final FollowPace pace, final ProgressLines progress)
            throws IOException {
        try (assembler;
                line;
                relay) {
            reader.readInto(line);
            assembler.noteEnds();
            try {
                readOn(reader, pace, progress);
                endOfPackets(reader);
                if (shedder != null) {
                    shedder.cutRest(assembler);
                }
                endOfFlows();
                if (ledger.fault().isEmpty()) {
                    commit(reader::isPartOf);
                }
            } finally {
                tellEnds();
            }
            return indexed(reader, reader.summary(), pace.elapsedNs(), null);
        }
    }

    private void readOn(final OngoingReader reader, final FollowPace pace, final ProgressLines progress)
            throws IOException {
        long committed = 0;
        while (pace.goesOn(reader.poll(this, BATCH), reader)) {
            progress.onIndexed(reader.name(), reader.packets(), reader.position(), pace.elapsedNs());
            final FlowAssembler flows = line.drain();
            if (shedder != null) {
                shedder.cut(flows);
                shedder.onBacklog(relay.fill());
            }
            flows.settle(capture.endNs() + pace.idleNs(reader.currentNs()));
            relay.refuseFailure();
            final boolean isDue = pace.commitIsDue() && ledger.flows() > committed && relay.isIdle();
            if (isDue || captures.size() - told >= ReadingCommits.MANY) {
                reader.noteSize();
                commit(reader::isPartOf);
                committed = ledger.flows();
                pace.onCommit();
            }
        }
    }

    /** Whoever follows open flows hears that they are over, also when what is known of them cannot be stored any more. */
    private void tellEnds() {
        if (isObserved && !hasEnded) {
            hasFailed = true;
            line.drain().finish();
        }
    }

    /** How much waits for the disk, of what memory has room for: 0 to 1. */
    double backlog() {
        return relay.fill();
    }

    /** Flows that are over and in a database. */
    long flowsWritten() {
        return commits.flows();
    }

    /** Those that have ended, and how many of them are written, for people. */
    String flowWords() {
        final long written = flowsWritten();
        final long ended = ledger.flows();
        return Human.count(written, "flow") + " written, " + (ended - written) + " waiting, " + ledger.replayable()
                + " replayable, " + (flowsBegun() - ended) + " open";
    }

    /** What became of the packets and flows so far. */
    IndexLedger ledger() {
        return ledger;
    }

    /** Flows that have begun so far. */
    long flowsBegun() {
        return assembler.nextId() - firstId;
    }

    private void endOfPackets(final CaptureReader reader) {
        reassembler.finish();
        ledger.contents().onFragments(reassembler);
        ledger.onRead(reader.packets());
        line.drain();
    }

    private void endOfFlows() {
        // The line's thread has ended its work: there is a processor for another one.
        isRelaying |= isSplit;
        hasEnded = true;
        assembler.finish();
        relay.flush();
        ledger.onFlowsBegun(assembler.nextId() - firstId);
        ledger.onRedacted(
                assembler.counters().get(FlowCounter.REDACTED_VALUES),
                assembler.counters().get(FlowCounter.REDACTED_BYTES));
        ledger.onLate(assembler.counters().get(FlowCounter.LATE_SEGMENTS)
                + assembler.counters().get(FlowCounter.LATE_DATAGRAMS));
    }

    private IndexedCapture indexed(
            final CaptureReader reader,
            final String name,
            final long elapsedNs,
            final @Nullable CaptureException damage) {
        return new IndexedCapture(
                name, reader.format(), ledger, reader.position(), reader.secretBlocks(), elapsedNs, damage);
    }

    @Override
    public void onSource(final int source) {
        capture = captures.get(source);
        line.onCapture(captureId + source);
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        capture.onPacket(captureTimeNs);
        ledger.contents().onPacket(caplen, origlen, linktype);
        if (!takesAll && !selection.takes(buffer, offset, caplen, origlen, captureTimeNs, linktype)) {
            ledger.onFiltered();
            return;
        }
        final PacketView view = line.view();
        final Verdict verdict = reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, view);
        final boolean isSegment = verdict == Verdict.TCP;
        final boolean isDatagram = verdict == Verdict.UDP;
        if (!takesAll && (isSegment || isDatagram) && !selection.takes(view)) {
            ledger.onFiltered();
            return;
        }
        if (isDatagram && !takesUdp) {
            ledger.onNoPlace();
            return;
        }
        if (isShed(view, captureTimeNs, isSegment, isDatagram)) {
            ledger.onShed();
            return;
        }
        ledger.onPacket(verdict);
        if (isSegment) {
            ledger.contents().onSegment(view.tunnel(), copies.mark(view, captureTimeNs));
            line.keep(buffer, captureTimeNs);
        } else if (isDatagram) {
            ledger.contents().onSegment(view.tunnel(), copies.markDatagram(view, captureTimeNs));
            line.keepDatagram(buffer, captureTimeNs);
        }
    }

    /** Where it was captured nobody knows what is selected here: of a flow that was not there is none to end. */
    @Override
    public void onCut(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        capture.onPacket(captureTimeNs);
        // No snaplen cut it.
        ledger.contents().onPacket(origlen, origlen, linktype);
        ledger.onShed();
        final FlowAssembler open = line.drain();
        final PacketView view = line.view();
        if (reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, view) == Verdict.TCP
                && open.giveUp(view)) {
            ledger.onFlowCut();
        }
    }

    private boolean isShed(
            final PacketView view, final long captureTimeNs, final boolean isSegment, final boolean isDatagram) {
        if (shedder == null) {
            return false;
        }
        if (isSegment) {
            return !shedder.takes(view);
        }
        // It asks which conversations are open.
        return isDatagram && shedder.isAtWork() && !shedder.takesDatagram(view, captureTimeNs, line.drain());
    }
}
