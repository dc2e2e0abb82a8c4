package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.intercept.feed.ResponseFeed;
import io.tcpreplayj.intercept.feed.ResponseHandler;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.TcpConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RawAgentTest {
    /** What a TUN device's queue holds, see TunDevice: each SYN is worth an answer. */
    private static final int QUEUE = 10_000;

    private static final int CROWD = 12_000;
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void crowdThatIsDueAtOnce_isHeardWhileItStarts() throws IOException {
        final ReplayPlan plan = Plans.of(Scripts.flow().send("one").fin().build(), CROWD, 0, "198.18.0.2", "127.0.0.1");
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agent(plan, target, nowNs)) {
            while (target.sent < CROWD) {
                agent.work(0);
            }
            // The retransmission timers of all expire at once, too.
            nowNs[0] = 2 * SECOND_NS;
            while (target.sent < 2 * CROWD) {
                agent.work(0);
            }
        }
        assertThat(target.sentBetweenPolls).allSatisfy(sent -> assertThat(sent).isLessThan(QUEUE / 2));
    }

    private static RawAgent agent(final ReplayPlan plan, final SilentTarget target, final long[] nowNs) {
        final RawTransport transport = new RawTransport(
                target,
                target,
                client -> {
                    throw new IllegalStateException("the plan has its endpoints");
                },
                "silent",
                RawTransport.Upkeep.until(() -> {}));
        final SessionBook book = new SessionBook(plan);
        final Pace pace = new Pace(1, SECOND_NS);
        return new RawAgent(
                plan.order(),
                transport,
                new ReconnectPlan(plan.sessions(), ReplayRules.DEFAULT, pace, transport.endpoints(), book),
                TcpConfig.defaults(transport.wire().mtu()),
                book,
                () -> nowNs[0]);
    }

    /** Takes all and says nothing; counts what is sent between two looks at the answers. */
    private static final class SilentTarget implements Wire, ResponseFeed {
        final List<Integer> sentBetweenPolls = new ArrayList<>();
        private final ByteBuffer frame = ByteBuffer.allocate(1500);
        private int sinceLastPoll;
        private int sent;

        @Override
        public void send(final int length) {
            sent++;
            sinceLastPoll++;
        }

        @Override
        public int poll(final ResponseHandler handler, final int limit) {
            sentBetweenPolls.add(sinceLastPoll);
            sinceLastPoll = 0;
            return 0;
        }

        @Override
        public String name() {
            return "silent";
        }

        @Override
        public int mtu() {
            return frame.capacity();
        }

        @Override
        public ByteBuffer frame() {
            return frame;
        }

        @Override
        public int offset() {
            return 0;
        }

        @Override
        public void flush() {}

        @Override
        public long sentPackets() {
            return sent;
        }

        @Override
        public long droppedPackets() {
            return 0;
        }

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public long drops() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
