package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams to conversations: those of one address pair between which never more than {@link #IDLE_NS} passes. Nothing in UDP
 * says where one ends, so what bounds the memory is time, and a size: a long conversation goes on in another flow, and where
 * there are too many at once, those that were quiet the longest end early.
 */
final class UdpAssembler {
    /**
     * What Linux forgets a conversation after (nf_conntrack_udp_timeout), and longer than any resolver waits (resolv.conf(5):
     * 5 s, at most 30 s). A port that is used again later is somebody else's question.
     */
    static final long IDLE_NS = 30_000_000_000L;

    /** What one conversation may take of memory; 50,000 DNS queries with their answers. */
    static final int MOST_FLOW_BYTES = 16 << 20;

    private static final long MOST_BYTES = 128L << 20;
    private static final int SHARE_OF_HEAP = 8;
    private static final int INITIAL_CAPACITY = 1 << 8;

    /** Below it only who serves sends from a port, but for those of hosts that talk as equals. */
    private static final int FIRST_USER_PORT = 1024;

    private static final int SSDP_PORT = 1900;
    private static final int MDNS_PORT = 5353;
    private static final int LLMNR_PORT = 5355;

    /**
     * What memory there is.
     *
     * @param allBytes for all open conversations
     * @param flowBytes for one of them
     */
    record Limits(long allBytes, int flowBytes) {
        static Limits ofHeap() {
            return new Limits(Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP), MOST_FLOW_BYTES);
        }
    }

    private final UdpTools tools;
    private final FlowSink sink;
    private final LongSupplier nextId;
    private final FlowCounters counters;
    private final Limits limits;
    private final UdpRecords records;
    private final CaptureClock clock = new CaptureClock(IDLE_NS);
    private final FlowKey key = new FlowKey();
    private final long seed0;
    private final long seed1;
    private @Nullable UdpNews news;
    private @Nullable UdpFlow[] buckets = new UdpFlow[INITIAL_CAPACITY];
    private int size;
    private long used;
    private @Nullable UdpFlow oldest;
    private @Nullable UdpFlow youngest;

    UdpAssembler(
            final FlowAssembler.AssemblerOptions options,
            final FlowSink sink,
            final LongSupplier nextId,
            final FlowCounters counters,
            final Limits limits) {
        tools = UdpTools.of(options);
        this.sink = sink;
        this.nextId = nextId;
        this.counters = counters;
        this.limits = limits;
        records = new UdpRecords(tools);
        final SecureRandom random = new SecureRandom();
        seed0 = random.nextLong() | 1;
        seed1 = random.nextLong() | 1;
    }

    /** Before the first datagram. */
    void observe(final UdpObserver observer) {
        news = new UdpNews(observer, tools.secrets());
    }

    /** One datagram; the view is borrowed. */
    void onDatagram(final PacketView view, final long timeNs, final int captureId) {
        counters.add(FlowCounter.DATAGRAMS, 1);
        counters.add(FlowCounter.DATAGRAM_BYTES, view.payloadLength());
        settle(timeNs);
        key.set(view);
        final int hash = key.hash(seed0, seed1);
        UdpFlow flow = find(key, hash);
        if (view.isCopy()) {
            onCopy(view, flow, timeNs);
            return;
        }
        if (flow == null) {
            flow = begin(view, hash, captureId, isClientLesser(view), timeNs);
        } else if (isOver(flow, timeNs)) {
            end(flow, FlowCounter.FLOWS_QUIET);
            flow = begin(view, hash, captureId, isClientLesser(view), timeNs);
        } else if (flow.footprint() >= limits.flowBytes) {
            end(flow, FlowCounter.FLOWS_CUT);
            flow = begin(view, hash, captureId, flow.clientIsLesser, timeNs);
        } else {
            unlink(flow);
            append(flow);
        }
        final int before = flow.footprint();
        flow.touchedNs = clock.nowNs();
        final boolean byClient = key.sentByLesser == flow.clientIsLesser;
        flow.onDatagram(view, byClient, timeNs, tools);
        used += flow.footprint() - before;
        if (news != null) {
            news.onDatagram(flow, view, byClient, timeNs);
        }
        while (used > limits.allBytes && oldest != null && oldest != flow) {
            end(oldest, FlowCounter.FLOWS_CUT);
        }
    }

    /** No flow begins, is cut or lives on because of a copy: what it is a copy of was the same packet. */
    private void onCopy(final PacketView view, final @Nullable UdpFlow flow, final long timeNs) {
        if (flow == null) {
            counters.add(FlowCounter.LATE_DATAGRAMS, 1);
        } else {
            flow.onCopy(view, key.sentByLesser == flow.clientIsLesser, timeNs);
        }
    }

    private static boolean isOver(final UdpFlow flow, final long timeNs) {
        return timeNs - flow.endNs() > IDLE_NS;
    }

    /** Whether a datagram of that pair, at that time, goes on with a conversation. */
    boolean isOpen(final FlowKey of, final long timeNs) {
        final UdpFlow flow = find(of, of.hash(seed0, seed1));
        return flow != null && !isOver(flow, timeNs);
    }

    /** Ends the conversation of that pair, if there is one. */
    void giveUp(final FlowKey of) {
        final UdpFlow flow = find(of, of.hash(seed0, seed1));
        if (flow != null) {
            end(flow, FlowCounter.FLOWS_GIVEN_UP);
        }
    }

    /** Ends the conversations that are over at that time of the capture. */
    void settle(final long nowNs) {
        final long beforeNs = clock.nowNs();
        clock.advance(nowNs);
        if (clock.nowNs() - beforeNs > IDLE_NS && youngest != null) {
            // It was right that the time of its last datagram was so far ahead.
            youngest.touchedNs = clock.nowNs();
        }
        while (oldest != null && clock.nowNs() - oldest.touchedNs > IDLE_NS) {
            end(oldest, FlowCounter.FLOWS_QUIET);
        }
    }

    /** Ends all, those first that were quiet the longest. */
    void finish() {
        while (oldest != null) {
            end(oldest, FlowCounter.FLOWS_FINISHED);
        }
    }

    /** Who sent first, unless what is first in the capture is an answer: to a user's port, from a server's. */
    private boolean isClientLesser(final PacketView view) {
        final boolean isAnswer = isServersPort(view.sourcePort()) && !isServersPort(view.destinationPort());
        return isAnswer != key.sentByLesser;
    }

    private static boolean isServersPort(final int port) {
        return port < FIRST_USER_PORT || port == SSDP_PORT || port == MDNS_PORT || port == LLMNR_PORT;
    }

    private @Nullable UdpFlow find(final FlowKey of, final int hash) {
        UdpFlow flow = buckets[hash & buckets.length - 1];
        while (flow != null && !flow.hasKey(of)) {
            flow = flow.nextInBucket;
        }
        return flow;
    }

    private UdpFlow begin(
            final PacketView view,
            final int hash,
            final int captureId,
            final boolean clientIsLesser,
            final long timeNs) {
        if (size == buckets.length) {
            grow();
        }
        counters.add(FlowCounter.FLOWS, 1);
        final UdpFlow flow = new UdpFlow(key, hash, nextId.getAsLong(), captureId, clientIsLesser);
        flow.begin(view.tunnel(), timeNs);
        put(flow);
        append(flow);
        size++;
        used += flow.footprint();
        return flow;
    }

    private void put(final UdpFlow flow) {
        final int bucket = flow.hash & buckets.length - 1;
        flow.nextInBucket = buckets[bucket];
        buckets[bucket] = flow;
    }

    private void grow() {
        buckets = new UdpFlow[2 * buckets.length];
        for (UdpFlow flow = oldest; flow != null; flow = flow.younger) {
            put(flow);
        }
    }

    private void end(final UdpFlow flow, final FlowCounter why) {
        unlink(flow);
        takeOut(flow);
        size--;
        used -= flow.footprint();
        counters.add(why, 1);
        final FlowRecord record = records.emit(flow, sink);
        if (news != null) {
            news.onEnded(record);
        }
        counters.add(FlowCounter.REDACTED_VALUES, flow.redactedValues());
        counters.add(FlowCounter.REDACTED_BYTES, flow.redactedBytes());
    }

    @SuppressWarnings("ReferenceEquality") // This flow is meant, not one with its addresses.
    private void takeOut(final UdpFlow flow) {
        final int bucket = flow.hash & buckets.length - 1;
        UdpFlow before = buckets[bucket];
        if (before == flow) {
            buckets[bucket] = flow.nextInBucket;
            return;
        }
        while (before != null && before.nextInBucket != flow) {
            before = before.nextInBucket;
        }
        if (before != null) {
            before.nextInBucket = flow.nextInBucket;
        }
    }

    private void append(final UdpFlow flow) {
        flow.older = youngest;
        flow.younger = null;
        if (youngest == null) {
            oldest = flow;
        } else {
            youngest.younger = flow;
        }
        youngest = flow;
    }

    private void unlink(final UdpFlow flow) {
        if (flow.older == null) {
            oldest = flow.younger;
        } else {
            flow.older.younger = flow.younger;
        }
        if (flow.younger == null) {
            youngest = flow.older;
        } else {
            flow.younger.older = flow.older;
        }
    }
}
