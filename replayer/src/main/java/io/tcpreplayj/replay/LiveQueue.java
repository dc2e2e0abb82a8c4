package io.tcpreplayj.replay;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.UdpObserver;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way of what is captured from the thread that assembles flows to the one that replays them; the capture never waits for
 * it. Where there is no room for a row its flow is given up whole, since half a flow is of no use. Rows are copied into the
 * ring, so nothing is allocated for them.
 */
final class LiveQueue implements FlowObserver {
    private static final int OPENED = 1;
    private static final int ROW = 2;
    private static final int ANSWER = 3;
    private static final int LOST = 4;
    private static final int ENDED = 5;

    private static final int FLOW = 0;
    private static final int REST = 8;
    private static final int RESPONSE_BYTES = 8;
    private static final int FIRST_NS = 16;
    private static final int LAST_NS = 24;
    private static final int DIGEST = 32;
    private static final int HEAD_LENGTH = 40;
    private static final int HEAD = 44;

    /** About what is kept of a flow that opens and of one that ends, by row and exchange. */
    private static final int OPENED_BYTES = 512;

    private static final long ENDED_BYTES = 1_024;
    private static final long ROW_BYTES = 40;
    private static final long EXCHANGE_BYTES = 256;

    private static final int LEAST_BYTES = 1 << 20;
    private static final int MOST_BYTES = 1 << 29;

    /** The other end; on the replay's thread. */
    interface Reader {
        void onOpened(OpenFlow flow);

        void onRow(long flow, ClientRow row);

        void onAnswer(long flow, long responseBytes, long firstNs, long lastNs, long digest, byte[] head);

        void onLost(long flow, LiveDrop reason);

        void onEnded(FlowRecord flow);
    }

    private final CapturedFlows flows;
    private final @Nullable UdpObserver udp;
    private final MessageRing ring;
    /** A flow's beginning and its end, each with a message in the ring that says so. */
    private final Queue<Object> objects = new ConcurrentLinkedQueue<>();

    /** What there was no room for yet, and must be told: a loss as {@link Lost}, an end as its record. */
    private final Deque<Object> untold = new ArrayDeque<>();

    private volatile boolean refusing;
    private volatile boolean closed;
    private volatile boolean finished;

    private final ClientRow row = new ClientRow();
    private final MessageRing.Handler handler = this::onMessage;
    private @Nullable Reader reader;

    private record Lost(long flow, LiveDrop reason) {}

    /**
     * @param bytes about so many at most are on their way
     * @param rules why a flow is not to be replayed, or null
     * @param udp who is told of UDP conversations, or null
     */
    LiveQueue(
            final long bytes,
            final Function<OpenFlow, FlowRecord.@Nullable SkipReason> rules,
            final @Nullable UdpObserver udp) {
        flows = new CapturedFlows(rules);
        this.udp = udp;
        final int size = Integer.highestOneBit((int) Math.max(LEAST_BYTES, Math.min(bytes, MOST_BYTES)));
        ring = new MessageRing(size);
    }

    @Override
    public boolean onOpened(final OpenFlow flow) {
        tellUntold();
        if (refusing) {
            return flows.drop(flow.id(), LiveDrop.STOPPED);
        }
        if (!flows.wants(flow)) {
            return false;
        }
        if (!tell(OPENED, flow.id(), flow, OPENED_BYTES)) {
            return flows.drop(flow.id(), LiveDrop.QUEUE_FULL);
        }
        flows.pass(flow.id());
        return true;
    }

    @Override
    public void onRow(final long flow, final ClientRow next) {
        tellUntold();
        if (!flows.isPassed(flow)) {
            return;
        }
        final int at = ring.claim(ROW, REST + next.writtenLength());
        if (at == MessageRing.NO_ROOM) {
            lose(flow, LiveDrop.QUEUE_FULL);
            return;
        }
        ring.buffer().putLong(at + FLOW, flow);
        next.write(ring.buffer(), at + REST);
        ring.commit();
    }

    @Override
    public void onAnswer(
            final long flow,
            final int exchange,
            final long responseBytes,
            final long firstResponseNs,
            final long lastResponseNs,
            final long digest,
            final byte[] head) {
        tellUntold();
        if (!flows.isPassed(flow)) {
            return;
        }
        final int at = ring.claim(ANSWER, HEAD + head.length);
        if (at == MessageRing.NO_ROOM) {
            lose(flow, LiveDrop.QUEUE_FULL);
            return;
        }
        final ByteBuffer to = ring.buffer();
        to.putLong(at + FLOW, flow);
        to.putLong(at + RESPONSE_BYTES, responseBytes);
        to.putLong(at + FIRST_NS, firstResponseNs);
        to.putLong(at + LAST_NS, lastResponseNs);
        to.putLong(at + DIGEST, digest);
        to.putInt(at + HEAD_LENGTH, head.length);
        to.put(at + HEAD, head);
        ring.commit();
    }

    @Override
    public void onLost(final long flow, final FlowRecord.SkipReason reason) {
        tellUntold();
        if (flows.isPassed(flow)) {
            lose(flow, LiveDrop.CAPTURE_GAP);
        }
    }

    /** The other end counts it. */
    private void lose(final long flow, final LiveDrop reason) {
        flows.lose(flow);
        final Lost lost = new Lost(flow, reason);
        if (!untold.isEmpty() || !tell(LOST, flow, lost, 0)) {
            untold.add(lost);
        }
    }

    @Override
    public void onEnded(final FlowRecord flow) {
        tellUntold();
        if (flows.ends(flow) && (!untold.isEmpty() || !tell(ENDED, flow.id(), flow, heldBytes(flow)))) {
            untold.add(flow);
        }
    }

    @Override
    public @Nullable UdpObserver udp() {
        return udp;
    }

    private void tellUntold() {
        while (!untold.isEmpty()) {
            final Object next = untold.element();
            final boolean told = next instanceof Lost lost
                    ? tell(LOST, lost.flow(), lost, 0)
                    : tell(ENDED, ((FlowRecord) next).id(), next, heldBytes((FlowRecord) next));
            if (!told) {
                return;
            }
            untold.remove();
        }
    }

    /** About what the record takes in memory, as far as the ring has room for such sums. */
    private static int heldBytes(final FlowRecord flow) {
        final long bytes = ENDED_BYTES
                + flow.events().size() * ROW_BYTES
                + flow.exchanges().size() * EXCHANGE_BYTES;
        return (int) Math.min(bytes, LEAST_BYTES / 8);
    }

    /** @param bytes that {@code what} takes: it is kept beside the ring, but they take their room in it */
    private boolean tell(final int type, final long flow, final Object what, final int bytes) {
        final int at = ring.claim(type, REST + bytes);
        if (at == MessageRing.NO_ROOM) {
            return false;
        }
        objects.add(what);
        ring.buffer().putLong(at + FLOW, flow);
        ring.commit();
        return true;
    }

    /** The capture is over: nothing more will be told but what there was no room for yet. */
    void finish() {
        while (!untold.isEmpty() && !closed) {
            tellUntold();
            Thread.onSpinWait();
        }
        finished = true;
    }

    /** Flows that open from now on are not passed on. On the replay's thread, as the rest. */
    void refuse() {
        refusing = true;
    }

    /** Nothing is read any more. */
    void close() {
        refusing = true;
        closed = true;
    }

    /** Nothing is on its way, nor will be. */
    boolean isDrained() {
        return finished && ring.isEmpty();
    }

    /** Hands over what came, {@code most} pieces at most, and returns how many those were. */
    int read(final Reader to, final int most) {
        reader = to;
        return ring.read(handler, most);
    }

    private void onMessage(final int type, final ByteBuffer from, final int at) {
        final Reader to = reader;
        if (to == null) {
            return;
        }
        final long flow = from.getLong(at + FLOW);
        switch (type) {
            case OPENED -> to.onOpened((OpenFlow) objects.remove());
            case ROW -> {
                row.read(from, at + REST);
                to.onRow(flow, row);
            }
            case ANSWER -> {
                final byte[] head = new byte[from.getInt(at + HEAD_LENGTH)];
                from.get(at + HEAD, head);
                to.onAnswer(
                        flow,
                        from.getLong(at + RESPONSE_BYTES),
                        from.getLong(at + FIRST_NS),
                        from.getLong(at + LAST_NS),
                        from.getLong(at + DIGEST),
                        head);
            }
            case LOST -> to.onLost(flow, ((Lost) objects.remove()).reason());
            case ENDED -> to.onEnded((FlowRecord) objects.remove());
            default -> throw new IllegalStateException("message of type " + type);
        }
    }

    /** What became of them on this side; once both threads are done with the queue. */
    CapturedFlows flows() {
        return flows;
    }
}
