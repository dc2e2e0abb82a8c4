package io.tcpreplayj.replay.sim;

import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.Outcome;
import java.util.EnumSet;
import java.util.Set;

/** What must be true of a session that is over. */
final class Verdicts {
    /** Kinds that are no fault of the network: with nothing else not one segment may be sent twice. */
    private static final Set<FaultKind> HARMLESS = EnumSet.of(
            FaultKind.HEADER_ONLY,
            FaultKind.FORGED_RST,
            FaultKind.FORGED_RST_IN_WINDOW,
            FaultKind.ANSWER_SHORT,
            FaultKind.ANSWER_LONG,
            FaultKind.ANSWER_DRIP,
            FaultKind.ANSWER_NEVER,
            FaultKind.EARLY_SHUTDOWN,
            FaultKind.NEVER_CLOSES);

    /** Answers that do not come as recorded; a server that speaks first waits for ever when a cookie's ACK is lost. */
    private static final Set<FaultKind> DIVERTING = EnumSet.of(
            FaultKind.ANSWER_SHORT,
            FaultKind.ANSWER_NEVER,
            FaultKind.ANSWER_DRIP,
            FaultKind.EARLY_SHUTDOWN,
            FaultKind.SYN_COOKIES);

    /** Kinds that leave no answer so late that its end is taken for granted. */
    private static final Set<FaultKind> WITHOUT_PAUSES = EnumSet.of(
            FaultKind.HEADER_ONLY,
            FaultKind.FORGED_RST,
            FaultKind.FORGED_RST_IN_WINDOW,
            FaultKind.FORGED_RST_EXACT,
            FaultKind.NEVER_CLOSES,
            FaultKind.TARGET_ABORT,
            FaultKind.TARGET_RESTART);

    private Verdicts() {}

    static void check(final World world) {
        for (final Connection connection : world.connections()) {
            check(world, connection);
        }
    }

    private static void check(final World world, final Connection connection) {
        final ClientSession session = connection.session();
        final Outcome outcome = session.outcome();
        final Watch watch = connection.watch();
        final long bytes = connection.conversation().clientBytes();
        watch.require(outcome != null, "has no outcome");
        final boolean cutShort = outcome == Outcome.ABORTED_EARLY_FIN && connection.endsAtEarlyFin();
        checkLost(world, connection);
        if (!connection.doomed() && cutShort) {
            watch.require(
                    world.faults().has(FaultKind.EARLY_SHUTDOWN)
                            && session.cursor().sentBytes() < bytes,
                    "ended at a FIN that was not early");
        } else if (!connection.doomed()) {
            watch.require(outcome != null && outcome.completed(), "ended as " + outcome);
        }
        if (outcome != null && outcome.completed()) {
            watch.require(
                    connection.everReceived() == bytes,
                    "is " + outcome + ", the server has " + connection.everReceived() + " of " + bytes + " bytes");
            watch.require(session.ackedBytes() == bytes, "counts " + session.ackedBytes() + " of " + bytes);
        }
        watch.require(
                session.receivedBytes() == connection.deliveredBytes(),
                "received " + session.receivedBytes() + " bytes, handed on " + connection.deliveredBytes());
        if (!connection.doomed() && !cutShort) {
            checkAnswers(world, connection);
        }
        if (HARMLESS.containsAll(world.faults().struck())) {
            watch.require(watch.retransmissions() == 0, "sent again what was not lost");
        }
    }

    /** What another connection would leave out is what the server has had and answered. */
    private static void checkLost(final World world, final Connection connection) {
        final ClientSession session = connection.session();
        final Script script = connection.conversation().script();
        // As it was then: other connections may go on until no answer would be waited for any more.
        final int done =
                script.exchangesWithin(session.ackedBytes(), session.cursor().exchangesDone(connection.endedNs()));
        final Watch watch = connection.watch();
        long answers = 0;
        for (int i = 0; i < done; i++) {
            answers += script.flow().exchanges().responseBytes(i);
        }
        watch.require(
                !world.patient()
                        || session.cursor().diverged()
                        || !WITHOUT_PAUSES.containsAll(world.faults().struck())
                        || session.receivedBytes() >= answers,
                "is done with answers of " + answers + " bytes, and received " + session.receivedBytes());
        if (done < script.flow().exchanges().size()) {
            final long left = script.clientLength() - script.offsetOf(done);
            watch.require(script.from(done).clientLength() == left, "would go on with other bytes than are left");
        }
    }

    private static void checkAnswers(final World world, final Connection connection) {
        final ClientSession session = connection.session();
        final Watch watch = connection.watch();
        final long written = connection.app().writtenBytes();
        final boolean resets = connection.conversation().closing() == Closing.RESET;
        if (watch.resets() == 0) {
            watch.require(session.receivedBytes() == written, "received " + session.receivedBytes() + " of " + written);
            watch.require(connection.server().sender().finAcked(), "left the server's half open");
        }
        if (world.patient() && DIVERTING.stream().noneMatch(world.faults()::has) && !resets) {
            watch.require(session.outcome() == Outcome.COMPLETED, "ended as " + session.outcome());
        }
    }
}
