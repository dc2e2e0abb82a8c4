package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.ReplayOptions.TargetMapping;
import io.tcpreplayj.replay.script.ScriptNeeds;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Outcome;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sessions that nobody plays, or that end at once: what is kept of them has bounds. */
final class LiveSessionsTest {
    private static final int ROW_BYTES = 64 << 10;
    private static final int CAPACITY = 4;
    private static final long SECOND_NS = 1_000_000_000L;

    private final LiveRules rules =
            new LiveRules(LiveScene.options(new Endpoint(IpAddress.parse("192.0.2.1"), 80), "socket", 1, CAPACITY), 0);
    private final LiveQueue queue = new LiveQueue(16 << 20, flow -> null, null);
    private final LiveBook book = new LiveBook(CAPACITY);
    private final LiveSessions sessions = new LiveSessions(queue, rules, book, null, CAPACITY);
    private final SessionSource.Listener nobody = new SessionSource.Listener() {
        @Override
        public void onGrown(final int index) {}

        @Override
        public void onLost(final int index) {}
    };

    private static FlowRecord record(final long id) {
        return Scripts.flow().id(id).send("x").build().flow();
    }

    private void open(final long id) {
        open(queue, id);
    }

    private static void open(final LiveQueue queue, final long id) {
        final FlowRecord flow = record(id);
        queue.onOpened(new OpenFlow(
                id, flow.client(), flow.server(), 0, 0, false, true, FlowRecord.App.UNKNOWN, flow.opening()));
    }

    private void uploads(final long id, final int rows) {
        open(id);
        for (int row = 0; row < rows; row++) {
            queue.onRow(id, new ClientRow().data((byte) 0, 0, new byte[ROW_BYTES], 0, ROW_BYTES));
        }
        poll(0);
    }

    private void poll(final long nowNs) {
        while (sessions.poll(nobody, nowNs) > 0) {
            assertThat(queue.isDrained()).isFalse();
        }
    }

    /** Half of 4 MiB is for what waits; a stream that grows has up to twice its length. */
    @Test
    void aFlowThatIsCapturedWhole_holdsItsBytesUntilItIsReplayed() {
        uploads(1, 16);
        queue.onEnded(record(1));
        uploads(2, 8);
        assertThat(sessions.dropped(LiveDrop.MEMORY)).isZero();
        uploads(3, 1);
        assertThat(sessions.dropped(LiveDrop.MEMORY))
                .as("what is left is for flows that have begun")
                .isOne();
        sessions.ended(sessions.pollReady(0), 0);
        uploads(4, 1);
        assertThat(sessions.dropped(LiveDrop.MEMORY)).as("now there is room").isOne();
    }

    @Test
    void aFlowOfTheTargetsOwnHost_isReplayedOnlyWhereThatIsAllowed() {
        final Endpoint target = new Endpoint(record(1).server().address(), 9);
        final LiveOptions usual = LiveOptions.to(List.of(new TargetMapping(-1, target)));
        assertThat(refused(usual, null)).isEqualTo(LiveDrop.SAME_SERVER);
        final LiveOptions allowed = new LiveOptions(
                usual.targets(),
                usual.transport(),
                usual.copies(),
                usual.responseTimeoutNs(),
                usual.maxOpen(),
                usual.delayNs(),
                usual.midstream(),
                usual.rails(),
                usual.memoryBytes(),
                null,
                true);
        assertThat(refused(allowed, null)).isNull();
    }

    @Test
    void aClientWhoseAnswersAreNotSwallowed_isNotReplayed() {
        assertThat(refused(rules.options(), new SwallowedClients(0, client -> false)))
                .isEqualTo(LiveDrop.NOT_SWALLOWED);
        assertThat(refused(rules.options(), new SwallowedClients(0, client -> true)))
                .isNull();
    }

    private @Nullable LiveDrop refused(final LiveOptions options, final @Nullable LocalEndpoints endpoints) {
        final LiveQueue captured = new LiveQueue(16 << 20, flow -> null, null);
        final LiveSessions asked =
                new LiveSessions(captured, new LiveRules(options, 0), new LiveBook(CAPACITY), endpoints, CAPACITY);
        open(captured, 1);
        asked.poll(nobody, 0);
        return Arrays.stream(LiveDrop.values())
                .filter(reason -> asked.dropped(reason) > 0)
                .findFirst()
                .orElse(null);
    }

    @Test
    void whereMemoryIsFull_theLargestFlowIsLost() {
        uploads(1, 16);
        queue.onEnded(record(1));
        uploads(2, 9);
        assertThat(sessions.dropped(LiveDrop.MEMORY)).isOne();
        final int left = sessions.pollReady(0);
        assertThat(sessions.sessions().get(left).script().flow().id()).isEqualTo(2);
        assertThat(sessions.pollReady(0)).isNegative();
    }

    @Test
    void sessionsThatEndedAMomentAgo_areNoOpenOnes() {
        for (int id = 1; id <= CAPACITY; id++) {
            uploads(id, 1);
            sessions.ended(sessions.pollReady(0), 0);
        }
        uploads(CAPACITY + 1, 1);
        assertThat(sessions.dropped(LiveDrop.LINGERING)).isOne();
        assertThat(sessions.dropped(LiveDrop.MAX_OPEN)).isZero();
        sessions.forgotten(0);
        uploads(CAPACITY + 2, 1);
        assertThat(sessions.pollReady(0)).isNotNegative();
    }

    @Test
    void aSessionThatGetsNoPort_isTriedAgain_andDroppedAfterAWhile() {
        uploads(1, 1);
        final int index = sessions.pollReady(0);
        sessions.putBack(index, SECOND_NS);
        assertThat(sessions.pollReady(0)).isNegative();
        assertThat(sessions.nextStartNs()).isEqualTo(SECOND_NS);
        assertThat(sessions.pollReady(SECOND_NS)).isEqualTo(index);
        poll(6 * SECOND_NS);
        sessions.putBack(index, 7 * SECOND_NS);
        assertThat(sessions.dropped(LiveDrop.NO_PORT)).isOne();
        queue.onRow(1, new ClientRow().data((byte) 0, 0, new byte[1], 0, 1));
        poll(7 * SECOND_NS);
        assertThat(sessions.captured()).isEqualTo(new LiveResult.Captured(0, 0, 0, 0, 0));
        assertThat(sessions.pollReady(7 * SECOND_NS)).isNegative();
        assertThat(sessions.open()).isZero();
    }

    @Test
    void whatIsAskedAfterTheConnectionIsOver_isInNoSessionsBooks_andCounted() {
        uploads(1, 2);
        final int index = sessions.pollReady(0);
        sessions.ended(index, 0);
        book.onEnded(index, Outcome.RESET_BY_TARGET, 0, 0, 0, null, 0);
        for (int exchange = 1; exchange <= 3; exchange++) {
            queue.onRow(
                    1, new ClientRow().data((byte) 0, 0, new byte[100], 0, 100).at(exchange, exchange, 0, 0));
        }
        queue.onEnded(record(1));
        poll(0);
        assertThat(book.ledger().requests().total()).isOne();
        assertThat(book.ledger().bytes().clientPlanned()).isEqualTo(2 * ROW_BYTES);
        assertThat(sessions.captured()).isEqualTo(new LiveResult.Captured(4, 2 * ROW_BYTES + 300, 3, 300, 0));
    }

    /** A client that has long sent what its target cannot take would be lost; one whose target has it is not. */
    @Test
    void whatHasArrived_isNoReasonToLoseAFlow() {
        final long[] arrived = {0};
        final SessionSource.Listener target = new SessionSource.Listener() {
            @Override
            public void onGrown(final int index) {}

            @Override
            public void onLost(final int index) {
                throw new AssertionError("session " + index + " is lost");
            }

            @Override
            public void needs(final int index, final ScriptNeeds needs) {
                needs.bytesFrom(arrived[0]);
                needs.rowsFrom((int) (arrived[0] / ROW_BYTES));
            }
        };
        uploads(1, 1);
        assertThat(sessions.pollReady(0)).isNotNegative();
        for (int row = 1; row < 8_000; row++) {
            queue.onRow(1, new ClientRow().data((byte) 0, 0, new byte[ROW_BYTES], 0, ROW_BYTES));
            sessions.poll(target, 0);
            arrived[0] = (long) (row - 4) * ROW_BYTES;
        }
        assertThat(sessions.lost(LiveDrop.MEMORY)).isZero();
        assertThat(sessions.captured().clientBytes()).isEqualTo(8_000L * ROW_BYTES);
    }

    @Test
    void rowsFromAClockThatWasSetForward_areDueWhenTheyAreThere() {
        open(1);
        queue.onRow(1, new ClientRow().data((byte) 0, 0, new byte[1], 0, 1).at(0, 0, 0, 60 * SECOND_NS));
        poll(SECOND_NS);
        final int index = sessions.pollReady(SECOND_NS);
        assertThat(sessions.sessions().get(index).script().earliestNs(0)).isEqualTo(SECOND_NS);
    }
}
