package io.tcpreplayj.faultlab;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A TCP frame on its way through the bridge, with what the faults decided about it so far; one instance is reused. */
public final class Passing {
    /** A frame that the bridge itself sends. */
    record Injected(Way way, byte[] frame) {}

    private final ByteBuffer buffer = ByteBuffer.allocate(FaultBridge.LONGEST_FRAME);
    private final PacketView view = new PacketView();
    private final List<Injected> injected = new ArrayList<>();
    private final StringBuilder fate = new StringBuilder();
    private Way way = Way.FROM_CLIENT;
    private FlowOnTheLine.Side side = new FlowOnTheLine(FaultPlan.seeded(0), 0).side(way);
    private int length;
    private long nowNs;
    private long delayNs;
    private int copies;

    /** Takes a frame into this one's own buffer, where it may be changed. */
    void load(final ByteBuffer source, final int offset, final int frameLength) {
        buffer.put(0, source, offset, frameLength);
        length = frameLength;
    }

    void begin(final Way towards, final FlowOnTheLine.Side state, final long atNs) {
        way = towards;
        side = state;
        nowNs = atNs;
        delayNs = 0;
        copies = 1;
        injected.clear();
        fate.setLength(0);
    }

    /** The frame, from index 0. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** The decoded headers, as they came. */
    public PacketView view() {
        return view;
    }

    public Way way() {
        return way;
    }

    public int length() {
        return length;
    }

    public long nowNs() {
        return nowNs;
    }

    public SplittableRandom random() {
        return side.random;
    }

    /** Of its flow in its direction, from 1. */
    public long number() {
        return side.packets;
    }

    /** Where in the stream the payload ends, from 0; meaningless before a SYN. */
    public long streamEnd() {
        return (view.segSeq() - side.isn - 1 + view.payloadLength()) & 0xffff_ffffL;
    }

    public boolean lost() {
        return copies == 0;
    }

    /** Lets it vanish. */
    public void lose(final String why) {
        copies = 0;
        note("lost", why);
    }

    /** Lets it arrive once more. */
    public void duplicate() {
        if (copies > 0) {
            copies++;
            note("duplicated", "");
        }
    }

    /** Lets it arrive later than it would. */
    public void delay(final long ns, final String why) {
        delayNs += ns;
        note("late by " + ns / 1000 + " us", why);
    }

    /** Cuts the end off. */
    public void truncate(final int newLength) {
        length = newLength;
        note("cut", "to " + newLength);
    }

    /** Says that the bytes in {@link #buffer()} were changed. */
    public void changed(final String how) {
        note("changed", how);
    }

    /** Lets the bridge send a frame of its own. */
    public void inject(final Way towards, final byte[] frame, final String what) {
        injected.add(new Injected(towards, frame));
        note("injected", what);
    }

    private void note(final String what, final String why) {
        fate.append(fate.length() == 0 ? "" : "; ").append(what);
        if (!why.isEmpty()) {
            fate.append(": ").append(why);
        }
    }

    boolean has(final int flags) {
        return (view.segFlags() & flags) == flags;
    }

    boolean isBareAck() {
        return view.payloadLength() == 0
                && (view.segFlags() & (TcpFlags.SYN | TcpFlags.FIN | TcpFlags.RST | TcpFlags.ACK)) == TcpFlags.ACK;
    }

    long delayNs() {
        return delayNs;
    }

    int copies() {
        return copies;
    }

    List<Injected> injected() {
        return injected;
    }

    /** What happened to it, in words; empty when nothing did. */
    String fate() {
        return fate.toString();
    }
}
