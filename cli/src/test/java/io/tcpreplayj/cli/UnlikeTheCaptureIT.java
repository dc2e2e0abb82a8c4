package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.cli.AcceptanceLab.Meanwhile;
import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.cli.AcceptanceLab.Row;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.OracleServer;
import io.tcpreplayj.faultlab.Way;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import io.tcpreplayj.testdata.ThinnedPcap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AC-09, AC-13 and AC-16: captures that miss frames, targets that answer otherwise than the captured server did, and targets
 * that die or stand still. Every flow ends as it was foreseen, in time, and none suffers for another.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class UnlikeTheCaptureIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int FIRST_PORT = 7000;
    private static final int REQUEST = 600;
    private static final int ANSWER = 1_000;
    private static final int EXCHANGES = 3;
    private static final int TIMEOUT_S = SOAK ? 20 : 4;
    private static final int LIVES = 10;
    private static final Set<String> ENDS_OF_THE_KILLED =
            Set.of("completed", "reset-by-target", "aborted-early-fin", "refused");
    /** So long after a connection's last packet the server may not have noted it yet, and is killed all the same. */
    private static final long NOTING_NS = 1_000_000_000L;
    /** What is due after that is waited for, or it would be missed as if the kill had hit others, too. */
    private static final Duration CATCHING_UP = Duration.ofSeconds(10);

    /** A target that answers otherwise, and what becomes of its flows; {@code end} as the server sees it. */
    private record Other(Manners manners, String state, String end, double mostSeconds) {}

    /** From the first to the last packet of a connection, or as long as nobody listened. */
    private record Span(long fromNs, long toNs) {
        Span and(final Span later) {
            return new Span(fromNs, later.toNs);
        }

        /** Until the server has surely noted it, or will before it is killed. */
        Span noted() {
            return new Span(fromNs, toNs + NOTING_NS);
        }

        boolean meets(final Span other) {
            return fromNs - other.toNs < 0 && other.fromNs - toNs < 0;
        }
    }

    private final Map<String, Other> others = new LinkedHashMap<>();
    private final List<AcceptanceRow> rows = new ArrayList<>();
    private AcceptanceLab lab;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        Privileges.needRootAnd("ip", "ethtool", "nft");
        final Manners good = Manners.good(REQUEST, ANSWER);
        // Who waited for an answer twice would take as long, from the last flow's start.
        final double waits = (SOAK ? 10 : 0) + 2 * EXCHANGES * TIMEOUT_S;
        answers("no-answer", Manners.good(REQUEST, 0), "completed-diverged", waits);
        answers("half-an-answer", Manners.good(REQUEST, ANSWER / 2), "completed", waits);
        answers("two-answers", Manners.good(REQUEST, ANSWER * 2), "completed", waits);
        answers("hundred-answers", Manners.good(REQUEST, ANSWER * 100), "completed", waits);
        answers("slow-drip", good.dripping(200), "completed", waits);
        others.put("early-fin", new Other(good.endingAfter(1, false), "aborted-early-fin", "closed", waits));
        others.put("early-rst", new Other(good.endingAfter(1, true), "reset-by-target", "reset", waits));
        final Map<Integer, Manners> ports = new HashMap<>();
        ports.put(FIRST_PORT, good);
        others.values().forEach(other -> ports.put(FIRST_PORT + ports.size(), other.manners()));
        lab = AcceptanceLab.start(scratch, ports);
        killed();
        stopped();
        holes();
        otherAnswers();
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    private void answers(final String name, final Manners manners, final String state, final double mostSeconds) {
        others.put(name, new Other(manners, state, "eof", mostSeconds));
    }

    private void otherAnswers() throws IOException {
        // A server that has not closed yet when the next request comes, closes by RST: it has the time to.
        final Recording recording = lab.record(
                "other-answers",
                new FlowPcap.Shape(SOAK ? 1_000 : 50, EXCHANGES, REQUEST, ANSWER, 200_000, SOAK ? 10_000 : 2_000));
        int port = FIRST_PORT;
        for (final Map.Entry<String, Other> each : others.entrySet()) {
            final int family = ++port % 2 == 0 ? 4 : 6;
            final String timeout = TIMEOUT_S + "s";
            begin(
                    "AC-13",
                    new Row(each.getKey(), port, recording, plan(), family, "packet", "--response-timeout", timeout),
                    pid -> {},
                    replayed -> endsAs(each.getValue(), replayed));
        }
    }

    private void endsAs(final Other other, final Replayed replayed) throws IOException, InterruptedException {
        assertThat(replayed.sessions()).extracting(Session::state).containsOnly(other.state());
        assertThat(replayed.sessions()).hasSize(replayed.flows());
        assertThat(replayed.seconds()).isLessThan(other.mostSeconds());
        if (other.end().equals("eof")) {
            assertThat(replayed.someFailures()).isEmpty();
            return;
        }
        // A server that ends first notes it in its own time, and nobody waited for that.
        final OracleServer server = lab.server();
        final int port = replayed.row().port();
        assertThat(Eventually.holds(CATCHING_UP, () -> server.received(port).size() == replayed.flows()))
                .isTrue();
        assertThat(server.received(port)).extracting(OracleServer.Received::end).containsOnly(other.end());
    }

    /** AC-09: what is missing is known, so it is known which flows cannot be replayed, and why. */
    private void holes() throws IOException {
        final FlowPcap.Shape shape = new FlowPcap.Shape(SOAK ? 10_000 : 500, 10, REQUEST, ANSWER, 2_000, 2_000);
        final Path whole = lab.directory().resolve("whole.pcap");
        final Path thinned = lab.directory().resolve("thinned.pcap");
        final List<FlowPcap.Sent> sent = FlowPcap.write(whole, shape, AcceptanceLab.SEED);
        final ThinnedPcap.Missing missing = ThinnedPcap.write(whole, thinned, 0.01, AcceptanceLab.SEED);
        final Recording recording = new Recording(AcceptanceLab.index(thinned), sent);
        begin(
                "AC-09",
                new Row("1-percent-not-captured", FIRST_PORT, recording, plan(), 6, "packet"),
                pid -> {},
                replayed -> holesAreForeseen(missing, replayed));
    }

    private static void holesAreForeseen(final ThinnedPcap.Missing missing, final Replayed replayed)
            throws IOException {
        System.out.printf(
                "AC-09: %d client frames not captured: %d flows without SYN, %d with holes, %d without FIN%n",
                missing.frames(),
                missing.withoutSyn().size(),
                missing.withHoles().size(),
                missing.withoutFin().size());
        assertThat(missing.withHoles()).isNotEmpty();
        assertThat(missing.withoutSyn()).isNotEmpty();
        assertThat(missing.withoutFin()).isNotEmpty();
        assertThat(notReplayable(replayed.row().recording().database()))
                .isEqualTo(Map.of("gap", missing.withHoles(), "unestablished", missing.withoutSyn()));
        final int skipped = missing.withHoles().size() + missing.withoutSyn().size();
        assertThat(replayed.sessions()).hasSize(replayed.flows() - skipped);
        assertThat(replayed.sessions()).extracting(Session::state).containsOnly("completed");
        assertThat(replayed.someFailures()).isEmpty();
        assertThat(replayed.number("requests", "timedOut")).isZero();
        assertThat(replayed.map("flows", "skipped"))
                .hasToString(new TreeMap<>(Map.of(
                                "gap",
                                missing.withHoles().size(),
                                "unestablished",
                                missing.withoutSyn().size()))
                        .toString());
    }

    /** The captured clients of flows that cannot be replayed, by reason. */
    private static Map<String, Set<String>> notReplayable(final Path database) throws IOException {
        final Map<String, Set<String>> byReason = new HashMap<>();
        for (final String line :
                new Run().main("flows", database, "--json").out().lines().toList()) {
            final Map<String, Object> flow = JSON.std.mapFrom(line);
            if (Boolean.FALSE.equals(flow.get("replayable"))) {
                byReason.computeIfAbsent(String.valueOf(flow.get("reason")), reason -> new TreeSet<>())
                        .add(Session.endpoint(flow, "client"));
            }
        }
        return byReason;
    }

    /** AC-16: short flows, one each 50 ms, and a target that dies ten times. */
    private void killed() throws IOException, InterruptedException {
        final int port = FIRST_PORT + 100;
        final OracleServer server = lab.furtherServer(port, Manners.good(REQUEST, ANSWER));
        final List<Span> pauses = new CopyOnWriteArrayList<>();
        final Map<Integer, Span> connections = new ConcurrentHashMap<>();
        final Meanwhile lives = pid -> {
            lab.awaitPackets(port, 1);
            for (int life = 0; life < LIVES; life++) {
                TimeUnit.MILLISECONDS.sleep(1_000);
                final long fromNs = System.nanoTime();
                // A server that this host's load held up may be behind with its notes by more than a second.
                Eventually.holds(
                        CATCHING_UP, () -> noted(server, port).containsAll(endedBefore(fromNs, pauses, connections)));
                server.kill();
                server.restart();
                pauses.add(new Span(fromNs, System.nanoTime()));
            }
        };
        final FaultPlan watched = plan().both(() -> frame -> {
            final PacketView view = frame.view();
            final int client = frame.way() == Way.FROM_CLIENT ? view.sourcePort() : view.destinationPort();
            connections.merge(client, new Span(frame.nowNs(), frame.nowNs()), Span::and);
        });
        final Recording recording = lab.record(
                "killed", new FlowPcap.Shape(SOAK ? 2_000 : 600, EXCHANGES, REQUEST, ANSWER, 20_000, 50_000));
        begin(
                "AC-16",
                new Row("target-killed-10-times", port, recording, watched, 4, "packet"),
                lives,
                replayed -> onlyThoseWereHit(pauses, connections, replayed));
    }

    /** The client ports of connections that no kill touched and whose notes are due. */
    private static Set<Integer> endedBefore(
            final long timeNs, final List<Span> pauses, final Map<Integer, Span> connections) {
        return connections.entrySet().stream()
                .filter(each -> each.getValue().noted().toNs() - timeNs < 0)
                .filter(each -> pauses.stream().noneMatch(each.getValue().noted()::meets))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** The client ports of connections that are noted. */
    private static Set<Integer> noted(final OracleServer server, final int port) throws IOException {
        return server.received(port).stream()
                .map(OracleServer.Received::client)
                .map(client -> Integer.parseInt(client.substring(client.lastIndexOf(':') + 1)))
                .collect(Collectors.toSet());
    }

    private static void onlyThoseWereHit(
            final List<Span> pauses, final Map<Integer, Span> connections, final Replayed replayed) {
        assertThat(pauses).hasSize(LIVES);
        final List<String> wrong = new ArrayList<>();
        int outOfReach = 0;
        long lastNs = pauses.get(0).fromNs();
        for (final Session session : replayed.sessions()) {
            final Span span = connections.get(session.clientPort());
            lastNs = Math.max(lastNs, span.toNs());
            final boolean hit = pauses.stream().anyMatch(span.noted()::meets);
            outOfReach += hit ? 0 : 1;
            final String failure = replayed.failure(session, "eof");
            // A server that dies with nothing unread closes in order, and notes nothing: to its client that looks
            // complete.
            if (!failure.isEmpty() && !(hit && ENDS_OF_THE_KILLED.contains(session.state()))) {
                wrong.add((hit ? "hit, " : "not hit, ") + failure);
            }
        }
        System.out.println("AC-16 target-killed-10-times: " + outOfReach + " flows were out of reach of all kills");
        assertThat(wrong).isEmpty();
        assertThat(outOfReach).isGreaterThan(LIVES);
        assertThat(lastNs)
                .as("all kills were in the middle of the run")
                .isGreaterThan(pauses.get(LIVES - 1).toNs());
        assertThat(replayed.map("flows", "failed")).isNotEmpty();
    }

    /** AC-16: its kernel goes on to acknowledge, its program does nothing for a while. */
    private void stopped() throws IOException, InterruptedException {
        final int port = FIRST_PORT + 101;
        final OracleServer server = lab.furtherServer(port, Manners.good(REQUEST, ANSWER));
        final long pid = server.process().pid();
        final int flows = SOAK ? 2_000 : 100;
        final Recording recording =
                lab.record("stopped", new FlowPcap.Shape(flows, 20, REQUEST, ANSWER, 100_000, 1_000));
        begin(
                "AC-16",
                new Row("target-stopped", port, recording, plan(), 6, "packet", "--response-timeout", "90s"),
                replayer -> {
                    lab.awaitPackets(port, 10L * flows);
                    Exec.run("kill", "-STOP", Long.toString(pid)).orThrow();
                    TimeUnit.SECONDS.sleep(SOAK ? 60 : 5);
                    Exec.run("kill", "-CONT", Long.toString(pid)).orThrow();
                },
                replayed -> {
                    assertThat(replayed.sessions()).extracting(Session::state).containsOnly("completed");
                    assertThat(replayed.someFailures()).isEmpty();
                    assertThat(replayed.number("responses", "matched")).isEqualTo(replayed.flows() * 20L);
                });
    }

    private static FaultPlan plan() {
        return FaultPlan.seeded(AcceptanceLab.SEED);
    }

    private void begin(
            final String id, final Row row, final Meanwhile meanwhile, final AcceptanceRow.Criterion criterion) {
        if (AcceptanceLab.wants(row.name())) {
            rows.add(new AcceptanceRow(id, row, lab.begin(row, meanwhile), criterion));
        }
    }

    List<AcceptanceRow> rows() {
        return rows;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void everyFlowEndsAsForeseen(final AcceptanceRow row) throws Exception {
        row.judge();
    }
}
