package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.script.Scripts;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client against {@link ModelServer} over a network that loses, doubles and reorders; every run from its seed. */
class VirtualNetworkTest {
    private static final long MS = 1_000_000L;
    private static final int[] EDGES = {0, 1, -1, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_ff00};
    /** At 20 % loss seven probes in a row may get lost: here only what arrives counts, not when. */
    private static final TcpConfig PATIENT =
            new TcpConfig(1500, 200 * MS, 60_000 * MS, 3600_000 * MS, 30, 40 * MS, 1 << 20, true);

    @SuppressWarnings("ArrayRecordComponent")
    private record InFlight(long atNs, long order, byte[] packet, boolean toServer) {}

    @SuppressWarnings("ArrayRecordComponent")
    private record Plan(FlowScript script, byte[] clientBytes, long[] requestEnds, int[] answers, boolean reset) {}

    @ParameterizedTest
    @CsvSource({"0, 300", "5, 400", "20, 300"})
    void tf04_tf14_tf22_tf49_everyByteArrivesAndEveryFlowEnds(final int lossPercent, final int seeds) {
        for (int seed = 0; seed < seeds; seed++) {
            final Run run = new Run(seed, lossPercent);
            try {
                run.play();
            } catch (final AssertionError | RuntimeException e) {
                final String story = String.join("\n", run.story);
                throw new AssertionError("seed " + seed + " at " + lossPercent + " % loss; at last:\n" + story, e);
            }
        }
    }

    private static Plan plan(final Random random) {
        final Scripts scripts = Scripts.flow();
        final int exchanges = 1 + random.nextInt(6);
        final long[] ends = new long[exchanges];
        final int[] answers = new int[exchanges];
        final StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < exchanges; i++) {
            for (int part = random.nextInt(3); part >= 0; part--) {
                final int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 9000 : 400);
                final StringBuilder text = new StringBuilder(length);
                for (int k = 0; k < length; k++) {
                    text.append((char) random.nextInt(256));
                }
                bytes.append(text);
                if (part == 0) {
                    scripts.send(text.toString());
                } else {
                    scripts.sendMore(text.toString());
                }
            }
            ends[i] = bytes.length();
            answers[i] = 1 + random.nextInt(random.nextInt(4) == 0 ? 40_000 : 500);
            scripts.after(random.nextInt(3) * MS).answer(answers[i]).after(random.nextInt(3) * MS);
        }
        final int how = random.nextInt(4);
        if (how < 2) {
            scripts.fin();
        } else if (how == 2) {
            scripts.rst();
        }
        final FlowScript script = scripts.build();
        final byte[] clientBytes = new byte[script.clientBytes().limit()];
        script.clientBytes().get(0, clientBytes);
        return new Plan(script, clientBytes, ends, answers, how == 2);
    }

    /** One connection from SYN to end. */
    private static final class Run {
        private final Random random;
        private final int lossPercent;
        private final Plan plan;
        private final ClientSession session;
        private final ModelServer server;
        private final Endpoint client;
        private final Endpoint target;
        private final int iss;
        private final int serverIss;
        private final Packets packets = new Packets();
        private final PriorityQueue<InFlight> wire = new PriorityQueue<>(
                (a, b) -> a.atNs() != b.atNs() ? Long.compare(a.atNs(), b.atNs()) : Long.compare(a.order(), b.order()));
        private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
        /** The last segments that arrived, for the message of a failure. */
        private final Deque<String> story = new ArrayDeque<>();

        private long order;
        private long nowNs = 1_000 * MS;
        private long lastUna;
        private long lastRcvNxt;
        private boolean roomy = true;

        Run(final int seed, final int lossPercent) {
            random = new Random(seed * 1000L + lossPercent);
            this.lossPercent = lossPercent;
            plan = plan(random);
            final boolean v6 = random.nextBoolean();
            client = new Endpoint(IpAddress.parse(v6 ? "fd00::1" : "198.18.0.1"), 40001);
            target = new Endpoint(IpAddress.parse(v6 ? "fd00::2" : "127.0.0.1"), 80);
            iss = EDGES[seed % EDGES.length] - random.nextInt(3);
            serverIss = EDGES[seed / EDGES.length % EDGES.length] - random.nextInt(3);
            server = new ModelServer(random, serverIss, plan.requestEnds(), plan.answers());
            final ScriptCursor cursor =
                    new ScriptCursor(plan.script(), new Pace(Double.POSITIVE_INFINITY, 3600_000 * MS), new HoleWatch());
            session = new ClientSession(
                    plan.script(), cursor, PATIENT, client, target, (buffer, at, length, available, ns) -> {
                        for (int i = 0; i < length; i++) {
                            answers.write(i < available ? buffer.get(at + i) : '?');
                        }
                    });
        }

        void play() {
            session.connect(iss, 7, nowNs, nowNs);
            flush();
            int events = 0;
            while (session.outcome() == null) {
                assertThat(++events).as("events: no livelock").isLessThan(200_000);
                step();
                invariants();
            }
            // In TIME-WAIT the target may have to hear the last ACK again; a session in CLOSED is silent.
            while (!wire.isEmpty() || (session.state() == SessionState.TIME_WAIT && !server.done())) {
                assertThat(++events).as("events: no livelock").isLessThan(200_000);
                if (session.state() == SessionState.CLOSED && !wire.element().toServer()) {
                    wire.remove();
                } else {
                    step();
                }
            }
            check();
        }

        /** A stall for want of one segment is no end of an answer. */
        private final class HoleWatch implements ScriptListener {
            @Override
            public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {}

            @Override
            public void onExchangeEnd(
                    final int exchange,
                    final long dueNs,
                    final long sentNs,
                    final long responseBytes,
                    final long lastByteNs,
                    final boolean timedOut) {
                if (session.outcome() == null && session.receiveSequence().hasHole()) {
                    assertThat(responseBytes)
                            .as("bytes of answer %d, ended while later ones waited behind a hole", exchange)
                            .isGreaterThanOrEqualTo(plan.answers()[exchange]);
                }
            }
        }

        private void check() {
            assertThat(session.outcome()).isEqualTo(Outcome.COMPLETED);
            assertThat(server.received.toByteArray()).as("bytes at the server").isEqualTo(plan.clientBytes());
            assertThat(session.ackedBytes()).isEqualTo(plan.clientBytes().length);
            assertThat((long) answers.size()).isEqualTo(session.receivedBytes());
            if (plan.reset()) {
                // Silence of a second counts as the end of an answer, so a captured RST may cut a late one off.
                assertThat(answers.size()).isBetween(1, server.answered.size());
            } else {
                assertThat(answers.size()).isEqualTo(server.answered.size());
                assertThat(server.acked).as("answers acknowledged").isGreaterThan(server.answered.size());
            }
            final byte[] want = Arrays.copyOf(server.answered.toByteArray(), answers.size());
            final byte[] got = answers.toByteArray();
            for (int i = 0; i < want.length; i++) {
                got[i] = got[i] == '?' ? want[i] : got[i];
            }
            assertThat(got).as("answers, what came out of order apart").isEqualTo(want);
        }

        private void step() {
            final long packetNs =
                    wire.isEmpty() ? Long.MAX_VALUE : wire.element().atNs();
            final long sessionNs = roomy ? session.nextDeadlineNs() : Math.min(session.nextDeadlineNs(), nowNs + MS);
            final long nextNs = Math.min(Math.min(packetNs, sessionNs), server.deadlineNs());
            assertThat(nextNs).as("somebody must be due: no deadlock").isLessThan(Long.MAX_VALUE);
            assertThat(nextNs).as("virtual time: no endless waiting").isLessThan(3_000_000 * MS);
            nowNs = Math.max(nowNs, nextNs);
            if (packetNs <= nowNs) {
                deliver(wire.remove());
            }
            if (server.deadlineNs() <= nowNs) {
                server.onTimer(nowNs);
            }
            if (session.nextDeadlineNs() <= nowNs) {
                session.onTimer(nowNs);
            }
            flush();
        }

        private void deliver(final InFlight packet) {
            final PacketView view = packets.view(packet.packet());
            tell(Sent.of(view, nowNs), packet.toServer());
            if (packet.toServer()) {
                final Sent segment = Sent.of(view, nowNs);
                checkAgainstStream(segment);
                server.onSegment(segment);
            } else {
                session.onSegment(view, nowNs);
            }
        }

        private void tell(final Sent s, final boolean toServer) {
            if (story.size() == 40) {
                story.remove();
            }
            final int from = toServer ? iss : serverIss;
            final int to = toServer ? serverIss : iss;
            story.add(nowNs / MS + (toServer ? " ms > " : " ms < ") + s.flagNames() + " seq " + (s.seq() - from) + " +"
                    + s.payload().length + " ack " + (s.ack() - to) + " win " + s.window());
        }

        /** Copies included: every byte that leaves is the stream's byte at its number. */
        private void checkAgainstStream(final Sent segment) {
            if (segment.payload().length == 0) {
                return;
            }
            final int from = segment.seq() - (iss + 1);
            assertThat(Arrays.equals(
                            segment.payload(),
                            0,
                            segment.payload().length,
                            plan.clientBytes(),
                            from,
                            from + segment.payload().length))
                    .as("bytes at %d", from)
                    .isTrue();
        }

        private void flush() {
            // Now and then the wire is full: nothing may be lost by it.
            roomy = random.nextInt(20) != 0;
            session.poll(
                    (from, segment) -> {
                        if (!roomy) {
                            return false;
                        }
                        transmit(packets.bytes(segment, client, target), true);
                        return true;
                    },
                    nowNs);
            for (final ModelServer.Segment s : server.takeOut()) {
                final int flags = s.flags() == TcpFlags.SYN ? TcpFlags.SYN | TcpFlags.ACK : s.flags();
                final SegmentOut out =
                        Packets.segment(s.seq(), s.ack(), flags, Math.min(s.window(), 65535), s.options(), s.data());
                transmit(packets.bytes(out, target, client), false);
            }
        }

        private void transmit(final byte[] packet, final boolean toServer) {
            if (random.nextInt(100) < lossPercent) {
                return;
            }
            final int copies = lossPercent > 0 && random.nextInt(50) == 0 ? 2 : 1;
            for (int i = 0; i < copies; i++) {
                final long jitter = lossPercent > 0 && random.nextInt(10) == 0 ? random.nextInt(20) * MS : 0;
                wire.add(new InFlight(nowNs + 5 * MS + jitter, order++, packet, toServer));
            }
        }

        private void invariants() {
            final SendSequence send = session.sendSequence();
            assertThat(send.una()).isBetween(lastUna, send.nxt());
            assertThat(send.nxt()).isLessThanOrEqualTo(plan.clientBytes().length + 2L);
            assertThat(send.nxt() - send.una()).isLessThanOrEqualTo(Math.max(1, send.maxWnd()) + 1);
            assertThat(session.receiveSequence().nxt()).isGreaterThanOrEqualTo(lastRcvNxt);
            lastUna = send.una();
            lastRcvNxt = session.receiveSequence().nxt();
            if (send.inFlight() && session.outcome() == null) {
                assertThat(session.nextDeadlineNs())
                        .as("a timer guards what is in flight")
                        .isLessThan(Long.MAX_VALUE);
            }
        }
    }
}
