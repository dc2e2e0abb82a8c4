package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.udp.UdpOutcome;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lines of {@code --sessions} for the UDP conversations of a plan, in its order. */
final class UdpBook implements UdpOutcome.Listener {
    private final List<PlannedSession> sessions;
    private final @Nullable UdpOutcome[] outcomes;

    UdpBook(final List<PlannedSession> sessions) {
        this.sessions = sessions;
        outcomes = new UdpOutcome[sessions.size()];
    }

    @Override
    public void onEnded(final int index, final UdpOutcome outcome) {
        outcomes[index] = outcome;
    }

    void write(final SessionsFile file) throws IOException {
        for (int index = 0; index < outcomes.length; index++) {
            final UdpOutcome outcome = outcomes[index];
            if (outcome == null) {
                throw new IllegalStateException("UDP conversation " + index + " has no end");
            }
            file.line(line(sessions.get(index), outcome));
        }
    }

    private static String line(final PlannedSession session, final UdpOutcome outcome) {
        final Endpoint local = outcome.local();
        return "{\"flow\":" + session.script().flow().id()
                + ",\"copy\":" + session.copy()
                + ",\"protocol\":\"udp\""
                + ",\"client\":" + (local == null ? "null" : SessionsFile.endpoint(local))
                + ",\"target\":" + SessionsFile.endpoint(session.target())
                + ",\"state\":\"" + outcome.state() + '"'
                + ",\"datagramsPlanned\":" + session.script().flow().events().size()
                + ",\"datagramsSent\":" + outcome.sent()
                + ",\"datagramsReceived\":" + outcome.received()
                + ",\"clientPlanned\":" + session.script().clientLength()
                + ",\"clientSent\":" + outcome.sentBytes()
                + ",\"serverReceived\":" + outcome.receivedBytes()
                + ",\"queries\":" + outcome.queries()
                + ",\"answered\":" + outcome.answered() + "}";
    }
}
