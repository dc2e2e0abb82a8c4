package io.tcpreplayj.replay.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.ByteLimit;
import io.tcpreplayj.replay.LocalEndpoints;
import io.tcpreplayj.replay.Moved;
import io.tcpreplayj.replay.OnEarlyFin;
import io.tcpreplayj.replay.OnReset;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.ReconnectPlan;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.ReplayRules;
import io.tcpreplayj.replay.SessionEvents;
import io.tcpreplayj.replay.StartLimits;
import io.tcpreplayj.replay.StartOrder;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.judge.SessionRecord;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Likeness;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts against a real server on the loopback, over the kernel's TCP. */
@Timeout(60)
class SocketAgentTest {
    private static final long MS = 1_000_000L;
    private static final Pace REAL = new Pace(1.0, 30_000 * MS);
    private static final Pace MAX = new Pace(Double.POSITIVE_INFINITY, 30_000 * MS);

    /** Runs a plan and keeps the books of it. */
    private static final class Run implements SessionEvents {
        final Ledger ledger = new Ledger();
        final LatencyRecorder latency = new LatencyRecorder();
        final List<SessionRecord> records = new ArrayList<>();
        final List<PlannedSession> plan;
        final Outcome[] outcomes;
        final Endpoint[] locals;
        final long[] startedNs;
        final long[] endedNs;
        int open;
        int peak;

        Run(final List<PlannedSession> plan) {
            this.plan = plan;
            outcomes = new Outcome[plan.size()];
            locals = new Endpoint[plan.size()];
            startedNs = new long[plan.size()];
            endedNs = new long[plan.size()];
            for (final PlannedSession session : plan) {
                ledger.planned(session.script());
                records.add(new SessionRecord(session.script(), ledger, latency));
            }
        }

        Run at(final Pace pace, final int maxOpen) throws IOException {
            return at(pace, maxOpen, SocketTimeouts.defaults());
        }

        Run at(final Pace pace, final int maxOpen, final SocketTimeouts timeouts) throws IOException {
            return at(pace, maxOpen, timeouts, ReplayRules.DEFAULT);
        }

        StartOrder order(final Pace pace, final int maxOpen) {
            return new StartOrder(plan, Double.isInfinite(pace.speed()), maxOpen);
        }

        Run at(final Pace pace, final int maxOpen, final SocketTimeouts timeouts, final ReplayRules rules)
                throws IOException {
            return at(pace, maxOpen, timeouts, rules, client -> plan.get(0).target());
        }

        Run at(
                final Pace pace,
                final int maxOpen,
                final SocketTimeouts timeouts,
                final ReplayRules rules,
                final LocalEndpoints endpoints)
                throws IOException {
            final long beginNs = System.nanoTime();
            final LongSupplier clock = () -> System.nanoTime() - beginNs;
            final ReconnectPlan reconnects = new ReconnectPlan(plan, rules, pace, endpoints, this);
            try (SocketAgent agent =
                    new SocketAgent(order(pace, maxOpen), reconnects, timeouts, this, ByteLimit.NONE, clock)) {
                while (!agent.done()) {
                    agent.work(100 * MS);
                }
            }
            ledger.check();
            return this;
        }

        ReconnectPlan reconnects(final Pace pace, final ReplayRules rules) {
            return new ReconnectPlan(plan, rules, pace, client -> plan.get(0).target(), this);
        }

        @Override
        public ScriptListener scriptListener(final int index) {
            return records.get(index);
        }

        @Override
        public @Nullable ResponseBytes responseBytes(final int index) {
            return records.get(index);
        }

        @Override
        public void onStarted(final int index, final long nowNs) {
            startedNs[index] = nowNs;
            open++;
            peak = Math.max(peak, open);
        }

        @Override
        public void onConnectionLost(final int index, final int done, final int next, final Moved moved) {
            records.get(index).goesOn(done, next, moved);
        }

        @Override
        public void onEnded(
                final int index,
                final Outcome outcome,
                final long acked,
                final long received,
                final long retransmitted,
                final @Nullable Endpoint local,
                final long nowNs) {
            assertThat(outcomes[index]).as("ended twice").isNull();
            open--;
            outcomes[index] = outcome;
            locals[index] = local;
            endedNs[index] = nowNs;
            records.get(index).ended(outcome, acked, received, retransmitted);
        }
    }

    private static List<PlannedSession> planOf(final FlowScript script, final Endpoint target, final int count) {
        final List<PlannedSession> plan = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            plan.add(new PlannedSession(i, script, i, null, target, 0, -1));
        }
        return plan;
    }

    private static Run one(final FlowScript script, final Endpoint target) throws IOException {
        return new Run(planOf(script, target, 1));
    }

    private static Scripts twoExchanges() {
        return Scripts.flow()
                .after(5 * MS)
                .send("request-1;")
                .after(MS)
                .answer("answer-1;")
                .after(20 * MS)
                .sendMore("request-2 ")
                .after(MS)
                .send("goes on;")
                .after(MS)
                .answer("answer-2;")
                .after(5 * MS)
                .fin();
    }

    private static void politely(final ScriptedServer.Conversation with) throws IOException {
        with.expect(10);
        with.say("answer-1;");
        with.expect(18);
        with.say("answer-2;");
        with.expect(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldDeliverTheRequestsInOrderWithTheCapturedPauses(final String address) throws Exception {
        try (ScriptedServer server = new ScriptedServer(address, SocketAgentTest::politely)) {
            final Run run = one(twoExchanges().build(), server.endpoint()).at(REAL, 10);
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(server.conversation(run.locals[0].port()).read()).isEqualTo("request-1;request-2 goes on;");
            // 5 ms, 20 ms, 1 ms and 5 ms of think time.
            assertThat(run.endedNs[0]).isGreaterThan(31 * MS);
            assertThat(run.ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
            assertThat(run.ledger.responses().matched()).isEqualTo(2);
            assertThat(run.ledger.bytes()).isEqualTo(new ReplayResult.Bytes(28, 28, 0, 18));
            assertThat(run.latency.latency().serviceTime().count()).isEqualTo(2);
        }
    }

    @Test
    void shouldHalfCloseAndReadOnToTheEnd() throws Exception {
        final FlowScript script = Scripts.flow()
                .send("all I have")
                .fin()
                .after(MS)
                .answer("and this is the answer")
                .serverFin()
                .build();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            // Answers only when it has seen the client's FIN.
            with.expect(-1);
            with.say("and this is the answer");
        })) {
            final Run run = one(script, server.endpoint()).at(REAL, 10);
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(server.conversations().get(0).read()).isEqualTo("all I have");
            assertThat(run.ledger.responses().matched()).isEqualTo(1);
        }
    }

    @Test
    void shouldResetAsCaptured() throws Exception {
        final FlowScript script = Scripts.flow()
                .send("request-1;")
                .after(MS)
                .answer("answer-1;")
                .after(MS)
                .rst()
                .build();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            with.expect(10);
            with.say("answer-1;");
            with.expect(-1);
        })) {
            final Run run = one(script, server.endpoint()).at(REAL, 10);
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(run.ledger.responses().matched()).isEqualTo(1);
            final ScriptedServer.Conversation conversation =
                    server.conversations().get(0);
            while (conversation.how().equals("open")) {
                Thread.onSpinWait();
            }
            assertThat(conversation.how()).contains("reset");
            assertThat(conversation.read()).isEqualTo("request-1;");
        }
    }

    @Test
    void shouldTellARefusal() throws Exception {
        final Endpoint closed;
        try (ServerSocket socket =
                new ServerSocket(0, 1, IpAddress.parse("127.0.0.1").toInetAddress())) {
            closed = new Endpoint(IpAddress.parse("127.0.0.1"), socket.getLocalPort());
        }
        final Run run = new Run(planOf(twoExchanges().build(), closed, 3)).at(REAL, 10);
        assertThat(run.outcomes).containsOnly(Outcome.REFUSED);
        assertThat(run.ledger.flows().failed()).containsEntry("refused", 3L);
        assertThat(run.ledger.requests()).isEqualTo(new ReplayResult.Requests(6, 0, 0, 0));
        assertThat(run.ledger.responses().notCompared()).containsEntry("not-sent", 6L);
    }

    @Test
    void shouldTellWhatCannotBeReached() throws Exception {
        // TCP to a broadcast address: ENETUNREACH (tcp_v4_connect in net/ipv4/tcp_ipv4.c), on every machine.
        final Endpoint nowhere = new Endpoint(IpAddress.parse("127.255.255.255"), 9);
        final Run run = new Run(planOf(twoExchanges().build(), nowhere, 2)).at(REAL, 10);
        assertThat(run.outcomes).containsOnly(Outcome.UNREACHABLE);
        assertThat(run.ledger.flows().failed()).containsEntry("unreachable", 2L);
    }

    @Test
    void shouldGiveUpOnASilentServerAfterTheResponseTimeout() throws Exception {
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> with.expect(-1))) {
            final Run run = one(twoExchanges().build(), server.endpoint()).at(new Pace(1.0, 80 * MS), 10);
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED_DIVERGED);
            assertThat(server.conversations().get(0).read()).isEqualTo("request-1;request-2 goes on;");
            assertThat(run.ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 0, 2));
            assertThat(run.ledger.responses().notCompared()).containsEntry("no-answer", 2L);
            assertThat(run.endedNs[0]).isGreaterThan(160 * MS);
        }
    }

    @Test
    void shouldTellAResetWithinAnAnswer() throws Exception {
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            with.expect(10);
            with.say("ans");
            with.socket.setSoLinger(true, 0);
        })) {
            final Run run = one(twoExchanges().build(), server.endpoint()).at(REAL, 10);
            assertThat(run.outcomes).containsExactly(Outcome.RESET_BY_TARGET);
            assertThat(run.ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 1, 0, 0));
            assertThat(run.ledger.responses().notCompared())
                    .containsEntry("not-sent", 1L)
                    .hasSize(2);
        }
    }

    @Test
    void shouldTellAServerThatClosedAndTakesNoMore() throws Exception {
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            with.expect(10);
            with.say("answer-1;");
        })) {
            final Run run = one(twoExchanges().build(), server.endpoint()).at(REAL, 10);
            assertThat(run.outcomes).containsExactly(Outcome.ABORTED_EARLY_FIN);
            assertThat(run.ledger.responses().matched()).isEqualTo(1);
        }
    }

    @Test
    void shouldNotTakeAServerThatClosedForOneThatTookTheLastRequest() throws Exception {
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            with.expect(10);
            with.say("answer-1;");
        })) {
            final Run run = new Run(planOf(twoExchanges().build(), server.endpoint(), 50)).at(MAX, 10);
            // Whether the request arrives before the close is a race; that it was not served is not.
            assertThat(run.outcomes).isSubsetOf(Outcome.ABORTED_EARLY_FIN, Outcome.RESET_BY_TARGET);
            assertThat(run.ledger.replayed()).isZero();
        }
    }

    @Test
    void shouldSendTheRestToAServerThatHalfClosedFirst() throws Exception {
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            with.expect(10);
            with.say("answer-1;");
            with.socket.shutdownOutput();
            with.expect(-1);
        })) {
            final Run run = one(twoExchanges().build(), server.endpoint()).at(REAL, 10);
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(server.conversations().get(0).read()).isEqualTo("request-1;request-2 goes on;");
            assertThat(run.ledger.responses().notCompared()).containsEntry("no-answer", 1L);
        }
    }

    @Test
    void shouldTimeOutWhenNobodyAnswersTheSyn() throws Exception {
        // A listener with a full backlog: the kernel drops further SYNs.
        try (ServerSocket full =
                new ServerSocket(0, 1, IpAddress.parse("127.0.0.1").toInetAddress())) {
            final Endpoint target = new Endpoint(IpAddress.parse("127.0.0.1"), full.getLocalPort());
            final List<java.net.Socket> fillers = new ArrayList<>();
            try {
                fillBacklog(full, fillers);
                final Run run = one(twoExchanges().build(), target)
                        .at(REAL, 10, new SocketTimeouts(150 * MS, 1_000 * MS, false));
                assertThat(run.outcomes).containsExactly(Outcome.SYN_TIMEOUT);
                assertThat(run.endedNs[0]).isBetween(150 * MS, 5_000 * MS);
            } finally {
                for (final java.net.Socket filler : fillers) {
                    filler.close();
                }
            }
        }
    }

    private static void fillBacklog(final ServerSocket full, final List<java.net.Socket> fillers) throws IOException {
        for (int i = 0; i < 16; i++) {
            final java.net.Socket filler = new java.net.Socket();
            fillers.add(filler);
            try {
                filler.connect(full.getLocalSocketAddress(), 100);
            } catch (final java.net.SocketTimeoutException e) {
                return;
            }
        }
        throw new AssertionError("the backlog never filled");
    }

    @Test
    void shouldRunManySessionsAtMaxSpeedWithinTheLimitInOrder() throws Exception {
        final int count = 2_000;
        final AtomicInteger served = new AtomicInteger();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            politely(with);
            served.incrementAndGet();
        })) {
            final Run run = new Run(planOf(twoExchanges().build(), server.endpoint(), count)).at(MAX, 50);
            assertThat(run.outcomes).containsOnly(Outcome.COMPLETED);
            assertThat(run.peak).isLessThanOrEqualTo(50);
            assertThat(run.startedNs).isSorted();
            assertThat(server.conversations()).hasSize(count);
            assertThat(server.conversations())
                    .allSatisfy(c -> assertThat(c.read()).isEqualTo("request-1;request-2 goes on;"));
            assertThat(run.ledger.responses().matched()).isEqualTo(2L * count);
            assertThat(run.ledger.flows().replayed()).isEqualTo(count);
        }
    }

    @Test
    void shouldStartEachSessionWhenItIsDueAndAfterTheOneBefore() throws Exception {
        final FlowScript script = twoExchanges().build();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", SocketAgentTest::politely)) {
            final List<PlannedSession> plan = List.of(
                    new PlannedSession(0, script, 0, null, server.endpoint(), 0, -1),
                    new PlannedSession(1, script, 1, null, server.endpoint(), 2 * MS, 0),
                    new PlannedSession(2, script, 2, null, server.endpoint(), 150 * MS, -1),
                    new PlannedSession(3, script, 3, null, server.endpoint(), 200 * MS, 1));
            final Run run = new Run(plan).at(REAL, 10);
            assertThat(run.outcomes).containsOnly(Outcome.COMPLETED);
            assertThat(run.startedNs[1]).isGreaterThanOrEqualTo(run.endedNs[0]);
            assertThat(run.startedNs[2]).isGreaterThanOrEqualTo(150 * MS);
            assertThat(run.startedNs[3]).isGreaterThanOrEqualTo(200 * MS);
        }
    }

    @Test
    void shouldSendMoreThanTheSocketHolds() throws Exception {
        final StringBuilder upload = new StringBuilder();
        for (int i = 0; i < 800_000; i++) {
            upload.append(Integer.toHexString(i)).append(' ');
        }
        final FlowScript script = Scripts.flow()
                .send(upload.toString())
                .after(MS)
                .answer("ok")
                .fin()
                .build();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            final byte[] all = with.socket.getInputStream().readNBytes(upload.length());
            with.say(new String(all, java.nio.charset.StandardCharsets.ISO_8859_1).contentEquals(upload) ? "ok" : "no");
            with.expect(-1);
        })) {
            final Run run = one(script, server.endpoint()).at(REAL, 10);
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(run.ledger.responses().matched()).isEqualTo(1);
        }
    }

    @Test
    void shouldDeliverUrgentBytesToASlowReader() throws Exception {
        final int rows = 12_000;
        final Scripts scripts = Scripts.flow();
        for (int i = 0; i < rows; i++) {
            scripts.sendUrgent(String.format(java.util.Locale.ROOT, "%0999d!", i));
        }
        final FlowScript script = scripts.fin().build();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            with.socket.setOOBInline(true);
            final java.io.InputStream in = with.socket.getInputStream();
            final byte[] piece = new byte[50_000];
            while (in.readNBytes(piece, 0, piece.length) > 0) {
                // Slower than the client, so that its buffer is full most of the time.
                java.util.concurrent.locks.LockSupport.parkNanos(MS / 2);
            }
        })) {
            final Run run = one(script, server.endpoint()).at(MAX, 10);
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(run.ledger.bytes().clientAcked()).isEqualTo(1000L * rows);
        }
    }

    @Test
    void shouldWaitForAWholeHttpAnswerThatComesInPieces() throws Exception {
        final String recorded = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        final String live = "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n";
        final FlowScript script = Scripts.flow()
                .app(FlowRecord.App.HTTP)
                .send("GET /1 HTTP/1.1\r\n\r\n")
                .after(MS)
                .answer(recorded)
                .send("GET /2 HTTP/1.1\r\n\r\n")
                .after(MS)
                .answer(recorded)
                .fin()
                .build();
        final List<String> early = new java.util.concurrent.CopyOnWriteArrayList<>();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            for (int i = 1; i <= 2; i++) {
                with.expect(19);
                with.say(live);
                for (int piece = 0; piece < 3; piece++) {
                    java.util.concurrent.locks.LockSupport.parkNanos(15 * MS);
                    if (with.socket.getInputStream().available() > 0) {
                        early.add("request " + (i + 1) + " before piece " + piece);
                    }
                    with.say("x".repeat(100));
                }
            }
            with.expect(-1);
        })) {
            final Run run = one(script, server.endpoint()).at(REAL, 10);
            assertThat(early).isEmpty();
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(run.ledger.requests().answered()).isEqualTo(2);
            assertThat(run.ledger.responses().different()).isEqualTo(2);
        }
    }

    @Test
    void shouldEndEverySessionWhenToldToStop() throws Exception {
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> with.expect(-1))) {
            final Run run = new Run(planOf(twoExchanges().build(), server.endpoint(), 5));
            final long beginNs = System.nanoTime();
            try (SocketAgent agent = new SocketAgent(
                    run.order(REAL, 2),
                    run.reconnects(REAL, ReplayRules.DEFAULT),
                    SocketTimeouts.defaults(),
                    run,
                    ByteLimit.NONE,
                    () -> System.nanoTime() - beginNs)) {
                while (agent.openSessions() < 2 || server.conversations().size() < 2) {
                    agent.work(10 * MS);
                }
                agent.abort();
                assertThat(agent.done()).isTrue();
            }
            assertThat(run.outcomes)
                    .containsExactly(
                            Outcome.INTERRUPTED,
                            Outcome.INTERRUPTED,
                            Outcome.NOT_STARTED,
                            Outcome.NOT_STARTED,
                            Outcome.NOT_STARTED);
            run.ledger.check();
        }
    }

    /** Nothing of it is awaited as an answer yet: the request has not left whole. */
    @Test
    void targetThatReadsNothingOfAnUpload_owesRoomForIt() throws Exception {
        final String upload = "0123456789abcdef".repeat(1 << 20);
        final CountDownLatch reads = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            await(reads);
            with.socket.getInputStream().readNBytes(upload.length());
            with.say("ok");
            with.expect(-1);
        })) {
            final FlowScript script =
                    Scripts.flow().send(upload).answer("ok").fin().build();
            final Run run = one(script, server.endpoint());
            final long beginNs = System.nanoTime();
            final LongSupplier clock = () -> System.nanoTime() - beginNs;
            try (SocketAgent agent = new SocketAgent(
                    run.order(REAL, 1),
                    run.reconnects(REAL, ReplayRules.DEFAULT),
                    SocketTimeouts.defaults(),
                    run,
                    ByteLimit.NONE,
                    clock)) {
                while (!agent.heardAnything()) {
                    agent.work(10 * MS);
                }
                while (!agent.isOwed() && clock.getAsLong() < 20_000 * MS) {
                    agent.work(10 * MS);
                }
                assertThat(agent.isOwed()).isTrue();
                final long heard = agent.timesHeard();
                reads.countDown();
                while (!agent.done()) {
                    agent.work(10 * MS);
                }
                assertThat(agent.timesHeard()).as("room, the answer, the FIN").isGreaterThan(heard + 2);
                assertThat(agent.progress()).as("and its end").isEqualTo(agent.timesHeard() + 1);
                assertThat(agent.isOwed()).isFalse();
            }
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
        }
    }

    /** Its ACKs would use up the limit at 60 kB/s, and it goes on until the other session's second request is there. */
    @Test
    void longDownload_doesNotStopAllSending() throws Exception {
        final AtomicInteger connections = new AtomicInteger();
        final CountDownLatch downloads = new CountDownLatch(1);
        final CountDownLatch asked = new CountDownLatch(1);
        final AtomicBoolean over = new AtomicBoolean();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            final boolean first = connections.getAndIncrement() == 0;
            with.expect(3);
            if (!first) {
                await(downloads);
                with.say("answer");
                with.expect(3);
                asked.countDown();
                return;
            }
            while (asked.getCount() > 0 && !over.get()) {
                with.say("r".repeat(1 << 16));
                downloads.countDown();
            }
        })) {
            final FlowScript download =
                    Scripts.flow().send("get").answer(8 << 20).fin().build();
            final FlowScript twoRequests = Scripts.flow()
                    .send("get")
                    .answer("answer")
                    .send("get")
                    .fin()
                    .build();
            final Run run = new Run(List.of(
                    new PlannedSession(0, download, 0, null, server.endpoint(), 0, -1),
                    new PlannedSession(1, twoRequests, 0, null, server.endpoint(), 0, -1)));
            final long beginNs = System.nanoTime();
            final LongSupplier clock = () -> System.nanoTime() - beginNs;
            try (SocketAgent agent = new SocketAgent(
                    run.order(REAL, 2),
                    run.reconnects(REAL, ReplayRules.DEFAULT),
                    SocketTimeouts.defaults(),
                    run,
                    ByteLimit.of(8_000),
                    clock)) {
                while (asked.getCount() > 0 && clock.getAsLong() < 10_000 * MS) {
                    agent.work(10 * MS);
                }
            }
            over.set(true);
            assertThat(asked.getCount()).as("requests that did not leave").isZero();
        }
    }

    private static ScriptedServer answeringOnce(final CountDownLatch asked, final CountDownLatch mayAnswer)
            throws IOException {
        return new ScriptedServer("127.0.0.1", with -> {
            with.expect(3);
            asked.countDown();
            await(mayAnswer);
            with.say("answer");
            with.expect(-1);
        });
    }

    /** R14. A limit holds back the one, and when its time has come another one that waited for the first stands behind it. */
    @Test
    void sessionThatIsTooLate_doesNotBegin_behindOneThatIsNot() throws Exception {
        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch mayAnswer = new CountDownLatch(1);
        try (ScriptedServer server = answeringOnce(asked, mayAnswer)) {
            final FlowScript script =
                    Scripts.flow().send("get").answer("answer").fin().build();
            final Endpoint target = server.endpoint();
            final Run run = new Run(List.of(
                    new PlannedSession(0, script, 0, null, target, 0, -1),
                    new PlannedSession(1, script, 0, null, target, 10 * MS, 0),
                    new PlannedSession(2, script, 1, null, target, 1_000 * MS, -1)));
            final AtomicLong nowNs = new AtomicLong();
            final ByteLimit limit = ByteLimit.of(8_000_000);
            try (SocketAgent agent = new SocketAgent(
                    new StartOrder(run.plan, false, new StartLimits(9, 0, 0, 500 * MS)),
                    run.reconnects(REAL, ReplayRules.DEFAULT),
                    SocketTimeouts.defaults(),
                    run,
                    limit,
                    nowNs::get)) {
                while (asked.getCount() > 0) {
                    agent.work(MS);
                    nowNs.addAndGet(MS / 100);
                }
                limit.spent(1_250_000, nowNs.get());
                nowNs.set(1_000 * MS);
                agent.work(MS);
                mayAnswer.countDown();
                while (run.outcomes[0] == null) {
                    agent.work(MS);
                }
                nowNs.set(1_400 * MS);
                while (!agent.done()) {
                    agent.work(MS);
                    nowNs.addAndGet(MS / 100);
                }
            }
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED, Outcome.LATE, Outcome.COMPLETED);
        }
    }

    /** R15. The first one waits for its answer, and all others for room meanwhile. */
    @Test
    void crowdThatIsTooLate_endsWhileItIsListened_andWaitsForNothing() throws Exception {
        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch mayAnswer = new CountDownLatch(1);
        try (ScriptedServer server = answeringOnce(asked, mayAnswer)) {
            final FlowScript script =
                    Scripts.flow().send("get").answer("answer").fin().build();
            final Run run = new Run(planOf(script, server.endpoint(), 1_001));
            final AtomicLong nowNs = new AtomicLong();
            try (SocketAgent agent = new SocketAgent(
                    new StartOrder(run.plan, false, new StartLimits(1, 0, 0, 500 * MS)),
                    run.reconnects(REAL, ReplayRules.DEFAULT),
                    SocketTimeouts.defaults(),
                    run,
                    ByteLimit.NONE,
                    nowNs::get)) {
                while (asked.getCount() > 0) {
                    agent.work(MS);
                }
                nowNs.set(1_000 * MS);
                agent.work(MS);
                for (final int late : new int[] {256, 512, 768}) {
                    assertThat(run.outcomes)
                            .filteredOn(outcome -> outcome == Outcome.LATE)
                            .hasSize(late);
                    agent.work(600_000 * MS);
                }
                assertThat(run.outcomes)
                        .filteredOn(outcome -> outcome == Outcome.LATE)
                        .hasSize(1_000);
                mayAnswer.countDown();
                while (!agent.done()) {
                    agent.work(MS);
                }
            }
        }
    }

    @Test
    void shouldNotTakeItsOwnStandstillForTheEndOfAnAnswer() throws Exception {
        final CountDownLatch half = new CountDownLatch(1);
        final CountDownLatch rest = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            with.expect(10);
            with.say("answ");
            half.countDown();
            await(rest);
            with.say("er-1;");
            with.expect(18);
            with.say("answer-2;");
            with.expect(-1);
        })) {
            final Run run = one(twoExchanges().build(), server.endpoint());
            final AtomicLong stoodNs = new AtomicLong();
            final long beginNs = System.nanoTime();
            try (SocketAgent agent = new SocketAgent(
                    run.order(REAL, 10),
                    run.reconnects(REAL, ReplayRules.DEFAULT),
                    SocketTimeouts.defaults(),
                    run,
                    ByteLimit.NONE,
                    () -> System.nanoTime() - beginNs + stoodNs.get())) {
                while (half.getCount() > 0) {
                    agent.work(MS);
                }
                agent.work(MS);
                stoodNs.set(5_000 * MS);
                agent.work(MS);
                rest.countDown();
                while (!agent.done()) {
                    agent.work(100 * MS);
                }
            }
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(run.ledger.responses().matched()).isEqualTo(2);
        }
    }

    private static void await(final CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            throw new InterruptedIOException(e.getMessage());
        }
    }

    private static ReplayRules rules(final OnEarlyFin onEarlyFin, final OnReset onReset) {
        return new ReplayRules(GateMode.HYBRID, true, false, false, Gaps.DROP_FLOW, onEarlyFin, onReset, Likeness.NONE);
    }

    /** The second request is answered by a RST, the first time. */
    private static ScriptedServer resettingOnce() throws IOException {
        final AtomicInteger connections = new AtomicInteger();
        return new ScriptedServer("127.0.0.1", with -> {
            if (connections.getAndIncrement() > 0) {
                with.expect(18);
                with.say("answer-2;");
                with.expect(-1);
                return;
            }
            with.expect(10);
            with.say("answer-1;");
            with.expect(5);
            with.socket.setSoLinger(true, 0);
        });
    }

    @Test
    void tf41_requestThatAResetCutOff_isSentAgainOverAnotherConnection() throws Exception {
        try (ScriptedServer server = resettingOnce()) {
            final Run run = one(twoExchanges().build(), server.endpoint())
                    .at(REAL, 10, SocketTimeouts.defaults(), rules(OnEarlyFin.CONTINUE, OnReset.RECONNECT));
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED_DIVERGED);
            assertThat(server.conversations()).hasSize(2);
            assertThat(server.conversations().get(1).read()).isEqualTo("request-2 goes on;");
            assertThat(run.ledger.reconnects().connectionsLost()).isEqualTo(1);
            assertThat(run.ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
            assertThat(run.ledger.responses().matched()).isEqualTo(2);
            assertThat(run.ledger.bytes().clientAcked()).isEqualTo(28);
        }
    }

    @Test
    void tf41_requestThatAResetCutOff_isLeftOutWhenAskedFor() throws Exception {
        final FlowScript script = Scripts.flow()
                .send("request-1;")
                .answer("answer-1;")
                .send("request-2;")
                .answer("answer-2;")
                .send("request-3;")
                .answer("answer-3;")
                .fin()
                .build();
        final AtomicInteger connections = new AtomicInteger();
        try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
            final boolean first = connections.getAndIncrement() == 0;
            with.expect(10);
            with.say(first ? "answer-1;" : "answer-3;");
            if (first) {
                with.expect(5);
                with.socket.setSoLinger(true, 0);
            } else {
                with.expect(-1);
            }
        })) {
            final Run run = one(script, server.endpoint())
                    .at(REAL, 10, SocketTimeouts.defaults(), rules(OnEarlyFin.CONTINUE, OnReset.SKIP_REQUEST));
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED_DIVERGED);
            assertThat(server.conversations().get(1).read()).isEqualTo("request-3;");
            assertThat(run.ledger.reconnects()).isEqualTo(new ReplayResult.Reconnects(1, 0, 1));
            assertThat(run.ledger.requests().answered()).isEqualTo(2);
            assertThat(run.ledger.responses().matched()).isEqualTo(2);
        }
    }

    @Test
    void tf28_earlyFin_failsOrReconnectsAsAskedFor() throws Exception {
        for (final OnEarlyFin policy : OnEarlyFin.values()) {
            final AtomicInteger connections = new AtomicInteger();
            try (ScriptedServer server = new ScriptedServer("127.0.0.1", with -> {
                if (connections.getAndIncrement() > 0) {
                    with.expect(18);
                    with.say("answer-2;");
                } else {
                    with.expect(10);
                    with.say("answer-1;");
                    with.socket.shutdownOutput();
                }
                with.expect(-1);
            })) {
                final SocketTimeouts usual = SocketTimeouts.defaults();
                final Run run = one(twoExchanges().build(), server.endpoint())
                        .at(
                                REAL,
                                10,
                                policy == OnEarlyFin.CONTINUE ? usual : usual.withEndAtEarlyFin(),
                                rules(policy, OnReset.FAIL));
                final String second = "request-2 goes on;";
                switch (policy) {
                    case CONTINUE -> {
                        assertThat(server.conversations()).hasSize(1);
                        assertThat(server.conversations().get(0).read()).isEqualTo("request-1;" + second);
                    }
                    case FAIL -> {
                        assertThat(run.outcomes).containsExactly(Outcome.ABORTED_EARLY_FIN);
                        assertThat(server.conversations().get(0).read()).isEqualTo("request-1;");
                        assertThat(run.ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 1, 1, 0));
                    }
                    case RECONNECT -> {
                        assertThat(run.outcomes).containsExactly(Outcome.COMPLETED_DIVERGED);
                        assertThat(server.conversations().get(1).read()).isEqualTo(second);
                        assertThat(run.ledger.reconnects()).isEqualTo(new ReplayResult.Reconnects(1, 0, 0));
                        assertThat(run.ledger.responses().matched()).isEqualTo(2);
                        assertThat(run.endedNs[0] - run.startedNs[0])
                                .as("the think time is kept")
                                .isGreaterThan(20 * MS);
                    }
                }
            }
        }
    }

    /** A program of this host that listens on all addresses has its port at the clients' addresses, too. */
    @Test
    void placeThatIsTaken_isLeftForAnother() throws Exception {
        final IpAddress client = IpAddress.parse("127.0.0.2");
        final Endpoint free;
        try (ServerSocket other = new ServerSocket(0, 1, client.toInetAddress())) {
            free = new Endpoint(client, other.getLocalPort());
        }
        try (ServerSocket listener = new ServerSocket(0);
                ScriptedServer server = new ScriptedServer("127.0.0.1", SocketAgentTest::politely)) {
            final Endpoint taken = new Endpoint(client, listener.getLocalPort());
            final FlowScript script = twoExchanges().build();
            final Run run = new Run(List.of(new PlannedSession(0, script, 0, taken, server.endpoint(), 0, -1)));
            run.at(MAX, 1, SocketTimeouts.defaults(), ReplayRules.DEFAULT, new OneMore(free));
            assertThat(run.outcomes).containsExactly(Outcome.COMPLETED);
            assertThat(run.locals).containsExactly(free);
        }
    }

    /** Has one place besides those of the plan. */
    private record OneMore(Endpoint place) implements LocalEndpoints {
        @Override
        public Endpoint next(final IpAddress capturedClient) {
            throw new IllegalStateException("the plan has its endpoints");
        }

        @Override
        public Endpoint another(final IpAddress capturedClient) {
            return place;
        }
    }

    @Test
    void tf41_targetThatComesBackIsWaitedFor() throws Exception {
        final ServerSocket reserved = new ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"));
        final Endpoint target =
                new Endpoint(io.tcpreplayj.packet.IpAddress.parse("127.0.0.1"), reserved.getLocalPort());
        reserved.close();
        final Run run = one(twoExchanges().build(), target);
        final Thread later = new Thread(() -> {
            java.util.concurrent.locks.LockSupport.parkNanos(250 * MS);
            try (ServerSocket listener = new ServerSocket()) {
                listener.setReuseAddress(true);
                listener.bind(new java.net.InetSocketAddress("127.0.0.1", target.port()));
                try (java.net.Socket socket = listener.accept()) {
                    socket.getInputStream().readNBytes(10);
                    socket.getOutputStream().write("answer-1;".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                    socket.getInputStream().readNBytes(18);
                    socket.getOutputStream().write("answer-2;".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                    socket.getInputStream().read();
                }
            } catch (final IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        later.start();
        run.at(REAL, 10, SocketTimeouts.defaults(), rules(OnEarlyFin.CONTINUE, OnReset.RECONNECT));
        later.join();
        assertThat(run.outcomes).containsExactly(Outcome.COMPLETED_DIVERGED);
        assertThat(run.ledger.responses().matched()).isEqualTo(2);
    }
}
