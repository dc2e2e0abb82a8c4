package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;

/** How the client closed: its first FIN and its first RST. */
final class ClosingLog {
    private boolean fin;
    private boolean reset;
    private long finNs;
    private long finGate;
    private long finServerNs;
    private long resetNs;
    private long resetGate;
    private long resetServerNs;

    /**
     * A segment with FIN or RST.
     *
     * @param ack the position it acknowledged, {@link StreamAssembler#NO_ACK} without
     * @param serverNs see {@link FlowBuilder#serverTimeUnder}
     */
    void onSegment(final PacketView view, final long timeNs, final long ack, final long serverNs) {
        if (view.hasFlag(TcpFlags.RST)) {
            if (!reset) {
                reset = true;
                resetNs = timeNs;
                resetGate = ack;
                resetServerNs = serverNs;
            }
        } else if (!fin) {
            fin = true;
            finNs = timeNs;
            finGate = ack;
            finServerNs = serverNs;
        }
    }

    boolean hasFin() {
        return fin;
    }

    boolean hasReset() {
        return reset;
    }

    long sentNs(final byte kind) {
        return kind == ClientEvents.FIN ? finNs : resetNs;
    }

    long gate(final byte kind) {
        return kind == ClientEvents.FIN ? finGate : resetGate;
    }

    long serverNs(final byte kind) {
        return kind == ClientEvents.FIN ? finServerNs : resetServerNs;
    }

    void freeze(final StateBuffer state) {
        state.putBoolean(fin);
        state.putBoolean(reset);
        state.putLong(finNs);
        state.putLong(finGate);
        state.putLong(finServerNs);
        state.putLong(resetNs);
        state.putLong(resetGate);
        state.putLong(resetServerNs);
    }

    static ClosingLog thaw(final StateBuffer state) {
        final ClosingLog log = new ClosingLog();
        log.fin = state.getBoolean();
        log.reset = state.getBoolean();
        log.finNs = state.getLong();
        log.finGate = state.getLong();
        log.finServerNs = state.getLong();
        log.resetNs = state.getLong();
        log.resetGate = state.getLong();
        log.resetServerNs = state.getLong();
        return log;
    }
}
