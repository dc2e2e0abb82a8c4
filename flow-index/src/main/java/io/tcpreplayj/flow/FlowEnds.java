package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When flows are over in a capture that goes on. One that closed is handed over when it has been quiet for so long that only
 * copies could still come of it; a mark stays in its place for a while, so that those are known for what they are.
 */
final class FlowEnds {
    /**
     * After two FINs that were both acknowledged, the unseen one of the side that is not captured included. The last ACK may
     * have been lost behind the capture, and the FIN comes again: after 1 s and 2 s more by the least timeout of RFC 6298 2.4,
     * and on Linux (TCP_RTO_MIN, 200 ms) four times until then.
     */
    static final long CLOSED_QUIET_NS = 3_000_000_000L;

    /**
     * After a RST, which its receiver may find out of the window and go on (RFC 9293 3.10.7.4), and after FINs of which one
     * was not acknowledged: TIME-WAIT as Linux has it (TCP_TIMEWAIT_LEN). Also after the FIN of the one side that is captured
     * (raw sockets, routes that differ by direction), where its acknowledgements do not tell the other's FIN from bytes; and
     * how long a mark stays.
     */
    static final long TIME_WAIT_NS = 60_000_000_000L;

    /** Of flows that wait to be quiet, and of marks: more take more memory than they are worth, some 150 bytes each. */
    static final int MOST = 1 << 18;

    private static final long NOT_CLOSED = Long.MAX_VALUE;

    private final long seed0;
    private final long seed1;
    private final FlowKey key = new FlowKey();
    private final PriorityQueue<Closing> closing =
            new PriorityQueue<>(Comparator.comparingLong((Closing flow) -> flow.quietAtNs));
    /** In the order in which they were made. */
    private final Map<Mark, Mark> marks = new LinkedHashMap<>();

    FlowEnds() {
        final SecureRandom random = new SecureRandom();
        seed0 = random.nextLong() | 1;
        seed1 = random.nextLong() | 1;
    }

    /** A flow that closed, and when it will have been quiet for long enough if nothing more comes of it. */
    private static final class Closing extends TupleEntry {
        final long id;
        final long quietAtNs;

        Closing(final FlowKey key, final long id, final long quietAtNs) {
            super(key);
            this.id = id;
            this.quietAtNs = quietAtNs;
        }
    }

    /** What is left of a flow that was handed over: enough to tell its segments from the next connection's first one. */
    private static final class Mark extends TupleEntry {
        final int hash;
        boolean knowsLesser;
        boolean knowsGreater;
        int lesserBase;
        int greaterBase;
        long untilNs;

        Mark(final FlowKey key, final int hash) {
            super(key);
            this.hash = hash;
        }

        /** A SYN, unless it is the flow's own that comes again. */
        boolean isFollowedBy(final PacketView view, final boolean sentByLesser) {
            if (!view.hasFlag(TcpFlags.SYN) || view.hasFlag(TcpFlags.ACK)) {
                return false;
            }
            final boolean knows = sentByLesser ? knowsLesser : knowsGreater;
            return !knows || view.segSeq() != (sentByLesser ? lesserBase : greaterBase);
        }

        @Override
        public boolean equals(final @Nullable Object other) {
            return other instanceof Mark that && hasKeyOf(that);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** A segment of the flow was taken in. */
    void onSegment(final FlowBuilder flow) {
        if (flow.isClosing() || closing.size() >= MOST) {
            // Of too many some stay open to the end of the capture; nothing of them is lost.
            return;
        }
        if (hasClosed(flow)) {
            flow.closing(true);
            key.set(flow);
            // The least; how long it really has to be quiet is asked then, for more of its segments may come until
            // then.
            closing.add(new Closing(key, flow.id(), flow.endNs() + CLOSED_QUIET_NS));
        }
    }

    /** Whether it waits for nothing but to be quiet. */
    static boolean hasClosed(final FlowBuilder flow) {
        return quietNs(flow) != NOT_CLOSED;
    }

    /** How long the flow has to be quiet. */
    private static long quietNs(final FlowBuilder flow) {
        final StreamAssembler client = flow.client();
        final StreamAssembler server = flow.server();
        if ((client != null && client.hasReset()) || (server != null && server.hasReset())) {
            return TIME_WAIT_NS;
        }
        if (isUnseen(client) || isUnseen(server)) {
            final StreamAssembler only = isUnseen(client) ? server : client;
            if (only == null || !only.hasFin()) {
                return NOT_CLOSED;
            }
            return flow.ackedEnd() ? CLOSED_QUIET_NS : TIME_WAIT_NS;
        }
        if (client == null || server == null || !client.hasFin() || !server.hasFin()) {
            return NOT_CLOSED;
        }
        final boolean acknowledged =
                client.ackPosition() > server.finPosition() && server.ackPosition() > client.finPosition();
        return acknowledged ? CLOSED_QUIET_NS : TIME_WAIT_NS;
    }

    /** Of one that was only acknowledged there is an assembler, too. */
    private static boolean isUnseen(final @Nullable StreamAssembler side) {
        return side == null || side.packets() == 0;
    }

    /** Takes the flows that are over out of the table and hands them over. */
    void settle(final long nowNs, final FlowTable table, final Consumer<FlowBuilder> consumer) {
        for (Closing next = closing.peek(); next != null && next.quietAtNs <= nowNs; next = closing.peek()) {
            closing.remove();
            key.set(next);
            final int slot = table.find(key);
            if (slot < 0 || table.get(slot).id() != next.id) {
                // Its tuple was used again, or it was asked to wait twice.
                continue;
            }
            final FlowBuilder flow = table.get(slot);
            final long quietNs = quietNs(flow);
            if (quietNs == NOT_CLOSED) {
                // The side that had not been seen when the other one closed was late, or is still at it.
                flow.closing(false);
                continue;
            }
            final long quietAtNs = flow.endNs() + quietNs;
            if (quietAtNs > nowNs) {
                closing.add(new Closing(key, next.id, quietAtNs));
                continue;
            }
            table.remove(slot);
            mark(flow, nowNs);
            consumer.accept(flow);
        }
        forget(nowNs);
    }

    private void mark(final FlowBuilder flow, final long nowNs) {
        final Mark mark = new Mark(key, key.hash(seed0, seed1));
        final StreamAssembler lesser = flow.clientIsLesser() ? flow.client() : flow.server();
        final StreamAssembler greater = flow.clientIsLesser() ? flow.server() : flow.client();
        if (lesser != null) {
            mark.knowsLesser = true;
            mark.lesserBase = lesser.base();
        }
        if (greater != null) {
            mark.knowsGreater = true;
            mark.greaterBase = greater.base();
        }
        mark.untilNs = nowNs + TIME_WAIT_NS;
        marks.put(mark, mark);
    }

    private void forget(final long nowNs) {
        final Iterator<Mark> oldest = marks.values().iterator();
        while (oldest.hasNext() && (oldest.next().untilNs <= nowNs || marks.size() > MOST)) {
            oldest.remove();
        }
    }

    /** Whether a segment that belongs to no open flow belongs to one that was handed over. */
    boolean isLate(final PacketView view, final FlowKey of) {
        if (marks.isEmpty()) {
            return false;
        }
        final Mark asked = new Mark(of, of.hash(seed0, seed1));
        final Mark mark = marks.get(asked);
        if (mark == null) {
            return false;
        }
        if (mark.isFollowedBy(view, of.sentByLesser)) {
            marks.remove(asked);
            return false;
        }
        return true;
    }
}
