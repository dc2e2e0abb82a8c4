package io.tcpreplayj.replay.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.ByteLimit;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.StartLimits;
import io.tcpreplayj.replay.script.FlowScript;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Conversations against a socket of the test's own, on one thread: nothing that depends on how fast the machine is. */
final class UdpAgentTest {
    private static final long MS_NS = 1_000_000;
    private static final long TIMEOUT_NS = 200 * MS_NS;

    private final Set<SocketAddress> clients = new HashSet<>();
    private final List<byte[]> requests = new ArrayList<>();
    private DatagramChannel server;
    private long nowNs;
    private boolean heardAnything;
    private ReplayResult.Flows flows;

    /** What the server says to a datagram; null for nothing. */
    @FunctionalInterface
    private interface Answering {
        byte @Nullable [] answer(byte[] request, int number);
    }

    @BeforeEach
    void open() throws IOException {
        server = DatagramChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server.configureBlocking(false);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private Endpoint target() throws IOException {
        return new Endpoint(IpAddress.parse("127.0.0.1"), ((InetSocketAddress) server.getLocalAddress()).getPort());
    }

    private static FlowScript dns(final int queries) {
        final Conversations conversation = new Conversations();
        for (int id = 0; id < queries; id++) {
            conversation.asked(id, 0);
        }
        return conversation.script(App.DNS);
    }

    private ReplayResult.Udp replay(
            final FlowScript script, final double speed, final int copies, final Answering answering)
            throws IOException {
        final List<PlannedSession> plan = new ArrayList<>();
        for (int copy = 0; copy < copies; copy++) {
            plan.add(new PlannedSession(copy, script, copy, null, target(), 0, -1));
        }
        // A millisecond passes each time that somebody looks at the clock.
        try (UdpAgent agent = new UdpAgent(
                plan, speed, new StartLimits(Integer.MAX_VALUE, 0), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            while (!agent.done()) {
                agent.work(0);
                serve(answering);
                nowNs += MS_NS;
            }
            heardAnything = agent.heardAnything();
            flows = agent.flows();
            return agent.result();
        }
    }

    private void serve(final Answering answering) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(2_000);
        for (SocketAddress from = server.receive(buffer); from != null; from = server.receive(buffer.clear())) {
            final byte[] request = new byte[buffer.flip().remaining()];
            buffer.get(request);
            clients.add(from);
            requests.add(request);
            final byte[] answer = answering.answer(request, requests.size());
            if (answer != null) {
                server.send(ByteBuffer.wrap(answer), from);
            }
        }
    }

    @Test
    void everyQueryIsAnswered_atAnySpeed_eachCopyFromAPortOfItsOwn() throws IOException {
        for (final double speed : new double[] {1, 10, Double.POSITIVE_INFINITY}) {
            clients.clear();
            final ReplayResult.Udp udp =
                    replay(dns(20), speed, 3, (request, number) -> Conversations.answer(request, 0));
            assertThat(udp.dns()).isEqualTo(new ReplayResult.Udp.Dns(60, 60, 0, 0, 0, 60, Map.of(), 0, 0));
            assertThat(udp.datagrams().sent()).isEqualTo(60);
            assertThat(udp.gatesTimedOut()).isZero();
            assertThat(flows.replayed()).isEqualTo(3);
            assertThat(clients).hasSize(3);
        }
    }

    @Test
    void whatIsLost_isTimedOut_exactly() throws IOException {
        final ReplayResult.Udp udp =
                replay(dns(20), 10, 1, (request, number) -> number % 5 == 0 ? null : Conversations.answer(request, 0));
        assertThat(udp.dns().answered()).isEqualTo(16);
        assertThat(udp.dns().timedOut()).isEqualTo(4);
        // Of the last one nothing waits for the answer.
        assertThat(udp.gatesTimedOut()).isEqualTo(3);
        assertThat(flows.failed()).isEqualTo(Map.of("unanswered", 1L));
    }

    @Test
    void anotherResponseCode_isTold() throws IOException {
        final ReplayResult.Udp udp = replay(dns(4), 1, 1, (request, number) -> Conversations.answer(request, 3));
        assertThat(udp.dns().rcodeDifferent()).isEqualTo(Map.of("NOERROR -> NXDOMAIN", 4L));
        assertThat(udp.dns().rcodeSame()).isZero();
        assertThat(flows.replayed()).isEqualTo(1);
    }

    @Test
    void answersOutOfOrder_andTwice_findTheirQueries() throws IOException {
        final FlowScript script = new Conversations()
                .client(Conversations.query(1))
                .client(Conversations.query(2))
                .server(Conversations.answer(Conversations.query(2), 3))
                .server(Conversations.answer(Conversations.query(1), 0))
                .script(App.DNS);
        final List<byte[]> held = new ArrayList<>();
        final ReplayResult.Udp udp = replay(script, 1, 1, (request, number) -> {
            held.add(request);
            return number == 1 ? null : Conversations.answer(held.get(1), 3);
        });
        assertThat(udp.dns().answered()).isEqualTo(1);
        assertThat(udp.dns().rcodeSame()).isEqualTo(1);
        assertThat(udp.dns().timedOut()).isEqualTo(1);
    }

    /** The captured client asked twice before it was answered: one query, and one answer to it. */
    @Test
    void queryThatWasSentAgain_isOne() throws IOException {
        final FlowScript script = new Conversations()
                .client(Conversations.query(1))
                .client(Conversations.query(1))
                .server(Conversations.answer(Conversations.query(1), 0))
                .script(App.DNS);
        final ReplayResult.Udp udp = replay(script, 1, 1, (request, number) -> Conversations.answer(request, 0));
        assertThat(requests).hasSizeBetween(1, 2);
        assertThat(udp.dns().queries()).isEqualTo(1);
        assertThat(udp.dns().answered()).isEqualTo(1);
    }

    @Test
    void queryThatNobodyAnsweredInTheCapture_isWaitedFor() throws IOException {
        final FlowScript script =
                new Conversations().client(Conversations.query(1)).script(App.DNS);
        final ReplayResult.Udp answered = replay(script, 1, 1, (request, number) -> Conversations.answer(request, 0));
        assertThat(answered.dns().recordedUnanswered()).isEqualTo(1);
        final ReplayResult.Udp silent = replay(script, 1, 1, (request, number) -> null);
        assertThat(silent.dns().timedOut()).isEqualTo(1);
        assertThat(flows.failed()).as("as in the capture").isEmpty();
    }

    @Test
    void queryThatTheCapturedServerDidNotAnswerEither_isNotWaitedForAsASignOfLife() throws IOException {
        final FlowScript unanswered =
                new Conversations().client(Conversations.query(1)).script(App.DNS);
        replay(unanswered, 1, 1, (request, number) -> null);
        assertThat(heardAnything).as("nor did the captured server say anything").isTrue();
        final FlowScript another =
                new Conversations().client(Conversations.query(1)).asked(2, 0).script(App.DNS);
        replay(another, 1, 1, (request, number) -> null);
        assertThat(heardAnything).as("the target owes the second answer").isFalse();
    }

    @Test
    void datagramBehindWhichTheCapturedServerWasSilent_isOwedNothing() throws IOException {
        final FlowScript script = new Conversations()
                .client(bytes("log"))
                .client(bytes("hello"))
                .server(bytes("welcome"))
                .script(App.UNKNOWN);
        final List<PlannedSession> plan = List.of(new PlannedSession(0, script, 0, null, target(), 0, -1));
        try (UdpAgent agent = new UdpAgent(plan, 0.1, new StartLimits(1, 0), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            while (!agent.done()) {
                agent.work(0);
                serve((request, number) -> null);
                assertThat(agent.owesAnswers())
                        .isEqualTo(agent.result().datagrams().sent() == 2);
                nowNs += MS_NS;
            }
        }
        assertThat(requests).hasSize(2);
    }

    @Test
    void answerWithoutAQuestion_belongsToTheOneQueryWithItsId() throws IOException {
        final FlowScript one = new Conversations()
                .client(Conversations.query(1))
                .server(Conversations.formErr(1))
                .script(App.DNS);
        assertThat(replay(one, 1, 1, (request, number) -> Conversations.formErr(1))
                        .dns())
                .isEqualTo(new ReplayResult.Udp.Dns(1, 1, 0, 0, 0, 1, Map.of(), 0, 0));
        final byte[] other = Conversations.query(1);
        other[13] = 'b';
        final FlowScript two = new Conversations()
                .client(Conversations.query(1))
                .client(other)
                .server(Conversations.answer(Conversations.query(1), 0))
                .server(Conversations.answer(other, 0))
                .script(App.DNS);
        requests.clear();
        assertThat(replay(two, 1, 1, (request, number) -> number == 2 ? Conversations.formErr(1) : null)
                        .dns())
                .as("which of the two it is, nobody knows")
                .isEqualTo(new ReplayResult.Udp.Dns(2, 0, 2, 0, 0, 0, Map.of(), 0, 1));
    }

    @Test
    void answerThatComesTooLate_orTwice_opensNoGateForTheNextOne() throws IOException {
        final ReplayResult.Udp late = replay(
                dns(3), 1, 1, (request, number) -> number == 2 ? Conversations.answer(requests.get(0), 0) : null);
        assertThat(late.gatesTimedOut()).as("the third waits for the second's").isEqualTo(2);
        requests.clear();
        final ReplayResult.Udp twice =
                replay(dns(3), 1, 1, (request, number) -> number < 3 ? Conversations.answer(requests.get(0), 0) : null);
        assertThat(twice.gatesTimedOut()).isEqualTo(1);
        assertThat(twice.dns()).isEqualTo(new ReplayResult.Udp.Dns(3, 1, 2, 0, 0, 1, Map.of(), 0, 1));
    }

    /** What counts is what is answered: a captured client that asked twice got two answers. */
    @Test
    void answerThatTheCaptureHasTwice_isWaitedForOnce() throws IOException {
        final FlowScript script = new Conversations()
                .client(Conversations.query(1))
                .client(Conversations.query(1))
                .server(Conversations.answer(Conversations.query(1), 0))
                .server(Conversations.answer(Conversations.query(1), 0))
                .asked(2, 0)
                .script(App.DNS);
        final ReplayResult.Udp udp =
                replay(script, 1, 1, (request, number) -> number == 2 ? null : Conversations.answer(request, 0));
        assertThat(udp.gatesTimedOut()).isZero();
        assertThat(udp.dns()).isEqualTo(new ReplayResult.Udp.Dns(2, 2, 0, 0, 0, 2, Map.of(), 0, 0));
    }

    @Test
    void whatIsNoDns_isComparedByteByByte() throws IOException {
        final FlowScript script = new Conversations()
                .client(bytes("a"))
                .server(bytes("A"))
                .client(bytes("b"))
                .server(bytes("B"))
                .client(bytes("c"))
                .server(bytes("C"))
                .script(App.UNKNOWN);
        final ReplayResult.Udp udp =
                replay(script, 1, 1, (request, number) -> number == 1 ? bytes("A") : number == 2 ? bytes("x") : null);
        assertThat(udp.answers()).isEqualTo(new ReplayResult.Udp.Answers(3, 1, 1, 0, 1, 0));
        assertThat(flows.failed()).isEqualTo(Map.of("unanswered", 1L));
    }

    private static FlowScript talk(final String... answers) {
        final Conversations conversation = new Conversations();
        for (final String answer : answers) {
            conversation.client(bytes("?")).server(bytes(answer));
        }
        return conversation.script(App.UNKNOWN);
    }

    @Test
    void answerThatIsLost_doesNotMakeTheOthersDifferent() throws IOException {
        final ReplayResult.Udp udp = replay(
                talk("A", "B", "C", "D"),
                1,
                1,
                (request, number) -> number == 2 ? null : bytes("_ABCD".substring(number, number + 1)));
        assertThat(udp.answers()).isEqualTo(new ReplayResult.Udp.Answers(4, 3, 0, 0, 1, 0));
        assertThat(udp.gatesTimedOut()).isOne();
        assertThat(flows.failed()).isEqualTo(Map.of("unanswered", 1L));
    }

    @Test
    void answerThatIsLost_isWaitedForOnce_alsoWhereAllAreAlike() throws IOException {
        final ReplayResult.Udp udp =
                replay(talk("A", "A", "A", "A", "A"), 1, 1, (request, number) -> number == 2 ? null : bytes("A"));
        assertThat(udp.gatesTimedOut()).isOne();
        assertThat(udp.answers()).isEqualTo(new ReplayResult.Udp.Answers(5, 4, 0, 0, 1, 0));
    }

    @Test
    void datagramThatComesTooLate_opensNoGateForTheNextOne() throws IOException {
        final ReplayResult.Udp udp =
                replay(talk("A", "B", "C"), 1, 1, (request, number) -> number == 2 ? bytes("A") : null);
        assertThat(udp.gatesTimedOut()).as("the third waits for the second's").isEqualTo(2);
        assertThat(udp.answers()).isEqualTo(new ReplayResult.Udp.Answers(3, 1, 0, 0, 2, 0));
    }

    @Test
    void answersAreOwed_fromTheQueryToTheTimeout() throws IOException {
        final List<PlannedSession> plan = List.of(new PlannedSession(0, dns(2), 0, null, target(), 0, -1));
        try (UdpAgent agent = new UdpAgent(plan, 1, new StartLimits(1, 0), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            assertThat(agent.isOwed()).isFalse();
            while (requests.isEmpty()) {
                agent.work(0);
                serve((request, number) -> null);
                nowNs += MS_NS;
            }
            assertThat(agent.isOwed()).isTrue();
            assertThat(agent.timesHeard()).isZero();
            while (requests.size() < 2) {
                agent.work(0);
                serve((request, number) -> Conversations.answer(request, 0));
                nowNs += MS_NS;
            }
            while (!agent.done()) {
                agent.work(0);
                nowNs += MS_NS;
            }
            assertThat(agent.timesHeard()).isOne();
            assertThat(agent.isOwed()).isFalse();
        }
    }

    @Test
    void oneWayTraffic_waitsForNobody() throws IOException {
        final FlowScript script = new Conversations()
                .client(bytes("log 1"))
                .client(bytes("log 2"))
                .script(App.UNKNOWN);
        final ReplayResult.Udp udp = replay(script, 1, 1, (request, number) -> null);
        assertThat(udp.datagrams().sent()).isEqualTo(2);
        assertThat(flows.replayed()).isEqualTo(1);
        assertThat(heardAnything).as("there is nothing to be heard").isTrue();
        assertThat(nowNs).isLessThan(TIMEOUT_NS);
    }

    @Test
    void closedPort_isRefused() throws IOException {
        final FlowScript script = dns(3);
        final Endpoint closed = target();
        server.close();
        final List<PlannedSession> plan = List.of(new PlannedSession(0, script, 0, null, closed, 0, -1));
        try (UdpAgent agent = new UdpAgent(plan, 1, new StartLimits(1, 0), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            while (!agent.done()) {
                agent.work(0);
                nowNs += MS_NS;
            }
            assertThat(agent.flows().failed()).isEqualTo(Map.of("refused", 1L));
            assertThat(agent.timesHeard()).isOne();
            assertThat(agent.result().dns()).isEqualTo(new ReplayResult.Udp.Dns(3, 0, 0, 1, 2, 0, Map.of(), 0, 0));
        }
    }

    @Test
    void conversationsBegin_noFasterThanTheLimit() throws IOException {
        final List<PlannedSession> plan = new ArrayList<>();
        for (int copy = 0; copy < 5; copy++) {
            plan.add(new PlannedSession(copy, dns(1), 0, null, target(), 0, -1));
        }
        try (UdpAgent agent = new UdpAgent(
                plan,
                Double.POSITIVE_INFINITY,
                new StartLimits(9, 20 * MS_NS),
                TIMEOUT_NS,
                ByteLimit.NONE,
                () -> nowNs)) {
            while (!agent.done()) {
                agent.work(0);
                serve((request, number) -> Conversations.answer(request, 0));
                assertThat(requests.size()).isLessThanOrEqualTo(1 + (int) (nowNs / (20 * MS_NS)));
                nowNs += MS_NS;
            }
        }
        assertThat(requests).hasSize(5);
        assertThat(nowNs).isGreaterThan(80 * MS_NS);
    }

    @Test
    void conversationThatIsTooLate_doesNotBegin() throws IOException {
        final List<PlannedSession> plan = new ArrayList<>();
        for (int copy = 0; copy < 5; copy++) {
            plan.add(new PlannedSession(copy, dns(1), 0, null, target(), 0, -1));
        }
        try (UdpAgent agent = new UdpAgent(
                plan, 1, new StartLimits(9, 20 * MS_NS, 0, 30 * MS_NS), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            while (!agent.done()) {
                agent.work(0);
                serve((request, number) -> Conversations.answer(request, 0));
                nowNs += MS_NS;
            }
            assertThat(agent.flows().failed()).isEqualTo(Map.of("late", 3L));
            assertThat(agent.flows().replayed()).isEqualTo(2);
            assertThat(agent.result().dns()).isEqualTo(new ReplayResult.Udp.Dns(5, 2, 0, 0, 3, 2, Map.of(), 0, 0));
        }
        assertThat(requests).hasSize(2);
    }

    /** Two end together, unanswered; the one that waited for the first stands behind the one that waited for room. */
    @Test
    void conversationThatIsTooLate_doesNotBegin_behindOneThatIsNot() throws IOException {
        final List<PlannedSession> plan = List.of(
                new PlannedSession(0, dns(1), 0, null, target(), 0, -1),
                new PlannedSession(1, dns(1), 1, null, target(), 0, -1),
                new PlannedSession(2, dns(1), 0, null, target(), MS_NS, 0),
                new PlannedSession(3, dns(1), 1, null, target(), TIMEOUT_NS - 5 * MS_NS, -1));
        try (UdpAgent agent =
                new UdpAgent(plan, 1, new StartLimits(2, 0, 0, 30 * MS_NS), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            while (!agent.done()) {
                agent.work(0);
                serve((request, number) -> null);
                nowNs += MS_NS;
            }
            assertThat(agent.flows().failed()).isEqualTo(Map.of("late", 1L, "unanswered", 3L));
        }
        assertThat(requests).hasSize(3);
    }

    /** The first one says its second word in 100 s, and all others wait for room meanwhile. */
    @Test
    @Timeout(30)
    void crowdThatIsTooLate_endsWhileItIsListened_andWaitsForNothing() throws IOException {
        final List<PlannedSession> plan = new ArrayList<>();
        final FlowScript slow =
                new Conversations().client(bytes("a")).client(bytes("b")).script(App.UNKNOWN);
        plan.add(new PlannedSession(0, slow, 0, null, target(), 0, -1));
        for (int i = 1; i <= 1_000; i++) {
            plan.add(new PlannedSession(i, dns(1), i, null, target(), MS_NS, -1));
        }
        try (UdpAgent agent = new UdpAgent(
                plan, 1e-5, new StartLimits(1, 0, 0, 30 * MS_NS), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            agent.work(0);
            nowNs = 1_000 * MS_NS;
            for (final long late : new long[] {256, 512, 768}) {
                agent.work(100_000 * MS_NS);
                assertThat(agent.flows().failed()).isEqualTo(Map.of("late", late));
            }
            agent.work(0);
            assertThat(agent.flows().failed()).isEqualTo(Map.of("late", 1_000L));
        }
    }

    /** A datagram of 972 bytes is a packet of 1,000, a millisecond's worth of 8 Mbit/s. */
    @Test
    void datagramsLeave_noFasterThanTheLimit_andInTurn() throws IOException {
        final byte[] payload = new byte[972];
        final List<PlannedSession> plan = new ArrayList<>();
        for (int copy = 0; copy < 3; copy++) {
            final FlowScript script = new Conversations()
                    .client(payload)
                    .client(payload)
                    .client(payload)
                    .client(payload)
                    .script(App.UNKNOWN);
            plan.add(new PlannedSession(copy, script, copy, null, target(), 0, -1));
        }
        final ByteLimit limit = ByteLimit.of(8_000_000);
        try (UdpAgent agent =
                new UdpAgent(plan, Double.POSITIVE_INFINITY, new StartLimits(9, 0), TIMEOUT_NS, limit, () -> nowNs)) {
            while (!agent.done()) {
                agent.work(0);
                assertThat(agent.result().datagrams().sent()).isLessThanOrEqualTo(1 + nowNs / MS_NS);
                nowNs += MS_NS / 10;
            }
            assertThat(agent.result().datagrams().sent()).isEqualTo(12);
        }
        assertThat(nowNs).isBetween(11 * MS_NS, 12 * MS_NS);
        assertThat(limit.heldNs(nowNs)).isEqualTo(11 * MS_NS);
    }

    @Test
    void endsAreToldByConversation() throws IOException {
        final FlowScript script = dns(3);
        final List<PlannedSession> plan = List.of(
                new PlannedSession(0, script, 0, null, target(), 0, -1),
                new PlannedSession(1, script, 1, null, target(), 10 * TIMEOUT_NS, -1));
        final List<String> told = new ArrayList<>();
        try (UdpAgent agent = new UdpAgent(plan, 1, new StartLimits(1, 0), TIMEOUT_NS, ByteLimit.NONE, () -> nowNs)) {
            agent.tell((index, outcome) -> told.add(index + " " + outcome.state() + " "
                    + (outcome.local() == null ? "nowhere" : "a port") + ", " + outcome.sent() + " sent, "
                    + outcome.answered() + " of " + outcome.queries() + " answered"));
            while (agent.flows().total() == 0) {
                agent.work(0);
                serve((request, number) -> number == 2 ? null : Conversations.answer(request, 0));
                nowNs += MS_NS;
            }
            agent.drain();
        }
        assertThat(told)
                .containsExactly(
                        "0 unanswered a port, 3 sent, 2 of 3 answered",
                        "1 not-started nowhere, 0 sent, 0 of 3 answered");
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
