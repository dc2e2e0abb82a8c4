package io.tcpreplayj.flow;

import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Segments to flows, and UDP datagrams. A TCP flow ends only when its tuple is used again by a SYN with another ISN, or at {@link #finish()}; until
 * then one that nothing happens to may wait on disk. Of a capture that goes on for long, {@link #settle} hands over before
 * what is over. A UDP flow ends when it has been quiet, see {@link UdpAssembler}.
 */
public final class FlowAssembler implements AutoCloseable {
    /** So much quiet ends a UDP conversation. */
    public static final long CONVERSATION_QUIET_NS = UdpAssembler.IDLE_NS;

    private final AssemblerOptions options;
    private final FlowSink sink;
    private final RecordBuilder records = new RecordBuilder();
    private final FlowMemory memory;
    private final FlowTable table;
    private final FlowKey key = new FlowKey();
    private final FlowCounters counters = new FlowCounters();

    private int captureId;
    private long nextId;

    private @Nullable FlowEnds ends;
    private @Nullable FlowNews news;
    private @Nullable UdpObserver udpObserver;
    /** Made with the first datagram. */
    private @Nullable UdpAssembler datagrams;

    private @Nullable FlowHash shares;
    private int taken = FlowHash.RANGE;

    /** Tells which open flows are given up. */
    @FunctionalInterface
    public interface GivesUp {
        /**
         * Whether this one is.
         *
         * @param key borrowed
         * @param clientIsn the sequence number with which the client began; of one that was open before, what stands for it
         */
        boolean test(FlowKey key, int clientIsn);
    }

    /**
     * @param captureId written into each record, up to the first call of {@link #onCapture}
     * @param firstId id of the first flow; the following ones count up
     * @param options what to keep
     * @param sink takes each finished flow
     */
    public FlowAssembler(final int captureId, final long firstId, final AssemblerOptions options, final FlowSink sink) {
        this.options = options;
        this.sink = sink;
        this.captureId = captureId;
        nextId = firstId;
        memory = new FlowMemory(options.spill(), options.kept() != PayloadKept.ALL);
        table = new FlowTable(memory, options, firstId);
    }

    /**
     * One TCP segment; the view is borrowed.
     *
     * @throws UncheckedIOException when memory is short and the disk is full
     */
    public void onSegment(final PacketView view, final long captureTimeNs) {
        counters.add(FlowCounter.SEGMENTS, 1);
        key.set(view);
        final int slot = table.find(key);
        FlowBuilder flow;
        if (slot < 0) {
            if (wasGivenUp(view) || (ends != null && ends.isLate(view, key))) {
                counters.add(FlowCounter.LATE_SEGMENTS, 1);
                return;
            }
            flow = begin(view, captureTimeNs);
            table.insert(-1 - slot, flow);
        } else {
            flow = table.get(slot);
            if (flow.isEndedBy(view, key)) {
                counters.add(FlowCounter.FLOWS_REUSED, 1);
                end(flow);
                flow = begin(view, captureTimeNs);
                table.replace(slot, flow);
            }
        }
        flow.onSegment(view, key, captureTimeNs, counters);
        if (news != null) {
            news.onSegment(flow);
        }
        if (ends != null) {
            ends.onSegment(flow);
        }
        if (memory.isShort()) {
            table.freezeIdle();
        }
    }

    /** One UDP datagram; the view is borrowed. */
    public void onDatagram(final PacketView view, final long captureTimeNs) {
        UdpAssembler udp = datagrams;
        if (udp == null) {
            udp = new UdpAssembler(options, sink, () -> nextId++, counters, UdpAssembler.Limits.ofHeap());
            if (udpObserver != null) {
                udp.observe(udpObserver);
            }
            datagrams = udp;
        }
        udp.onDatagram(view, captureTimeNs, captureId);
    }

    /**
     * Payload of segments that come from now on, and lies in this buffer, is not copied while it waits for its turn: nobody
     * changes it before {@link #giveBack}. The buffer's position and limit mean nothing.
     */
    public void borrow(final ByteBuffer buffer) {
        memory.pool().borrow(buffer);
    }

    /** The buffer may be overwritten after this call; it need not be a {@link #borrow borrowed} one. */
    public void giveBack(final ByteBuffer buffer) {
        memory.pool().giveBack(buffer);
    }

    /** Flows whose first segment comes from now on began in this capture; those that are open go on. */
    public void onCapture(final int id) {
        captureId = id;
    }

    /** From now on it is noted which flows close, for {@link #settle}. Before the first segment. */
    public void noteEnds() {
        ends = new FlowEnds();
    }

    /**
     * Tells {@code observer} of flows while they are open. Before the first segment.
     *
     * @throws IllegalArgumentException when nothing of the payload is kept
     */
    public void observe(final FlowObserver observer) {
        if (options.kept() == PayloadKept.NONE) {
            throw new IllegalArgumentException("there are no rows without payload");
        }
        news = new FlowNews(observer);
        udpObserver = observer.udp();
    }

    /**
     * Ends the flows that are over: closed, and quiet since. What still comes of them counts as
     * {@link FlowCounter#LATE_SEGMENTS} for a minute; a SYN with another ISN begins a new flow.
     *
     * @param nowNs how far the capture has come, in capture time
     */
    public void settle(final long nowNs) {
        if (ends != null) {
            ends.settle(nowNs, table, flow -> {
                counters.add(FlowCounter.FLOWS_SETTLED, 1);
                end(flow);
            });
        }
        if (datagrams != null) {
            datagrams.settle(nowNs);
        }
    }

    /**
     * From now on a TCP flow that is not open, and is met in its middle, is one that was given up unless its hash is below
     * {@code limit}: its segments count as {@link FlowCounter#LATE_SEGMENTS}.
     */
    public void takeUpBelow(final int limit, final FlowHash hash) {
        shares = hash;
        taken = limit;
    }

    private boolean wasGivenUp(final PacketView view) {
        return shares != null && !view.hasFlag(TcpFlags.SYN) && key.hash(shares) >= taken;
    }

    /** From now on {@link #giveUp} asks for each TCP flow that is open now. */
    public void lookThrough() {
        table.lookThrough();
    }

    /**
     * Asks for some of the open TCP flows, for to ask for all at once would hold up what comes meanwhile. Those that are given up
     * end as they are: no segment of them comes any more. Those that have closed are whole, and not asked for.
     *
     * @param effort so many places of a table are looked at, or the less the more flows end or rest on disk
     * @return whether all have been asked for
     */
    public boolean giveUp(final int effort, final GivesUp which) {
        return table.takeOut(
                effort,
                flow -> {
                    final StreamAssembler client = flow.client();
                    key.set(flow);
                    return !FlowEnds.hasClosed(flow) && which.test(key, client == null ? 0 : client.base());
                },
                flow -> {
                    counters.add(FlowCounter.FLOWS_GIVEN_UP, 1);
                    end(flow);
                });
    }

    /**
     * The TCP flow of that segment, which is not taken in, ends as it is: no segment of it comes any more. One that has closed is
     * whole, and left alone.
     *
     * @return whether there was such a flow
     */
    public boolean giveUp(final PacketView view) {
        key.set(view);
        final int slot = table.find(key);
        if (slot < 0 || FlowEnds.hasClosed(table.get(slot))) {
            return false;
        }
        final FlowBuilder flow = table.get(slot);
        table.remove(slot);
        counters.add(FlowCounter.FLOWS_GIVEN_UP, 1);
        end(flow);
        return true;
    }

    /** Whether a datagram of that pair, at that time of the capture, goes on with a conversation. */
    public boolean isConversation(final FlowKey pair, final long captureTimeNs) {
        return datagrams != null && datagrams.isOpen(pair, captureTimeNs);
    }

    /** The conversation of that pair ends as it is: no datagram of it comes any more. */
    public void giveUpConversation(final FlowKey pair) {
        if (datagrams != null) {
            datagrams.giveUp(pair);
        }
    }

    /** Ends all open flows: the TCP ones in order of their ids, then those of UDP. */
    public void finish() {
        table.drain(flow -> {
            counters.add(FlowCounter.FLOWS_FINISHED, 1);
            end(flow);
        });
        if (datagrams != null) {
            datagrams.finish();
        }
    }

    /** Gives back what open flows took on disk. */
    @Override
    public void close() throws IOException {
        memory.close();
    }

    /** The id that the next new flow would get. */
    public long nextId() {
        return nextId;
    }

    /** What became of the segments so far; live. */
    public FlowCounters counters() {
        return counters;
    }

    private FlowBuilder begin(final PacketView view, final long captureTimeNs) {
        counters.add(FlowCounter.FLOWS, 1);
        final FlowBuilder flow = new FlowBuilder(nextId++, captureId, key, memory, options);
        flow.begin(view.tunnel(), captureTimeNs);
        return flow;
    }

    private void end(final FlowBuilder flow) {
        flow.finish();
        if (news != null) {
            news.onSegment(flow);
        }
        flow.gather();
        counters.add(FlowCounter.REDACTED_VALUES, flow.logs().redactedValues());
        counters.add(FlowCounter.REDACTED_BYTES, flow.logs().redactedBytes());
        final FlowRecord record = records.emit(flow, sink);
        if (news != null) {
            news.onEnded(record);
        }
        flow.release();
    }

    /**
     * What to keep of each flow, and where.
     *
     * @param sha256 also compute SHA-256 of both streams; flows then stay in memory
     * @param headBytes how many bytes of each answer to keep (0 to 65536)
     * @param spill where flows go that memory is too short for, or null for nowhere
     * @param kept how much of the payload; of what is kept in part nothing readable gets to {@code spill}
     * @param rules what is secret when {@code kept} is {@link PayloadKept#REDACTED}, else null
     */
    public record AssemblerOptions(
            boolean sha256,
            int headBytes,
            @Nullable Spill spill,
            PayloadKept kept,
            @Nullable SecretRules rules,
            boolean acks) {
        public static final AssemblerOptions DEFAULT = new AssemblerOptions(false, 256);

        public AssemblerOptions(final boolean sha256, final int headBytes) {
            this(sha256, headBytes, null, PayloadKept.ALL, null, false);
        }

        /** The same, with room on disk. */
        public AssemblerOptions spillingTo(final Spill room) {
            return new AssemblerOptions(sha256, headBytes, room, kept, rules, acks);
        }

        /** The same, with other bytes in place of what is secret. */
        public AssemblerOptions redacting(final SecretRules secrets) {
            return new AssemblerOptions(sha256, headBytes, spill, PayloadKept.REDACTED, secrets, acks);
        }

        /** The same, with lengths and times alone. */
        public AssemblerOptions withoutPayload() {
            return new AssemblerOptions(false, 0, spill, PayloadKept.NONE, null, acks);
        }

        /** The same, with each acknowledgement of the client and the window that it offered. */
        public AssemblerOptions withAcks() {
            return new AssemblerOptions(sha256, headBytes, spill, kept, rules, true);
        }
    }

    /**
     * Room on disk for open flows, in a file without a name.
     *
     * @param folder where the file is made
     * @param hotBytes how much memory open flows may take
     * @param rowBytes how much of it one flow's rows may take: they are all needed together when it ends. A flow with
     *     more is not kept whole ({@link FlowRecord.SkipReason#CAPACITY})
     */
    public record Spill(Path folder, long hotBytes, long rowBytes) {
        /** Beyond this more memory saves nothing: only flows that rest are written to disk. */
        private static final long MOST_HOT_BYTES = 512L << 20;

        /** A quarter of the heap for all flows, half of that for the rows of one. */
        public static Spill to(final Path folder) {
            final long quarter = Runtime.getRuntime().maxMemory() / 4;
            return new Spill(folder, Math.min(MOST_HOT_BYTES, quarter), quarter / 2);
        }
    }
}
