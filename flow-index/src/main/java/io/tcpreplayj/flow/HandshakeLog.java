package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;
import org.jspecify.annotations.Nullable;

/** What is seen of the three-way handshake (RFC 9293 3.5). */
final class HandshakeLog {
    private static final long NEVER = Long.MIN_VALUE;
    private static final byte[] NO_OPTIONS = {};

    private byte[] synOptions = NO_OPTIONS;
    private int synWindow;
    private long synNs = NEVER;
    private long synAckNs = NEVER;
    private long ackNs = NEVER;
    private boolean ackIsBare;
    private @Nullable ClientHeaders headers;
    private byte windowShift;

    void onClientSegment(final PacketView view, final long timeNs) {
        if (view.isCopy()) {
            return;
        }
        if (headers == null || (view.hasFlag(TcpFlags.SYN) && synNs == NEVER)) {
            final int iss = view.hasFlag(TcpFlags.SYN) ? view.segSeq() : view.segSeq() - 1;
            headers = new ClientHeaders(iss, view.dscp(), view.hopLimit());
        }
        if (view.hasFlag(TcpFlags.SYN)) {
            if (synNs == NEVER) {
                synOptions = new byte[view.optionsLength()];
                view.buffer().get(view.optionsOffset(), synOptions);
                synWindow = view.segWnd();
                windowShift = (byte) Math.max(0, windowShiftIn(view));
            }
            // Of several that were sent the last one before the answer is taken to be the one that was answered.
            if (synAckNs == NEVER || synNs == NEVER) {
                synNs = timeNs;
            }
        } else if (ackNs == NEVER && view.hasFlag(TcpFlags.ACK) && !view.hasFlag(TcpFlags.RST)) {
            ackNs = timeNs;
            ackIsBare = view.payloadLength() == 0;
        }
    }

    void onServerSegment(final PacketView view, final long timeNs) {
        if (view.hasFlag(TcpFlags.SYN) && view.hasFlag(TcpFlags.ACK) && ackNs == NEVER && !view.isCopy()) {
            synAckNs = timeNs;
            if (windowShiftIn(view) < 0) {
                windowShift = 0;
            }
        }
    }

    private static int windowShiftIn(final PacketView syn) {
        final TcpOptions options = new TcpOptions();
        options.parse(syn.buffer(), syn.optionsOffset(), syn.optionsLength());
        return options.windowShift();
    }

    /** By how many bits the windows of the client's further segments are shifted (RFC 7323 2.2). */
    int clientWindowShift() {
        return windowShift;
    }

    boolean hasSyn() {
        return synNs != NEVER;
    }

    /** The client acknowledged the server's SYN, whether that is in the capture or not. */
    boolean isEstablished() {
        return synNs != NEVER && ackNs != NEVER;
    }

    FlowRecord.Handshake seen(final boolean hasServerSyn) {
        if (synNs != NEVER && synAckNs != NEVER && ackNs != NEVER) {
            return FlowRecord.Handshake.FULL;
        }
        return hasSyn() || hasServerSyn ? FlowRecord.Handshake.PARTIAL : FlowRecord.Handshake.NONE;
    }

    Opening opening() {
        final long synAckDelayNs = synNs == NEVER || synAckNs == NEVER ? -1 : synAckNs - synNs;
        final long ackDelayNs = synAckNs == NEVER || ackNs == NEVER ? -1 : ackNs - synAckNs;
        return new Opening(
                synOptions,
                synWindow,
                Math.max(synAckDelayNs, -1),
                Math.max(ackDelayNs, -1),
                headers == null ? ClientHeaders.UNKNOWN : headers);
    }

    /**
     * Since when the client may send: its bare ACK is seen right then at both ends. Where data came with it (or the ACK
     * was lost), the SYN+ACK is the next best; {@code otherwise} without either.
     */
    long establishedNs(final long otherwise) {
        if (ackNs != NEVER && ackIsBare) {
            return ackNs;
        }
        return synAckNs != NEVER ? synAckNs : otherwise;
    }

    void freeze(final StateBuffer state) {
        state.putBytes(synOptions, 0, synOptions.length);
        state.putInt(synWindow);
        state.putLong(synNs);
        state.putLong(synAckNs);
        state.putLong(ackNs);
        state.putBoolean(ackIsBare);
        state.putBoolean(headers != null);
        if (headers != null) {
            state.putInt(headers.iss());
            state.putByte(headers.dscp());
            state.putByte(headers.hopLimit());
        }
        state.putByte(windowShift);
    }

    void thaw(final StateBuffer state) {
        synOptions = state.getBytes();
        synWindow = state.getInt();
        synNs = state.getLong();
        synAckNs = state.getLong();
        ackNs = state.getLong();
        ackIsBare = state.getBoolean();
        headers =
                state.getBoolean() ? new ClientHeaders(state.getInt(), state.getByte(), state.getByte() & 0xff) : null;
        windowShift = (byte) state.getByte();
    }
}
