package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Seq;
import io.tcpreplayj.packet.TcpFlags;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a flow: where each segment lies in the stream, which bytes were seen, and the bytes themselves in
 * order.
 *
 * <p>Positions are 64 bits wide and signed; 0 is the sequence number after {@link #base}. They become offsets in the
 * stream by subtracting {@link #startPosition()}, which may be known at the end only.
 */
final class StreamAssembler {
    /** In place of a position: the segment had no ACK. */
    static final long NO_ACK = Long.MIN_VALUE;

    private static final long NONE = Long.MIN_VALUE;

    /** A hole that the other end acknowledged was lost by the capture, not by the network; wait no longer than this. */
    private static final int ACKED_HOLE_PATIENCE = 256 << 10;

    /** More than a receive window of Linux's default maximum (tcp_rmem: 6 MiB) is never in flight for long. */
    private static final int HELD_LIMIT = 8 << 20;

    private static final int HELD_LIMIT_SHORT = 64 << 10;

    /** Keeps the cost of putting a piece in its place bounded, whatever a capture holds. */
    private static final int HELD_PIECES_LIMIT = 8 << 10;

    /**
     * Without a SYN, so much is held back before the least position seen is taken for the start of the stream, unless the other
     * end has acknowledged that: whatever was before it had arrived by then.
     */
    private static final int START_PATIENCE = 16 << 10;

    /** The sequence number before position 0: the ISN, or a guess as tshark makes it. */
    private final int base;

    private final LastSegment last = new LastSegment();

    private long near;
    private boolean placed;
    private long start = NONE;
    private long next = NONE;
    private long fin = NONE;
    private boolean reset;
    private boolean late;
    private long packets;
    private long duplicates;
    private long conflicts;
    private long ackPosition = NO_ACK;
    private int ackGreatest;
    private @Nullable Coverage covered;
    private @Nullable HeldSegments held;

    StreamAssembler(final int base) {
        this.base = base;
    }

    /** The segment's flags and urgent pointer in one int: {@link ClientEvents#PSH}, {@link ClientEvents#URG}, pointer << 8. */
    private static int control(final PacketView view, final int skipped, final boolean isLast) {
        int control = isLast && view.hasFlag(TcpFlags.PSH) ? ClientEvents.PSH : 0;
        if (view.hasFlag(TcpFlags.URG) && view.segUp() > skipped) {
            control |= ClientEvents.URG | (view.segUp() - skipped) << 8;
        }
        return control;
    }

    /** Counts and places a segment of this direction; its bytes are held until {@link #deliver}. */
    void onSegment(
            final PacketView view,
            final long timeNs,
            final @Nullable StreamAssembler other,
            final HeldPool pool,
            final FlowCounters counters) {
        final boolean repeated = last.isRepeatedBy(view);
        packets++;
        final boolean isReset = view.hasFlag(TcpFlags.RST);
        final long ack = isReset ? NO_ACK : noteAck(view, other);
        final int length = view.payloadLength();
        counters.add(FlowCounter.PAYLOAD_BYTES, length);
        if (isReset) {
            reset = true;
            counters.add(FlowCounter.RESET_BYTES, length);
            if (length == 0) {
                duplicates += repeated ? 1 : 0;
                // The number of a bare RST may be anything that is acceptable, or 0 (RFC 9293 3.10.7.1).
                return;
            }
        }
        long position = place(view.segSeq());
        boolean brings = false;
        if (view.hasFlag(TcpFlags.SYN)) {
            position++;
            // A SYN behind bytes that were seen is another connection's or a lie; theirs is not known.
            if (start == NONE && (covered == null || position <= covered.first())) {
                start = position;
                brings = true;
            }
        }
        if (length > 0 && !isReset) {
            brings |= onPayload(view, position, timeNs, ack, pool, counters) > 0;
        }
        if (view.hasFlag(TcpFlags.FIN) && position + length > fin) {
            fin = position + length;
            brings = true;
        }
        if (!brings && (repeated || view.segLen() > 0)) {
            duplicates++;
        }
    }

    private long noteAck(final PacketView view, final @Nullable StreamAssembler other) {
        if (other == null || !view.hasFlag(TcpFlags.ACK)) {
            return NO_ACK;
        }
        final long position = ackPosition(view, other);
        if (ackPosition == NO_ACK || Seq.gt(view.segAck(), ackGreatest)) {
            ackGreatest = view.segAck();
            ackPosition = position;
        }
        return position;
    }

    private long place(final int seq) {
        final long position = Seq.unwrap(seq, base + 1, near);
        if (!placed || position > near) {
            placed = true;
            near = position;
        }
        return position;
    }

    private long onPayload(
            final PacketView view,
            final long segmentPosition,
            final long timeNs,
            final long ack,
            final HeldPool pool,
            final FlowCounters counters) {
        final long end = segmentPosition + view.payloadLength();
        final long from = start != NONE && segmentPosition < start ? Math.min(start, end) : segmentPosition;
        counters.add(FlowCounter.BELOW_START_BYTES, from - segmentPosition);
        if (from == end) {
            return 0;
        }
        if (covered == null) {
            covered = new Coverage();
        }
        final long capturedEnd = segmentPosition + view.payloadCaplen();
        if (capturedEnd == end && covered.append(from, end)) {
            hold(view, segmentPosition, from, end, timeNs, ack, pool, counters);
            counters.add(FlowCounter.NEW_BYTES, end - from);
            return end - from;
        }
        covered.expect(capturedEnd, end, counters);
        if (capturedEnd > from) {
            holdMissing(view, segmentPosition, from, capturedEnd, covered.held(), timeNs, ack, pool, counters);
        }
        final long fresh = covered.add(from, capturedEnd, end, pool);
        counters.add(FlowCounter.NEW_BYTES, fresh);
        counters.add(FlowCounter.REPEATED_BYTES, end - from - fresh);
        return fresh;
    }

    /** Holds the parts of {@code [from, to)} that were not there before; the first copy wins. */
    private void holdMissing(
            final PacketView view,
            final long segmentPosition,
            final long from,
            final long to,
            final Ranges have,
            final long timeNs,
            final long ack,
            final HeldPool pool,
            final FlowCounters counters) {
        long position = from;
        while (position < to) {
            final long missing = have.nextMissing(position, to);
            if (missing > position && held != null) {
                conflicts += held.countDifferent(
                        position, view.buffer(), view.payloadOffset() + (int) (position - segmentPosition), (int)
                                (missing - position));
            }
            position = have.nextCovered(missing, to);
            if (position > missing) {
                hold(view, segmentPosition, missing, position, timeNs, ack, pool, counters);
            }
        }
    }

    /** Holds the bytes {@code [from, to)} of a segment, unless those behind them went by. */
    private void hold(
            final PacketView view,
            final long segmentPosition,
            final long from,
            final long to,
            final long timeNs,
            final long ack,
            final HeldPool pool,
            final FlowCounters counters) {
        final int length = (int) (to - from);
        if (next != NONE && from < next) {
            late = true;
            counters.add(FlowCounter.LATE_BYTES, length);
            return;
        }
        if (held == null) {
            held = pool.take();
        }
        final int skipped = (int) (from - segmentPosition);
        final boolean isLast = to == segmentPosition + view.payloadLength();
        final int footprint = held.footprint();
        held.insert(
                from,
                view.buffer(),
                pool.lenderOf(view.buffer()),
                view.payloadOffset() + skipped,
                length,
                timeNs,
                ack,
                control(view, skipped, isLast),
                length == view.payloadCaplen() ? view.payloadDigest() : PacketView.NO_DIGEST);
        pool.heldGrew(held.footprint() - footprint);
    }

    /**
     * Hands over what is in order and lies below {@code limit}.
     *
     * @param acked position up to which the other end has acknowledged
     */
    void deliver(final StreamConsumer consumer, final long limit, final long acked, final HeldPool pool) {
        if (held == null || !settle(acked, pool)) {
            return;
        }
        while (held != null) {
            final long position = held.headPosition();
            final int mayHold = start == NONE || pool.overBudget() ? HELD_LIMIT_SHORT : HELD_LIMIT;
            final boolean tooMuch = held.heldBytes() > mayHold || held.pieces() > HELD_PIECES_LIMIT;
            if (position > next) {
                final boolean isLost = acked > next && held.heldBytes() > ACKED_HOLE_PATIENCE;
                if (!isLost && !tooMuch && !(covered != null && covered.isCut(next, position))) {
                    return;
                }
                consumer.onGap(next, position);
                next = position;
            }
            if (position >= limit && !tooMuch) {
                return;
            }
            final long end = position + held.headLength();
            take(consumer, tooMuch ? held.headLength() : (int) (Math.min(end, limit) - position), pool);
        }
    }

    /** Hands over all that is left, and the holes. */
    void deliverAll(final StreamConsumer consumer, final HeldPool pool) {
        if (covered == null) {
            return;
        }
        if (next == NONE) {
            next = startPosition();
        }
        while (held != null) {
            final long position = held.headPosition();
            if (position > next) {
                consumer.onGap(next, position);
                next = position;
            }
            take(consumer, held.headLength(), pool);
        }
        final long end = Math.max(covered.end(), fin);
        if (end > next) {
            consumer.onGap(next, end);
            next = end;
        }
    }

    private void take(final StreamConsumer consumer, final int length, final HeldPool pool) {
        final HeldSegments from = held;
        if (from == null) {
            return;
        }
        final boolean isWhole = length == from.headLength();
        consumer.onBytes(
                from.headPosition(),
                from.headBytes(),
                from.headDataAt(),
                length,
                from.headTimeNs(),
                from.headAck(),
                from.headControl(),
                isWhole ? from.headDigest() : PacketView.NO_DIGEST);
        next = from.headPosition() + length;
        from.dropFront(length);
        if (from.isEmpty()) {
            pool.release(from);
            held = null;
        }
    }

    /** Whether it is known where the stream begins. */
    private boolean settle(final long acked, final HeldPool pool) {
        if (next != NONE) {
            return true;
        }
        final boolean isKnown = start != NONE || acked > startPosition();
        if (!isKnown && (held == null || (held.heldBytes() < START_PATIENCE && !pool.overBudget()))) {
            return false;
        }
        next = startPosition();
        return true;
    }

    /** Counts bytes that came again with other content than {@code kept}, the bytes from {@code first} on. */
    void countConflicts(final PacketView view, final byte[] kept, final int keptLength, final long first) {
        final ByteBuffer buffer = view.buffer();
        long position = position(view);
        int offset = view.payloadOffset();
        final long to = Math.min(position + view.payloadCaplen(), first + keptLength);
        if (position < first) {
            offset += (int) Math.min(first - position, view.payloadCaplen());
            position = first;
        }
        for (; position < to; position++, offset++) {
            if (buffer.get(offset) != kept[(int) (position - first)]) {
                conflicts++;
            }
        }
    }

    /** Position of the segment's first byte of payload. */
    long position(final PacketView view) {
        return Seq.unwrap(view.segSeq(), base + 1, near) + (view.hasFlag(TcpFlags.SYN) ? 1 : 0);
    }

    /** Position of the stream's first byte; without a SYN of the first byte seen. */
    long startPosition() {
        if (start != NONE) {
            return start;
        }
        return covered == null ? 0 : covered.first();
    }

    /** One past the last byte seen. */
    long endPosition() {
        return covered == null ? startPosition() : covered.end();
    }

    /** One past the last byte that is known to have been sent: seen, before the FIN, or acknowledged. */
    long sentPosition(final @Nullable StreamAssembler other) {
        return Math.max(Math.max(endPosition(), fin), endPosition() + unseenBytes(other));
    }

    long unseenBytes(final @Nullable StreamAssembler other) {
        final boolean isPlaced = covered != null || start != NONE;
        if (other == null || other.ackPosition == NO_ACK || !isPlaced) {
            return 0;
        }
        final long end = endPosition();
        final long unseen = Seq.unwrap(other.ackGreatest, base + 1, end) - end - (fin == NONE ? 0 : 1);
        return unseen < 1L << 30 ? Math.max(unseen, 0) : 0;
    }

    long gapBytes() {
        if (covered == null) {
            return start != NONE && fin > start ? fin - start : 0;
        }
        return Math.max(covered.end(), fin) - Math.min(startPosition(), covered.first()) - covered.count();
    }

    StreamSummary summary(final @Nullable StreamAssembler other, final long digest, final @Nullable String sha256) {
        final long bytes = covered == null ? 0 : covered.count();
        return new StreamSummary(
                packets,
                duplicates,
                bytes,
                gapBytes(),
                unseenBytes(other),
                covered == null ? 0 : covered.capturedCount(),
                conflicts,
                digest,
                sha256);
    }

    /** The latest capture time of a byte held before {@code position}, at least {@code floorNs}. */
    long latestHeldBefore(final long position, final long floorNs) {
        return held == null ? floorNs : held.latestBefore(position, floorNs);
    }

    boolean isWhole() {
        return gapBytes() == 0 && !isTruncated() && !late;
    }

    /** Every byte seen could be put in its place. */
    boolean isInOrder() {
        return !late;
    }

    boolean isTruncated() {
        return covered != null && covered.isTruncated();
    }

    boolean holdsNothing() {
        return held == null;
    }

    long packets() {
        return packets;
    }

    int base() {
        return base;
    }

    boolean hasSyn() {
        return start != NONE;
    }

    boolean hasFin() {
        return fin != NONE;
    }

    /** Position of the FIN. */
    long finPosition() {
        return fin;
    }

    boolean hasReset() {
        return reset;
    }

    /** The greatest position of the other direction that this one acknowledged. */
    long ackPosition() {
        return ackPosition;
    }

    /** Position of the other direction that a segment acknowledges. */
    long ackPosition(final PacketView view, final StreamAssembler other) {
        return view.hasFlag(TcpFlags.ACK)
                ? Seq.unwrap(view.segAck(), other.base + 1, ackPosition == NO_ACK ? other.near : ackPosition)
                : NO_ACK;
    }

    /** Bytes held are written too, and their memory goes back to the pool. */
    void freeze(final StateBuffer state, final HeldPool pool) {
        state.putInt(base);
        state.putLong(near);
        state.putBoolean(placed);
        state.putLong(start);
        state.putLong(next);
        state.putLong(fin);
        state.putBoolean(reset);
        state.putBoolean(late);
        state.putLong(packets);
        state.putLong(duplicates);
        state.putLong(conflicts);
        state.putLong(ackPosition);
        state.putInt(ackGreatest);
        last.freeze(state);
        state.putBoolean(covered != null);
        if (covered != null) {
            covered.freeze(state);
        }
        forget(pool);
        pool.freeze(held, state);
        held = null;
    }

    /** Nothing is asked of the stream any more: gives back what its coverage took. */
    void forget(final HeldPool pool) {
        if (covered != null) {
            covered.release(pool);
            covered = null;
        }
    }

    static StreamAssembler thaw(final StateBuffer state, final HeldPool pool) {
        final StreamAssembler stream = new StreamAssembler(state.getInt());
        stream.near = state.getLong();
        stream.placed = state.getBoolean();
        stream.start = state.getLong();
        stream.next = state.getLong();
        stream.fin = state.getLong();
        stream.reset = state.getBoolean();
        stream.late = state.getBoolean();
        stream.packets = state.getLong();
        stream.duplicates = state.getLong();
        stream.conflicts = state.getLong();
        stream.ackPosition = state.getLong();
        stream.ackGreatest = state.getInt();
        stream.last.thaw(state);
        stream.covered = state.getBoolean() ? Coverage.thaw(state, pool) : null;
        stream.held = pool.thaw(state);
        return stream;
    }
}
