package io.tcpreplayj.replay.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.ByteLimit;
import io.tcpreplayj.replay.GuardRails;
import io.tcpreplayj.replay.LiveDrop;
import io.tcpreplayj.replay.LiveOptions;
import io.tcpreplayj.replay.LiveRules;
import io.tcpreplayj.replay.ReplayOptions.TargetMapping;
import io.tcpreplayj.replay.ReplayResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Conversations that are replayed while they are captured, to a server of this process; time passes when the test says so. */
final class LiveUdpAgentTest {
    private static final long MS_NS = 1_000_000;
    private static final long S_NS = 1_000 * MS_NS;
    private static final Endpoint CLIENT = new Endpoint(IpAddress.parse("10.0.0.1"), 40_000);

    private final Captured captured = new Captured();
    private final List<SocketAddress> clients = new ArrayList<>();
    private final List<byte[]> requests = new ArrayList<>();
    private DatagramChannel server;
    private LiveUdpAgent agent;
    private long nowNs;

    /** What was captured and not read yet. */
    private static final class Captured implements LiveDatagrams {
        private final Deque<Consumer<Reader>> pieces = new ArrayDeque<>();
        private boolean finished;
        private boolean refusing;

        @Override
        public int read(final Reader to, final int most) {
            int count = 0;
            for (; count < most && !pieces.isEmpty(); count++) {
                pieces.remove().accept(to);
            }
            return count;
        }

        @Override
        public boolean isDrained() {
            return finished && pieces.isEmpty();
        }

        @Override
        public void refuse() {
            refusing = true;
        }
    }

    /** What the target does with a datagram; null for nothing. */
    @FunctionalInterface
    private interface Answering {
        byte[] answer(byte[] request);
    }

    @BeforeEach
    void listen() throws IOException {
        server = DatagramChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).configureBlocking(false);
    }

    @AfterEach
    void close() throws IOException {
        agent.close();
        server.close();
    }

    private Endpoint target() throws IOException {
        final InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        return new Endpoint(IpAddress.of(address.getAddress()), address.getPort());
    }

    private void start(final int copies, final int maxOpen) throws IOException {
        start(target(), copies, maxOpen);
    }

    private void start(final Endpoint target, final int copies, final int maxOpen) throws IOException {
        final List<TargetMapping> targets = List.of(new TargetMapping(-1, target));
        final LiveOptions options = new LiveOptions(
                targets,
                "socket",
                copies,
                5 * S_NS,
                maxOpen,
                10 * MS_NS,
                false,
                GuardRails.USUAL,
                1 << 20,
                null,
                false);
        agent = new LiveUdpAgent(captured, new LiveRules(options, 0), ByteLimit.NONE, () -> nowNs);
    }

    private void opens(final long flow, final App app, final Endpoint client) {
        final Endpoint to = new Endpoint(IpAddress.parse("10.0.0.2"), 53);
        final OpenFlow opened =
                new OpenFlow(flow, client, to, 0, nowNs, false, true, app, new Opening(new byte[0], 0, -1, -1));
        captured.pieces.add(reader -> reader.onOpened(opened));
    }

    private void sends(final long flow, final int gate, final byte[] bytes) {
        final long atNs = nowNs;
        captured.pieces.add(reader -> reader.onClient(flow, atNs, gate, ByteBuffer.wrap(bytes), 0, bytes.length));
    }

    private void hears(final long flow, final byte[] bytes) {
        final long atNs = nowNs;
        captured.pieces.add(reader -> reader.onServer(
                flow, atNs, bytes.length, Conversations.crc(bytes), ByteBuffer.wrap(bytes), 0, bytes.length));
    }

    private void ends(final long flow) {
        captured.pieces.add(reader -> reader.onEnded(flow));
    }

    private void pass(final long ns, final Answering answering) throws IOException {
        for (final long endNs = nowNs + ns; nowNs < endNs; nowNs += MS_NS) {
            agent.work(0);
            serve(answering);
        }
        agent.work(0);
    }

    private void serve(final Answering answering) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(2_000);
        for (SocketAddress from = server.receive(buffer); from != null; from = server.receive(buffer.clear())) {
            final byte[] request = new byte[buffer.flip().remaining()];
            buffer.get(request);
            clients.add(from);
            requests.add(request);
            final byte[] answer = answering.answer(request);
            if (answer != null) {
                server.send(ByteBuffer.wrap(answer), from);
            }
        }
    }

    private ReplayResult.Udp result() {
        final ReplayResult.Udp udp = agent.result();
        assertThat(udp).isNotNull();
        return udp;
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void query_leavesWhileItsConversationGoesOn_andTheRecordedAnswerMayComeBeforeOrBehind() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        pass(9 * MS_NS, request -> Conversations.answer(request, 0));
        assertThat(requests).as("it is not due before its delay").isEmpty();
        pass(5 * MS_NS, request -> Conversations.answer(request, 0));
        assertThat(requests).hasSize(1);
        hears(1, Conversations.answer(Conversations.query(1), 0));
        sends(1, 1, Conversations.query(2));
        hears(1, Conversations.answer(Conversations.query(2), 3));
        pass(20 * MS_NS, request -> Conversations.answer(request, 0));
        assertThat(result().dns())
                .isEqualTo(new ReplayResult.Udp.Dns(2, 2, 0, 0, 0, 1, Map.of("NXDOMAIN -> NOERROR", 1L), 0, 0));
        ends(1);
        captured.finished = true;
        pass(MS_NS, request -> null);
        assertThat(agent.done()).isTrue();
        assertThat(agent.flows().replayed()).isOne();
        assertThat(agent.latency().behind().count()).isEqualTo(2);
        assertThat(agent.latency().behind().max()).isBetween(10 * MS_NS, 12 * MS_NS);
    }

    @Test
    void whatIsLost_isTimedOut_andWhatWasNotAnsweredInTheCapture_isTold() throws IOException {
        start(2, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        sends(1, 0, Conversations.query(2));
        hears(1, Conversations.answer(Conversations.query(1), 0));
        ends(1);
        captured.finished = true;
        pass(4 * S_NS, request -> request[1] == 1 ? null : Conversations.answer(request, 0));
        assertThat(agent.done()).as("5 s are not over").isFalse();
        pass(S_NS + 20 * MS_NS, request -> null);
        assertThat(agent.done()).isTrue();
        assertThat(result().dns()).isEqualTo(new ReplayResult.Udp.Dns(4, 2, 2, 0, 0, 0, Map.of(), 2, 0));
        assertThat(agent.flows().failed()).isEqualTo(Map.of("unanswered", 2L));
        assertThat(clients.stream().distinct()).as("a port for each copy").hasSize(2);
    }

    @Test
    void datagramBehindAnAnswer_waitsForTheLiveOne() throws IOException {
        start(1, 10);
        opens(1, App.UNKNOWN, CLIENT);
        sends(1, 7, bytes("hello"));
        hears(1, bytes("welcome"));
        sends(1, 8, bytes("go on"));
        pass(S_NS, request -> null);
        assertThat(requests)
                .as("the seven answers before the capture's first are waited for by nobody")
                .hasSize(1);
        server.send(ByteBuffer.wrap(bytes("welcome")), clients.get(0));
        hears(1, bytes("bye"));
        pass(20 * MS_NS, request -> bytes("BYE"));
        hears(1, bytes("and thanks"));
        ends(1);
        captured.finished = true;
        pass(6 * S_NS, request -> null);
        assertThat(result().answers()).isEqualTo(new ReplayResult.Udp.Answers(3, 1, 1, 0, 1, 0));
        assertThat(agent.flows().failed()).isEqualTo(Map.of("unanswered", 1L));
    }

    @Test
    void targetThatFellSilent_isWaitedForOnce() throws IOException {
        start(1, 10);
        opens(1, App.UNKNOWN, CLIENT);
        sends(1, 0, bytes("0"));
        for (int answers = 1; answers <= 3; answers++) {
            hears(1, bytes("yes"));
            sends(1, answers, bytes(String.valueOf(answers)));
        }
        pass(4 * S_NS, request -> null);
        assertThat(requests).hasSize(1);
        pass(S_NS + 50 * MS_NS, request -> null);
        assertThat(requests).hasSize(4);
    }

    @Test
    void dnsGivesItsPortBack_andTakesAnotherForTheNextQuestion() throws IOException {
        start(1, 1);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        hears(1, Conversations.answer(Conversations.query(1), 0));
        pass(20 * MS_NS, request -> Conversations.answer(request, 0));
        opens(2, App.DNS, CLIENT);
        sends(2, 0, Conversations.query(1));
        pass(20 * MS_NS, request -> Conversations.answer(request, 0));
        assertThat(agent.dropped(LiveDrop.MAX_OPEN)).isOne();
        pass(2 * S_NS, request -> null);
        assertThat(agent.openSessions()).isZero();
        sends(1, 1, Conversations.query(2));
        hears(1, Conversations.answer(Conversations.query(2), 0));
        pass(20 * MS_NS, request -> Conversations.answer(request, 0));
        assertThat(agent.openSessions()).isOne();
        assertThat(clients.get(1)).isNotEqualTo(clients.get(0));
        assertThat(result().dns().answered()).isEqualTo(2);
    }

    @Test
    void conversationThatTheCaptureLost_isCutShort_orDroppedWhereItHadNotBegun() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        pass(20 * MS_NS, request -> null);
        opens(2, App.DNS, CLIENT);
        sends(2, 0, Conversations.query(2));
        captured.pieces.add(reader -> reader.onLost(1, LiveDrop.QUEUE_FULL));
        captured.pieces.add(reader -> reader.onLost(2, LiveDrop.CAPTURE_GAP));
        captured.finished = true;
        pass(20 * MS_NS, request -> null);
        assertThat(agent.done()).isTrue();
        assertThat(agent.lost(LiveDrop.QUEUE_FULL)).isOne();
        assertThat(agent.dropped(LiveDrop.CAPTURE_GAP)).isOne();
        assertThat(agent.flows().failed()).isEqualTo(Map.of("capture-lost", 1L));
        assertThat(result().dns()).isEqualTo(new ReplayResult.Udp.Dns(2, 0, 0, 1, 1, 0, Map.of(), 0, 0));
        assertThat(result().datagrams().notSent()).isOne();
    }

    @Test
    void aPublicTarget_orTheCapturedHostItself_getsNoDatagram() throws IOException {
        start(new Endpoint(IpAddress.parse("192.0.2.53"), 53), 1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        pass(20 * MS_NS, request -> null);
        assertThat(agent.dropped(LiveDrop.NOT_VOUCHED)).isOne();
        assertThat(agent.result()).as("nothing left").isNull();
        agent.close();
        start(new Endpoint(IpAddress.parse("10.0.0.2"), 5353), 1, 10);
        opens(2, App.DNS, CLIENT);
        pass(20 * MS_NS, request -> null);
        assertThat(agent.dropped(LiveDrop.SAME_SERVER)).isOne();
    }

    @Test
    void ourOwnClient_isNotReplayedOnceMore() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        pass(20 * MS_NS, request -> null);
        final InetSocketAddress ours = (InetSocketAddress) clients.get(0);
        opens(2, App.DNS, new Endpoint(IpAddress.of(ours.getAddress()), ours.getPort()));
        pass(20 * MS_NS, request -> null);
        assertThat(agent.dropped(LiveDrop.OWN)).isOne();
        assertThat(requests).hasSize(1);
    }

    @Test
    void watcher_isToldOfConversationsThatBegan_andMayHaveNoMoreBegin() throws IOException {
        start(1, 10);
        final List<String> told = new ArrayList<>();
        agent.tell(new LiveUdpAgent.Watcher() {
            @Override
            public void onStarted() {
                told.add("started");
            }

            @Override
            public void onEnded(final String failure, final long received) {
                told.add(failure + " after " + received);
                agent.drainSoon();
            }
        });
        opens(1, App.UNKNOWN, CLIENT);
        sends(1, 0, bytes("?"));
        pass(20 * MS_NS, request -> bytes("!"));
        hears(1, bytes("!"));
        sends(1, 1, bytes("?"));
        hears(1, bytes("!"));
        ends(1);
        pass(11 * S_NS, request -> null);
        assertThat(told).containsExactly("started", "unanswered after 1");
        opens(2, App.UNKNOWN, CLIENT);
        pass(20 * MS_NS, request -> null);
        assertThat(agent.dropped(LiveDrop.STOPPED)).isOne();
        assertThat(captured.refusing).isTrue();
    }

    @Test
    void closedPort_isRefused_andWhatTheClientStillSends_doesNotLeave() throws IOException {
        start(1, 10);
        server.close();
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        for (int i = 0; i < 200 && agent.flows().total() == 0; i++) {
            agent.work(0);
            nowNs += MS_NS;
        }
        sends(1, 0, Conversations.query(2));
        ends(1);
        captured.finished = true;
        agent.work(0);
        assertThat(agent.done()).isTrue();
        assertThat(agent.flows().failed()).isEqualTo(Map.of("refused", 1L));
        assertThat(result().dns()).isEqualTo(new ReplayResult.Udp.Dns(2, 0, 0, 1, 1, 0, Map.of(), 0, 0));
    }

    @Test
    void queryThatTheCapturedServerDidNotAnswerEither_isNotWaitedForAsASignOfLife() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        pass(S_NS, request -> null);
        assertThat(requests).hasSize(1);
        assertThat(agent.heardAnything()).isTrue();
        sends(1, 0, Conversations.query(2));
        pass(20 * MS_NS, request -> null);
        hears(1, Conversations.answer(Conversations.query(2), 0));
        pass(20 * MS_NS, request -> null);
        assertThat(agent.heardAnything()).as("the target owes this one").isFalse();
        assertThat(agent.isOwed()).isTrue();
        sends(1, 1, Conversations.query(3));
        pass(5 * S_NS + 50 * MS_NS, request -> Conversations.answer(request, 0));
        assertThat(agent.heardAnything()).isTrue();
        assertThat(agent.timesHeard()).isOne();
        assertThat(agent.progress())
                .as("each conversation has a patience of its own")
                .isNegative();
    }

    @Test
    void answerWithoutAQuestion_belongsToTheOneQueryWithItsId() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        hears(1, Conversations.formErr(1));
        pass(20 * MS_NS, request -> Conversations.formErr(1));
        assertThat(result().dns()).isEqualTo(new ReplayResult.Udp.Dns(1, 1, 0, 0, 0, 1, Map.of(), 0, 0));
    }

    @Test
    void answerThatComesTooLate_opensNoGateForTheNextOne() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        hears(1, Conversations.answer(Conversations.query(1), 0));
        sends(1, 1, Conversations.query(2));
        pass(5 * S_NS + 50 * MS_NS, request -> null);
        assertThat(requests).as("the first answer was waited for long enough").hasSize(2);
        server.send(ByteBuffer.wrap(Conversations.answer(requests.get(0), 0)), clients.get(0));
        pass(20 * MS_NS, request -> null);
        hears(1, Conversations.answer(Conversations.query(2), 0));
        sends(1, 2, Conversations.query(3));
        pass(S_NS, request -> null);
        assertThat(requests).as("the second answer is not there").hasSize(2);
        server.send(ByteBuffer.wrap(Conversations.answer(requests.get(1), 0)), clients.get(0));
        pass(20 * MS_NS, request -> null);
        assertThat(requests).hasSize(3);
        assertThat(result().dns().answered()).isOne();
        assertThat(result().dns().timedOut()).isOne();
    }

    @Test
    void answersThatAreWaitedFor_doNotFillMemoryWithWhatIsBehindThem() throws IOException {
        start(1, 10);
        opens(1, App.UNKNOWN, CLIENT);
        sends(1, 0, bytes("hello"));
        pass(20 * MS_NS, request -> null);
        hears(1, bytes("welcome"));
        // Of 1 MiB a quarter is for datagrams.
        for (int i = 0; i < 200; i++) {
            sends(1, 1, new byte[1_400]);
        }
        pass(S_NS, request -> null);
        assertThat(requests).hasSize(1);
        assertThat(agent.lost(LiveDrop.MEMORY)).isOne();
        assertThat(agent.openSessions()).isZero();
        assertThat(result().datagrams().planned())
                .isEqualTo(result().datagrams().sent() + result().datagrams().notSent());
        opens(2, App.UNKNOWN, CLIENT);
        sends(2, 0, new byte[1_400]);
        pass(20 * MS_NS, request -> null);
        assertThat(requests).as("there is room again").hasSize(2);
    }

    /** Pictures of a camera, say: one request, and datagrams for days. */
    @Test
    void silentTarget_doesNotFillMemoryWithWhatIsMissing() throws IOException {
        start(1, 10);
        opens(1, App.UNKNOWN, CLIENT);
        sends(1, 0, bytes("hello"));
        // Of 1 MiB a quarter has room for 2340 of them.
        for (int i = 0; i < 6_000; i++) {
            hears(1, bytes("picture " + i));
            pass(10 * MS_NS, request -> null);
        }
        assertThat(agent.lost(LiveDrop.MEMORY)).isZero();
        assertThat(result().answers().missing()).isBetween(4_900L, 5_100L);
        opens(2, App.UNKNOWN, CLIENT);
        sends(2, 0, bytes("hello"));
        pass(20 * MS_NS, request -> null);
        for (int i = 0; i < 3_000; i++) {
            hears(2, bytes("picture " + i));
        }
        pass(20 * MS_NS, request -> null);
        assertThat(agent.lost(LiveDrop.MEMORY))
                .as("more than there is room for")
                .isOne();
    }

    @Test
    void targetThatSaysTooMuch_doesNotFillMemory() throws IOException {
        start(1, 10);
        opens(1, App.UNKNOWN, CLIENT);
        sends(1, 0, bytes("hello"));
        pass(20 * MS_NS, request -> null);
        for (int i = 0; i < 100; i++) {
            server.send(ByteBuffer.wrap(bytes("more " + i)), clients.get(0));
            pass(MS_NS, request -> null);
        }
        assertThat(result().answers().extra())
                .as("some may be ahead of the capture")
                .isEqualTo(84);
        ends(1);
        captured.finished = true;
        pass(MS_NS, request -> null);
        assertThat(result().answers().extra()).isEqualTo(100);
    }

    /** As a forwarder asks, which keeps its port. */
    @Test
    void queriesThatTheCaptureHasNoAnswerTo_areEnteredWhileTheirConversationGoesOn() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        for (int id = 0; id < 60; id++) {
            sends(1, 0, Conversations.query(id));
            pass(S_NS, request -> request[1] % 2 == 0 ? Conversations.answer(request, 0) : null);
        }
        assertThat(result().dns()).isEqualTo(new ReplayResult.Udp.Dns(30, 15, 15, 0, 0, 0, Map.of(), 15, 0));
        ends(1);
        captured.finished = true;
        pass(6 * S_NS, request -> null);
        assertThat(result().dns()).isEqualTo(new ReplayResult.Udp.Dns(60, 30, 30, 0, 0, 0, Map.of(), 30, 0));
        assertThat(agent.flows().replayed()).as("as in the capture").isOne();
    }

    @Test
    void queryThatIsSentAgain_isOne_alsoBehindItsTimeout() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        sends(1, 0, Conversations.query(2));
        pass(4 * S_NS, request -> null);
        sends(1, 0, Conversations.query(3));
        pass(2 * S_NS, request -> null);
        server.send(ByteBuffer.wrap(Conversations.answer(Conversations.query(1), 0)), clients.get(0));
        pass(20 * MS_NS, request -> null);
        sends(1, 0, Conversations.query(1));
        sends(1, 0, Conversations.query(2));
        pass(20 * MS_NS, request -> Conversations.answer(request, 0));
        assertThat(requests).hasSize(5);
        ends(1);
        captured.finished = true;
        pass(6 * S_NS, request -> null);
        assertThat(agent.done()).isTrue();
        assertThat(result().dns())
                .as("the first was answered too late, the second when it was sent again, the third never")
                .isEqualTo(new ReplayResult.Udp.Dns(3, 1, 2, 0, 0, 0, Map.of(), 1, 2));
    }

    @Test
    void drained_nothingBegins() throws IOException {
        start(1, 10);
        opens(1, App.DNS, CLIENT);
        sends(1, 0, Conversations.query(1));
        agent.work(0);
        agent.drain();
        assertThat(captured.refusing).isTrue();
        assertThat(agent.done()).isTrue();
        opens(2, App.DNS, CLIENT);
        agent.drainRest();
        assertThat(agent.flows().failed()).isEqualTo(Map.of("not-started", 1L));
        assertThat(agent.dropped(LiveDrop.STOPPED)).isOne();
    }
}
