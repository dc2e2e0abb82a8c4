package io.tcpreplayj.cli;

import io.tcpreplayj.faultlab.Passing;
import io.tcpreplayj.faultlab.Way;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Somebody beside the line who looks at each packet of the connections to one port, and changes none. */
final class LineWatch {
    private static final int CONGESTION_BITS = TcpFlags.ECE | TcpFlags.CWR;

    /** What one end of a connection sent. */
    private static final class Sent {
        private int isn;
        private long bytes;
        /** When the last of it was seen. */
        private long atNs;

        private long acked;
    }

    /** What all connections sent in one direction. */
    private static final class Direction {
        private long capable;
        private long notices;
        private long mostInFlight;
    }

    private final Map<Integer, Sent[]> connections = new HashMap<>();
    private final Direction[] directions = {new Direction(), new Direction()};
    private final List<Long> ackDelaysNs = new ArrayList<>();
    private final long settledBytes;

    /** @param settledBytes of a stream, before which nobody asks how much is in flight */
    LineWatch(final long settledBytes) {
        this.settledBytes = settledBytes;
    }

    /** A fault that does no harm. */
    synchronized void look(final Passing frame) {
        final PacketView view = frame.view();
        final boolean fromClient = frame.way() == Way.FROM_CLIENT;
        final Sent[] ends = connections.computeIfAbsent(
                fromClient ? view.sourcePort() : view.destinationPort(), port -> new Sent[] {new Sent(), new Sent()});
        final Sent own = ends[fromClient ? 0 : 1];
        if (view.hasFlag(TcpFlags.SYN)) {
            own.isn = view.segSeq();
        }
        final Direction direction = directions[frame.way().ordinal()];
        direction.capable += view.ecn() == 0 ? 0 : 1;
        direction.notices += (view.segFlags() & CONGESTION_BITS) == 0 ? 0 : 1;
        if (view.hasFlag(TcpFlags.ACK)) {
            acknowledges(ends[fromClient ? 1 : 0], view, frame.nowNs(), fromClient);
        }
        if (view.payloadLength() > 0) {
            own.bytes = Math.max(own.bytes, frame.streamEnd());
            own.atNs = frame.nowNs();
            if (own.bytes > settledBytes) {
                direction.mostInFlight = Math.max(direction.mostInFlight, own.bytes - own.acked);
            }
        }
    }

    private void acknowledges(final Sent other, final PacketView view, final long nowNs, final boolean fromClient) {
        final long acked = (view.segAck() - other.isn - 1) & 0xffff_ffffL;
        if (acked > other.acked) {
            other.acked = acked;
            if (fromClient && acked == other.bytes) {
                ackDelaysNs.add(nowNs - other.atNs);
            }
        }
    }

    /** Packets whose sender says that they may be marked. */
    synchronized long capable(final Way way) {
        return directions[way.ordinal()].capable;
    }

    /** Packets with ECE or CWR. */
    synchronized long notices(final Way way) {
        return directions[way.ordinal()].notices;
    }

    /** The most that had been seen of a stream, and no acknowledgement of it. */
    synchronized long mostInFlight(final Way way) {
        return directions[way.ordinal()].mostInFlight;
    }

    /** How long clients took to acknowledge the last that had come, in order of length. */
    synchronized List<Long> ackDelaysNs() {
        return ackDelaysNs.stream().sorted().toList();
    }
}
