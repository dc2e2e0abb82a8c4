package io.tcpreplayj.replay;

import io.tcpreplayj.flow.ClientHeaders;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.protocol.Framings;
import io.tcpreplayj.replay.protocol.ResponseFraming;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.TcpConfig;

/** Makes the TCP client of a session's first connection, or of a further one, and has it begin. On the agent's thread. */
final class Openings {
    private final SessionSource order;
    private final ReconnectPlan reconnects;
    private TcpConfig config;
    private final SessionEvents events;
    private final InitialSequence initialSequence = new InitialSequence();

    Openings(
            final SessionSource order,
            final ReconnectPlan reconnects,
            final TcpConfig config,
            final SessionEvents events) {
        this.order = order;
        this.reconnects = reconnects;
        this.config = config;
        this.events = events;
    }

    /** Connections that begin from now on go by an interface that takes packets of {@code mtu} bytes. */
    void onFirstHop(final int mtu) {
        config = mtu == config.mtu() ? config : config.withMtu(mtu);
    }

    /** A client whose SYN leaves with its next poll. */
    ClientSession open(final int index, final long dueNs, final long nowNs) {
        final PlannedSession planned = reconnects.current(index);
        final Endpoint local = planned.local();
        if (local == null) {
            throw new IllegalArgumentException("session " + index + " has no endpoint");
        }
        final boolean reopens = reconnects.isWaiting(index);
        reconnects.opens(index);
        final ResponseFraming framing = Framings.of(planned.script());
        final Pace pace = reconnects.pace();
        final ScriptCursor cursor = new ScriptCursor(planned.script(), pace, events.scriptListener(index), framing);
        final ClientSession session = new ClientSession(
                planned.script(),
                cursor,
                config,
                local,
                planned.target(),
                ResponseBytesPair.of(framing, events.responseBytes(index)));
        final int ownIss = initialSequence.iss(local, planned.target(), nowNs);
        final ClientHeaders headers = planned.script().flow().opening().headers();
        final int iss = reopens ? ownIss : config.likeness().issOf(headers, ownIss);
        order.opens(index, iss);
        session.connect(iss, initialSequence.tsOffset(), dueNs, nowNs);
        return session;
    }
}
