package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Tells, when a capture is read again, to which of its flows a segment belongs: by the rules of {@link FlowAssembler}, but
 * without putting streams together, so that it takes some 100 bytes a flow. A flow is known by its address pair, its
 * capture and the time of its first packet. A UDP conversation begins at that time, whatever was there before.
 */
public final class FlowAssigner {
    /** The segment belongs to no flow that is wanted. */
    public static final long NONE = -1;

    private static final int INITIAL_CAPACITY = 1 << 10;
    private static final int NO_READING = -1;

    private final FlowKey key = new FlowKey();
    private final long seed0;
    private final long seed1;
    private @Nullable Tuple[] slots = new Tuple[INITIAL_CAPACITY];
    private int tuples;

    public FlowAssigner() {
        final SecureRandom random = new SecureRandom();
        seed0 = random.nextLong() | 1;
        seed1 = random.nextLong() | 1;
    }

    /** A flow of the database. */
    private static final class Known {
        final long id;
        final int reading;
        final long startNs;
        final long endNs;
        final long packets;
        final boolean wanted;
        /** Place among the flows of its address pair, in order of ids. */
        int place;

        long seen;

        Known(final FlowSummary flow, final int reading, final boolean wanted) {
            id = flow.id();
            this.reading = reading;
            startNs = flow.startNs();
            endNs = flow.endNs();
            packets = flow.clientStream().packets() + flow.serverStream().packets();
            this.wanted = wanted;
        }
    }

    /** An address pair: its flows, and the state of the one that is open. */
    private static final class Tuple extends TupleEntry {
        final int hash;
        final FlowRecord.Protocol protocol;
        Known[] flows = new Known[1];
        int size;
        boolean sorted;
        int next;
        int reading = NO_READING;

        @Nullable
        Known open;

        int lesserBase;
        int greaterBase;
        boolean hasLesserBase;
        boolean hasGreaterBase;

        Tuple(final FlowKey key, final int hash, final FlowRecord.Protocol protocol) {
            super(key);
            this.hash = hash;
            this.protocol = protocol;
        }

        /** What {@link FlowAssigner#flowOf} answers for a packet of the flow that is open. */
        long openAt(final long captureTimeNs) {
            final Known flow = open;
            // Behind its last packet: left out when it was indexed (--to).
            if (flow == null || !flow.wanted || captureTimeNs > flow.endNs) {
                return NONE;
            }
            flow.seen++;
            return flow.id;
        }

        void add(final Known flow) {
            if (size == flows.length) {
                flows = Arrays.copyOf(flows, size * 2);
            }
            flows[size++] = flow;
            sorted = false;
        }

        /** The next flow, in order of ids, that began in that reading at that time. */
        @Nullable
        Known beginning(final int inReading, final long timeNs) {
            if (!sorted) {
                sort();
            }
            int low = 0;
            int high = size;
            while (low < high) {
                final int middle = (low + high) >>> 1;
                if (isBefore(flows[middle], inReading, timeNs)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            final boolean found = low < size && flows[low].reading == inReading && flows[low].startNs == timeNs;
            return found ? flows[low] : null;
        }

        private boolean isBefore(final Known flow, final int inReading, final long timeNs) {
            if (flow.reading != inReading) {
                return flow.reading < inReading;
            }
            return flow.startNs != timeNs ? flow.startNs < timeNs : flow.place < next;
        }

        /** By reading, time and id: one pair may have a million flows, and each segment between them may ask. */
        private void sort() {
            Arrays.sort(flows, 0, size, Comparator.comparingLong(flow -> flow.id));
            for (int i = 0; i < size; i++) {
                flows[i].place = i;
            }
            Arrays.sort(
                    flows,
                    0,
                    size,
                    Comparator.<Known>comparingInt(flow -> flow.reading)
                            .thenComparingLong(flow -> flow.startNs)
                            .thenComparingInt(flow -> flow.place));
            sorted = true;
        }

        void begin(final @Nullable Known found) {
            open = found;
            next = found == null ? next : found.place + 1;
            hasLesserBase = false;
            hasGreaterBase = false;
        }

        /** As {@link FlowBuilder#isEndedBy}: a SYN with another ISN. */
        boolean isEndedBy(final PacketView view, final boolean sentByLesser) {
            return view.hasFlag(TcpFlags.SYN)
                    && !view.hasFlag(TcpFlags.ACK)
                    && (sentByLesser ? hasLesserBase : hasGreaterBase)
                    && (sentByLesser ? lesserBase : greaterBase) != view.segSeq();
        }

        /** As {@link FlowBuilder}: a direction's first number is that of its first segment, or of the first ACK of it. */
        void noteBases(final PacketView view, final boolean sentByLesser) {
            final int sender = view.hasFlag(TcpFlags.SYN) ? view.segSeq() : view.segSeq() - 1;
            setBase(sentByLesser, sender);
            if (view.hasFlag(TcpFlags.ACK)) {
                setBase(!sentByLesser, view.segAck() - 1);
            }
        }

        private void setBase(final boolean ofLesser, final int base) {
            if (ofLesser && !hasLesserBase) {
                lesserBase = base;
                hasLesserBase = true;
            } else if (!ofLesser && !hasGreaterBase) {
                greaterBase = base;
                hasGreaterBase = true;
            }
        }
    }

    /** A flow whose segments are asked for. All of them come before the {@link #addOther others}. */
    public void addWanted(final FlowSummary flow, final int reading) {
        key.set(flow.client(), flow.server());
        final int hash = key.hash(seed0, seed1);
        Tuple tuple = slots[find(hash, flow.protocol())];
        if (tuple == null) {
            if (tuples >= slots.length / 2) {
                grow();
            }
            tuple = new Tuple(key, hash, flow.protocol());
            slots[find(hash, flow.protocol())] = tuple;
            tuples++;
        }
        tuple.add(new Known(flow, reading, true));
    }

    /** Another flow of the same captures: it may be the one before or behind a wanted one on the same address pair. */
    public void addOther(final FlowSummary flow, final int reading) {
        key.set(flow.client(), flow.server());
        final Tuple tuple = slots[find(key.hash(seed0, seed1), flow.protocol())];
        if (tuple != null) {
            tuple.add(new Known(flow, reading, false));
        }
    }

    /**
     * The id of the wanted flow that a segment belongs to, or {@link #NONE}.
     *
     * @param reading of which the segment comes; no flow goes on from one into another
     */
    public long flowOf(final PacketView view, final long captureTimeNs, final int reading) {
        key.set(view);
        final Tuple tuple = slots[find(key.hash(seed0, seed1), FlowRecord.Protocol.TCP)];
        if (tuple == null) {
            return NONE;
        }
        // Nothing open: the flow's first packets were left out when it was indexed (--from), and it may begin here.
        if (tuple.open == null || tuple.reading != reading || tuple.isEndedBy(view, key.sentByLesser)) {
            tuple.reading = reading;
            tuple.begin(tuple.beginning(reading, captureTimeNs));
        }
        tuple.noteBases(view, key.sentByLesser);
        return tuple.openAt(captureTimeNs);
    }

    /** The same for a UDP datagram. */
    public long flowOfDatagram(final PacketView view, final long captureTimeNs, final int reading) {
        key.set(view);
        final Tuple tuple = slots[find(key.hash(seed0, seed1), FlowRecord.Protocol.UDP)];
        if (tuple == null) {
            return NONE;
        }
        final Known begun = tuple.beginning(reading, captureTimeNs);
        if (begun != null || tuple.reading != reading) {
            tuple.reading = reading;
            tuple.begin(begun);
        }
        return tuple.openAt(captureTimeNs);
    }

    /** Ids of wanted flows, ascending, of which not a single segment was seen. */
    public long[] missing() {
        return ids(true);
    }

    /** Ids of wanted flows, ascending, of which segments were seen, but fewer than the flow has. */
    public long[] incomplete() {
        return ids(false);
    }

    private long[] ids(final boolean unseen) {
        long[] ids = new long[16];
        int count = 0;
        for (final Tuple tuple : slots) {
            for (int i = 0; tuple != null && i < tuple.size; i++) {
                final Known flow = tuple.flows[i];
                if (flow.wanted && (flow.seen == 0) == unseen && flow.seen < flow.packets) {
                    ids = count == ids.length ? Arrays.copyOf(ids, 2 * count) : ids;
                    ids[count++] = flow.id;
                }
            }
        }
        final long[] found = Arrays.copyOf(ids, count);
        Arrays.sort(found);
        return found;
    }

    /** The slot of {@link #key}, empty when it is not there. */
    private int find(final int hash, final FlowRecord.Protocol protocol) {
        final int mask = slots.length - 1;
        int slot = hash & mask;
        Tuple tuple = slots[slot];
        while (tuple != null && !(tuple.hash == hash && tuple.protocol == protocol && tuple.hasKey(key))) {
            slot = (slot + 1) & mask;
            tuple = slots[slot];
        }
        return slot;
    }

    private void grow() {
        final @Nullable Tuple[] old = slots;
        slots = new Tuple[old.length * 2];
        for (final Tuple tuple : old) {
            if (tuple == null) {
                continue;
            }
            int slot = tuple.hash & slots.length - 1;
            while (slots[slot] != null) {
                slot = (slot + 1) & slots.length - 1;
            }
            slots[slot] = tuple;
        }
    }
}
