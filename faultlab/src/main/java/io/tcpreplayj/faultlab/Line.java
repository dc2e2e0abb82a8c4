package io.tcpreplayj.faultlab;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.PacketRing;
import io.tcpreplayj.linux.PacketSocket;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One direction of the bridge: frames that came in by one interface leave by the other. */
final class Line implements AutoCloseable {
    private static final long RING_BYTES = 64L << 20;

    private final PacketRing in;
    private final PacketSocket out;
    private final DelayedFrames delayed = new DelayedFrames();
    private long overflows;

    private Line(final PacketRing in, final PacketSocket out) {
        this.in = in;
        this.out = out;
    }

    /** Between two interfaces of the namespace that the calling thread is in. */
    static Line open(final String from, final String to) throws LinuxException {
        final PacketRing in = PacketRing.open(
                Link.byName(from),
                PacketFilter.everything(FaultBridge.LONGEST_FRAME),
                FaultBridge.LONGEST_FRAME,
                RING_BYTES);
        boolean done = false;
        try {
            final Line line = new Line(in, PacketSocket.open(Link.byName(to)));
            done = true;
            return line;
        } finally {
            if (!done) {
                in.close();
            }
        }
    }

    PacketRing in() {
        return in;
    }

    void send(final ByteBuffer frame, final int length, final long delayNs, final long nowNs) throws LinuxException {
        if (delayNs > 0) {
            delayed.add(frame, length, nowNs + delayNs);
            return;
        }
        final ByteBuffer slot = slot();
        if (slot != null) {
            slot.put(0, frame, 0, length);
            out.add(length);
        }
    }

    private @Nullable ByteBuffer slot() throws LinuxException {
        ByteBuffer slot = out.frame();
        if (slot == null) {
            out.flush();
            slot = out.frame();
        }
        if (slot == null) {
            overflows++;
        }
        return slot;
    }

    /** Sends what is due by now. */
    void flush(final long nowNs) throws LinuxException {
        for (ByteBuffer slot = slot(); slot != null; slot = slot()) {
            final int length = delayed.pollDue(nowNs, slot);
            if (length == 0) {
                break;
            }
            out.add(length);
        }
        out.flush();
    }

    long untilNextNs(final long nowNs, final long mostNs) {
        return delayed.untilNextNs(nowNs, mostNs);
    }

    /** Frames that nobody meant to lose: no room in the ring, or none behind it. */
    long overruns() throws LinuxException {
        return in.drops() + out.dropped() + overflows;
    }

    @Override
    public void close() {
        in.close();
        out.close();
    }
}
