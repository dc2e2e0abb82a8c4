package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.UdpObserver;
import io.tcpreplayj.replay.udp.LiveDatagrams;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way of captured datagrams from the thread that assembles conversations to the one that replays them, as {@link LiveQueue}
 * is that of rows: the capture never waits, nothing is allocated for a datagram, and where there is no room for one its
 * conversation is given up.
 */
final class LiveUdpQueue implements UdpObserver, LiveDatagrams {
    private static final int OPENED = 1;
    private static final int CLIENT = 2;
    private static final int SERVER = 3;
    private static final int LOST = 4;
    private static final int ENDED = 5;

    private static final int FLOW = 0;
    private static final int TIME_NS = 8;
    private static final int LENGTH = 16;
    /** Of the client's datagrams the gate, of the server's the length of the head. */
    private static final int COUNT = 20;

    private static final int CLIENT_BYTES = 24;
    private static final int DIGEST = 24;
    private static final int HEAD = 32;
    /** Header and question of a DNS message: 12 octets, a name of 255, type and class (RFC 1035 2.3.4, 4.1). */
    private static final int MOST_HEAD = 271;

    private static final int SIZE = 16 << 20;
    private static final LiveDrop[] DROPS = LiveDrop.values();

    /** A message without bytes. */
    private record Note(int type, long flow, int reason) {}

    private final CapturedFlows flows;
    private final MessageRing ring = new MessageRing(SIZE);
    private final Queue<OpenFlow> opened = new ConcurrentLinkedQueue<>();
    /** What there was no room for yet, and must be told. */
    private final Deque<Note> untold = new ArrayDeque<>();

    private volatile boolean refusing;
    private volatile boolean closed;
    private volatile boolean finished;
    private final MessageRing.Handler handler = this::onMessage;
    private @Nullable Reader reader;

    /** @param rules why a conversation is not to be replayed, or null */
    LiveUdpQueue(final Function<OpenFlow, FlowRecord.@Nullable SkipReason> rules) {
        flows = new CapturedFlows(rules);
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
        if (!untold.isEmpty() || ring.claim(OPENED, TIME_NS) == MessageRing.NO_ROOM) {
            return flows.drop(flow.id(), LiveDrop.QUEUE_FULL);
        }
        opened.add(flow);
        ring.commit();
        flows.pass(flow.id());
        return true;
    }

    @Override
    public void onClient(
            final long flow,
            final long timeNs,
            final int gate,
            final ByteBuffer buffer,
            final int offset,
            final int length) {
        final int at = claim(CLIENT, flow, CLIENT_BYTES + length);
        if (at >= 0) {
            put(at, flow, timeNs, length, gate);
            ring.buffer().put(at + CLIENT_BYTES, buffer, offset, length);
            ring.commit();
        }
    }

    @Override
    public void onServer(
            final long flow,
            final long timeNs,
            final int length,
            final long digest,
            final ByteBuffer buffer,
            final int offset,
            final int caplen) {
        final int head = Math.min(caplen, MOST_HEAD);
        final int at = claim(SERVER, flow, HEAD + head);
        if (at >= 0) {
            put(at, flow, timeNs, length, head);
            ring.buffer().putLong(at + DIGEST, digest).put(at + HEAD, buffer, offset, head);
            ring.commit();
        }
    }

    /** Room for a datagram; negative where there is none, and its conversation is lost, or was not wanted. */
    private int claim(final int type, final long flow, final int length) {
        tellUntold();
        if (!flows.isPassed(flow)) {
            return MessageRing.NO_ROOM;
        }
        final int at = ring.claim(type, length);
        if (at == MessageRing.NO_ROOM) {
            lose(flow, LiveDrop.QUEUE_FULL);
        }
        return at;
    }

    private void put(final int at, final long flow, final long timeNs, final int length, final int count) {
        final ByteBuffer to = ring.buffer();
        to.putLong(at + FLOW, flow).putLong(at + TIME_NS, timeNs);
        to.putInt(at + LENGTH, length).putInt(at + COUNT, count);
    }

    @Override
    public void onLost(final long flow) {
        tellUntold();
        if (flows.isPassed(flow)) {
            lose(flow, LiveDrop.CAPTURE_GAP);
        }
    }

    /** The other end counts it. */
    private void lose(final long flow, final LiveDrop reason) {
        flows.lose(flow);
        tell(new Note(LOST, flow, reason.ordinal()));
    }

    @Override
    public void onEnded(final FlowRecord flow) {
        tellUntold();
        if (flows.ends(flow)) {
            tell(new Note(ENDED, flow.id(), 0));
        }
    }

    private void tell(final Note note) {
        if (!untold.isEmpty() || !isTold(note)) {
            untold.add(note);
        }
    }

    private void tellUntold() {
        while (!untold.isEmpty() && isTold(untold.element())) {
            untold.remove();
        }
    }

    private boolean isTold(final Note note) {
        final int at = ring.claim(note.type(), CLIENT_BYTES);
        if (at == MessageRing.NO_ROOM) {
            return false;
        }
        put(at, note.flow(), 0, 0, note.reason());
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

    @Override
    public void refuse() {
        refusing = true;
    }

    /** Nothing is read any more. */
    void close() {
        refusing = true;
        closed = true;
    }

    @Override
    public boolean isDrained() {
        return finished && ring.isEmpty();
    }

    @Override
    public int read(final Reader to, final int most) {
        reader = to;
        return ring.read(handler, most);
    }

    private void onMessage(final int type, final ByteBuffer from, final int at) {
        final Reader to = reader;
        if (to == null) {
            return;
        }
        if (type == OPENED) {
            to.onOpened(opened.remove());
            return;
        }
        final long flow = from.getLong(at + FLOW);
        final long timeNs = from.getLong(at + TIME_NS);
        final int length = from.getInt(at + LENGTH);
        final int count = from.getInt(at + COUNT);
        switch (type) {
            case CLIENT -> to.onClient(flow, timeNs, count, from, at + CLIENT_BYTES, length);
            case SERVER -> to.onServer(flow, timeNs, length, from.getLong(at + DIGEST), from, at + HEAD, count);
            case LOST -> to.onLost(flow, DROPS[count]);
            case ENDED -> to.onEnded(flow);
            default -> throw new IllegalStateException("message of type " + type);
        }
    }

    /** What became of them on this side; once both threads are done with the queue. */
    CapturedFlows flows() {
        return flows;
    }
}
