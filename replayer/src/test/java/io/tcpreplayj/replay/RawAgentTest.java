package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.ClientHeaders;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.intercept.feed.ResponseFeed;
import io.tcpreplayj.intercept.feed.ResponseHandler;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import io.tcpreplayj.replay.tcp.TcpConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RawAgentTest {
    /** What a TUN device's queue holds, see TunDevice: each SYN is worth an answer. */
    private static final int QUEUE = 10_000;

    private static final int CROWD = 12_000;
    private static final int LIVE = 8;
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

    /** A translation of addresses shows once more what we send; a real client may have been at the same endpoint. */
    @Test
    void whatIsCapturedOfALiveSession_isToldFromARealClientByItsFirstNumber() throws IOException {
        final Endpoint target = new Endpoint(IpAddress.parse("192.0.2.1"), 80);
        final LiveRules rules = new LiveRules(LiveScene.options(target, "raw", 1, LIVE), 0);
        final LiveQueue captured = new LiveQueue(16 << 20, flow -> null, null);
        final SwallowedClients clients = new SwallowedClients(0, client -> true);
        final LiveBook book = new LiveBook(LIVE);
        final LiveSessions sessions = new LiveSessions(captured, rules, book, clients, LIVE);
        final SilentTarget wire = new SilentTarget();
        final RawTransport transport = transport(wire, clients);
        final Pace pace = new Pace(1, SECOND_NS);
        try (RawAgent agent = new RawAgent(
                sessions,
                transport,
                new ReconnectPlan(sessions.sessions(), ReplayRules.DEFAULT, pace, clients, book),
                TcpConfig.defaults(wire.mtu()),
                book,
                ByteLimit.NONE,
                () -> SECOND_NS)) {
            captured.onOpened(opened(1, new Endpoint(IpAddress.parse("203.0.113.9"), 40_000), 7));
            agent.work(0);
            assertThat(wire.sent).isOne();
            // RFC 791 3.1, RFC 9293 3.1: source address, source port and sequence number.
            final Endpoint ours = new Endpoint(IpAddress.v4(wire.frame.getInt(12)), wire.frame.getShort(20) & 0xffff);
            final int iss = wire.frame.getInt(24);

            captured.onOpened(opened(2, ours, iss));
            agent.work(0);
            assertThat(sessions.dropped(LiveDrop.OWN)).isOne();
            assertThat(wire.sent).isOne();

            captured.onOpened(opened(3, ours, iss + 1));
            agent.work(0);
            assertThat(sessions.dropped(LiveDrop.OWN)).isOne();
            assertThat(wire.sent).isEqualTo(2);
        }
    }

    private static OpenFlow opened(final long id, final Endpoint client, final int iss) {
        final FlowRecord flow = Scripts.flow().id(id).send("x").build().flow();
        final Opening usual = flow.opening();
        final Opening opening = new Opening(
                usual.synOptions(),
                usual.synWindow(),
                usual.synAckDelayNs(),
                usual.ackDelayNs(),
                new ClientHeaders(iss, 0, 64));
        return new OpenFlow(id, client, flow.server(), 0, 0, false, true, FlowRecord.App.UNKNOWN, opening);
    }

    private static RawTransport transport(final SilentTarget target, final LocalEndpoints endpoints) {
        return new RawTransport(target, target, endpoints, "silent", RawTransport.Upkeep.until(() -> {}));
    }

    /** What the target sends is cut to the MSS that it was offered, and the interface drops what is larger. */
    @Test
    void anInterfaceThatTakesLess_isWhatTheNextSynOffers() throws IOException {
        final ReplayPlan plan =
                Plans.of(Scripts.flow().send("one").fin().build(), 3, 2 * SECOND_NS, "198.18.0.2", "127.0.0.1");
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agent(plan, target, nowNs)) {
            for (; nowNs[0] < 5 * SECOND_NS; nowNs[0] += SECOND_NS / 10) {
                target.linkMtu = nowNs[0] < SECOND_NS / 2 ? 1500 : nowNs[0] < 5 * SECOND_NS / 2 ? 1280 : 1400;
                agent.work(0);
            }
        }
        assertThat(target.offeredMss.values()).containsExactly(1460, 1240, 1360);
    }

    /** Whether a connection stands already or is in its handshake: its SYN had offered more. */
    @Test
    void anInterfaceThatTakesLess_getsSmallerPacketsOfAllThatHaveBegun() throws IOException {
        final ReplayPlan plan =
                Plans.of(Scripts.flow().send("x".repeat(3_000)).build(), 2, 0, "198.18.0.2", "127.0.0.1");
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agent(plan, target, nowNs)) {
            agent.work(0);
            target.accept(plan.sessions().get(0));
            agent.work(0);
            assertThat(target.largest).containsValue(1500);
            target.linkMtu = 1280;
            nowNs[0] = 2 * SECOND_NS;
            agent.work(0);
            assertThat(target.latestMss.values())
                    .as("of the one that is not answered yet")
                    .containsExactly(1460, 1240);
            target.largest.clear();
            target.accept(plan.sessions().get(1));
            for (; nowNs[0] < 4 * SECOND_NS; nowNs[0] += SECOND_NS / 10) {
                agent.work(0);
            }
        }
        assertThat(target.largest.values()).containsExactly(1280, 1280);
    }

    @Test
    void anInterfaceThatTakesMoreAgain_getsLargerPackets() throws IOException {
        final ReplayPlan plan = Plans.of(
                Scripts.flow().after(3 * SECOND_NS).send("x".repeat(3_000)).build(), 1, 0, "198.18.0.2", "127.0.0.1");
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agent(plan, target, nowNs)) {
            agent.work(0);
            target.accept(plan.sessions().get(0));
            for (; target.bytes < 1_000; nowNs[0] += SECOND_NS / 10) {
                target.linkMtu = nowNs[0] < SECOND_NS ? 1280 : 1500;
                agent.work(0);
                assertThat(nowNs[0]).isLessThan(10 * SECOND_NS);
            }
        }
        assertThat(nowNs[0]).isGreaterThan(2 * SECOND_NS);
        assertThat(target.largest).containsValue(1500);
    }

    /** SYNs of 60 bytes, which are 84 on the wire, and nothing else, for nobody answers. */
    @Test
    void crowdUnderALimit_leavesInOrder_asFastAsThatAllows() throws IOException {
        final int sessions = 1_000;
        final ReplayPlan plan =
                Plans.of(Scripts.flow().send("one").fin().build(), sessions, 0, "198.18.0.2", "127.0.0.1");
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        final ByteLimit limit = ByteLimit.of(672_000);
        try (RawAgent agent = agent(plan, target, nowNs, limit)) {
            for (; nowNs[0] < SECOND_NS / 2; nowNs[0] += 100_000) {
                agent.work(0);
                assertThat(target.sent * SECOND_NS / 1_000 - nowNs[0]).isBetween(-1_000_000L, 2_000_000L);
            }
        }
        assertThat(target.sent).isEqualTo(500);
        assertThat(target.frames).as("none is taken for what may not leave").isEqualTo(500);
        assertThat(limit.heldNs(nowNs[0])).isBetween(SECOND_NS / 2 - 2_000_000, SECOND_NS / 2);
    }

    /**
     * R14. The first two are given up together, after 123 s, and the one that waited for the first stands behind the one that
     * waited for room.
     */
    @Test
    void sessionThatIsTooLate_doesNotBegin_behindOneThatIsNot() throws IOException {
        final List<PlannedSession> sessions =
                new ArrayList<>(Plans.of(Scripts.flow().send("one").build(), 4, 0, "198.18.0.2", "127.0.0.1")
                        .sessions());
        sessions.set(2, due(sessions.get(2), SECOND_NS, 0));
        sessions.set(3, due(sessions.get(3), 122 * SECOND_NS, -1));
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agent(plan(sessions, new StartLimits(2, 0, 0, 5 * SECOND_NS)), target, nowNs)) {
            for (; nowNs[0] < 130 * SECOND_NS; nowNs[0] += SECOND_NS / 10) {
                agent.work(0);
            }
            assertThat(agent.openSessions()).isOne();
        }
        assertThat(target.offeredMss.keySet()).containsExactly(40_000, 40_001, 40_003);
    }

    private static PlannedSession due(final PlannedSession session, final long startNs, final int after) {
        return new PlannedSession(
                session.index(), session.script(), session.copy(), session.local(), session.target(), startNs, after);
    }

    private static ReplayPlan plan(final List<PlannedSession> sessions, final StartLimits limits) {
        return new ReplayPlan(sessions, new EnumMap<>(FlowRecord.SkipReason.class), sessions.size(), limits, false, 0);
    }

    /** R15: the acknowledgements of those that are open must not wait for the ends of a crowd. */
    @Test
    void crowdThatIsTooLate_endsWhileItIsListened() throws IOException {
        final List<PlannedSession> sessions = Plans.of(
                        Scripts.flow().send("one").build(), 2_000, 0, "198.18.0.2", "127.0.0.1")
                .sessions();
        final SilentTarget target = new SilentTarget();
        try (RawAgent agent =
                agent(plan(sessions, new StartLimits(9, 0, 0, SECOND_NS)), target, new long[] {10 * SECOND_NS})) {
            while (!agent.done()) {
                agent.work(0);
            }
        }
        assertThat(target.sentBetweenPolls).containsExactly(0, 0, 0, 0);
    }

    /** What was held back may say goodbye at once, when the run is to end. */
    @Test
    void abort_waitsForNoLimit() throws IOException {
        final ReplayPlan plan = Plans.of(Scripts.flow().send("one").fin().build(), 100, 0, "198.18.0.2", "127.0.0.1");
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agent(plan, target, nowNs, ByteLimit.of(480_000))) {
            for (; target.sent < 50; nowNs[0] += 100_000) {
                agent.work(0);
            }
            agent.abort();
            assertThat(target.sent).as("50 SYNs and as many RSTs").isEqualTo(100);
            assertThat(agent.openSessions()).isZero();
        }
    }

    @Test
    void synsAreOwedAnAnswer() throws IOException {
        final ReplayPlan plan =
                Plans.of(Scripts.flow().send("one").fin().build(), 2, SECOND_NS, "198.18.0.2", "127.0.0.1");
        final long[] nowNs = {0};
        try (RawAgent agent = agent(plan, new SilentTarget(), nowNs)) {
            assertThat(agent.isOwed()).isFalse();
            agent.work(0);
            assertThat(agent.isOwed()).isTrue();
            agent.abort();
            assertThat(agent.isOwed()).isFalse();
        }
    }

    /** One session a second; the intercept says nothing from the first to the twentieth. */
    @Test
    void whileNoAnswerWouldBeSeen_nothingLeaves_andThenItGoesOn() throws IOException {
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agentOfOneASecond(target, nowNs)) {
            for (; nowNs[0] < 20 * SECOND_NS; nowNs[0] += SECOND_NS / 10) {
                target.alive = nowNs[0] < SECOND_NS;
                agent.work(0);
                assertThat(target.offeredMss).hasSize(1);
                assertThat(agent.isCutOff()).isEqualTo(!target.alive);
            }
            assertThat(target.sent).as("nor is a SYN sent again").isOne();
            target.alive = true;
            agent.work(0);
            assertThat(agent.isCutOff()).isFalse();
            assertThat(target.offeredMss).as("those that were due meanwhile").hasSize(21);
            nowNs[0] += SECOND_NS;
            agent.work(0);
            assertThat(target.offeredMss).hasSize(22);
        }
    }

    @Test
    void whereNoAnswerWouldBeSeenForThirtySeconds_itIsOver() throws IOException {
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agentOfOneASecond(target, nowNs)) {
            agent.work(0);
            target.alive = false;
            for (nowNs[0] = SECOND_NS; nowNs[0] <= 31 * SECOND_NS; nowNs[0] += SECOND_NS / 10) {
                agent.work(0);
            }
            assertThat(agent.openSessions()).isOne();
            assertThatThrownBy(() -> agent.work(0)).hasMessage("the intercept was not heard of for 30 s");
            assertThat(agent.openSessions()).isZero();
            assertThat(target.sent).as("a SYN and its RST").isEqualTo(2);
        }
    }

    @Test
    void whereTheFeedHasEnded_itIsOverAtOnce() throws IOException {
        final SilentTarget target = new SilentTarget();
        final long[] nowNs = {0};
        try (RawAgent agent = agentOfOneASecond(target, nowNs)) {
            agent.work(0);
            target.alive = false;
            target.ended = "the intercept said goodbye";
            assertThatThrownBy(() -> agent.work(0)).hasMessage(target.ended);
            assertThat(agent.openSessions()).isZero();
        }
    }

    private static RawAgent agentOfOneASecond(final SilentTarget target, final long[] nowNs) {
        return agent(
                Plans.of(Scripts.flow().send("one").fin().build(), 40, SECOND_NS, "198.18.0.2", "127.0.0.1"),
                target,
                nowNs);
    }

    private static RawAgent agent(final ReplayPlan plan, final SilentTarget target, final long[] nowNs) {
        return agent(plan, target, nowNs, ByteLimit.NONE);
    }

    private static RawAgent agent(
            final ReplayPlan plan, final SilentTarget target, final long[] nowNs, final ByteLimit limit) {
        final RawTransport transport = transport(target, client -> {
            throw new IllegalStateException("the plan has its endpoints");
        });
        final SessionBook book = new SessionBook(plan);
        final Pace pace = new Pace(1, SECOND_NS);
        return new RawAgent(
                plan.order(),
                transport,
                new ReconnectPlan(plan.sessions(), ReplayRules.DEFAULT, pace, transport.endpoints(), book),
                TcpConfig.defaults(transport.wire().mtu()),
                book,
                limit,
                () -> nowNs[0]);
    }

    /** Takes all and says nothing unless it is to accept; counts what is sent between two looks at the answers. */
    private static final class SilentTarget implements Wire, ResponseFeed {
        final List<Integer> sentBetweenPolls = new ArrayList<>();
        private final ByteBuffer frame = ByteBuffer.allocate(1500);
        /** By port, that of its first SYN. */
        private final Map<Integer, Integer> offeredMss = new LinkedHashMap<>();

        /** By port, that of its last one. */
        private final Map<Integer, Integer> latestMss = new LinkedHashMap<>();

        private boolean alive = true;
        private String ended = "";

        private final Map<Integer, Integer> firstSeq = new HashMap<>();
        /** By port, bytes of the largest packet. */
        private final Map<Integer, Integer> largest = new HashMap<>();

        private @Nullable PacketView answer;

        private int linkMtu = 1500;
        private int mtu = 1500;
        private int sinceLastPoll;
        private int sent;
        private int frames;
        private long bytes;

        @Override
        public void send(final int length) {
            // RFC 9293 3.2: the option that ours come first with is of kind 2 and length 4.
            final int port = frame.getShort(20) & 0xffff;
            if ((frame.get(33) & TcpFlags.SYN) != 0) {
                latestMss.put(port, (int) frame.getShort(42));
            }
            offeredMss.putIfAbsent(port, (int) frame.getShort(42));
            firstSeq.putIfAbsent(port, frame.getInt(24));
            largest.merge(port, length, Math::max);
            sent++;
            bytes += length;
            sinceLastPoll++;
        }

        @Override
        public int poll(final ResponseHandler handler, final int limit) {
            sentBetweenPolls.add(sinceLastPoll);
            sinceLastPoll = 0;
            final PacketView segment = answer;
            if (segment == null) {
                return 0;
            }
            answer = null;
            handler.onResponse(segment);
            return 1;
        }

        /** With the next look at the answers, the SYN of {@code client} is answered; any size is taken. */
        void accept(final PlannedSession client) {
            final SegmentOut synAck = new SegmentOut();
            synAck.flags = TcpFlags.SYN | TcpFlags.ACK;
            synAck.ack = firstSeq.get(client.local().port()) + 1;
            synAck.window = 0xffff;
            synAck.options[0] = 2;
            synAck.options[1] = 4;
            synAck.options[2] = 5;
            synAck.options[3] = (byte) 180;
            synAck.optionsLength = 4;
            final ByteBuffer packet = ByteBuffer.allocate(44);
            new SegmentWriter(0).write(synAck, client.target(), client.local(), packet, 0);
            answer = new PacketView();
            assertThat(new PacketDecoder().decode(packet, 0, 44, 44, Linktype.RAW, answer))
                    .isEqualTo(Verdict.TCP);
        }

        @Override
        public boolean isAlive() {
            return alive;
        }

        @Override
        public String ended() {
            return ended;
        }

        @Override
        public String name() {
            return "silent";
        }

        @Override
        public int mtu() {
            return mtu;
        }

        @Override
        public void lookAtLink() {
            mtu = linkMtu;
        }

        @Override
        public ByteBuffer frame() {
            frames++;
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
