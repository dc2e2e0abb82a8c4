package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.report.Results;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.ReplayOptions;
import io.tcpreplayj.replay.ReplayOptions.TargetMapping;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.SocketClients;
import io.tcpreplayj.replay.StartLimits;
import io.tcpreplayj.replay.Trouble;
import io.tcpreplayj.replay.tcp.AckStyle;
import io.tcpreplayj.replay.tcp.Likeness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {
    @TempDir
    private Path dir;

    private final FakeEngine engine = new FakeEngine();
    private Path db;
    private Path capture;

    /** Remembers what it was asked, and answers with a made-up result. */
    private static final class FakeEngine implements ReplayEngine {
        private ReplayResult result = Results.clean();
        private @Nullable ReplayOptions options;
        private List<Long> flows = List.of();
        private long filtered = -1;
        private @Nullable List<Path> temporaryMeanwhile;

        @Override
        public String plan(final FlowDb db, final List<FlowRecord> planned, final ReplayOptions asked) {
            options = asked;
            return "the plan of " + planned.size();
        }

        @Override
        public ReplayResult run(
                final FlowDb db,
                final List<FlowRecord> planned,
                final long left,
                final ReplayOptions asked,
                final Replay.Progress progress)
                throws IOException {
            temporaryMeanwhile = temporary();
            options = asked;
            flows = planned.stream().map(FlowRecord::id).toList();
            filtered = left;
            progress.onStart("banner");
            return result;
        }

        @Override
        public void interrupt(final int signal) {
            throw new AssertionError("no signal was sent");
        }

        private ReplayOptions options() {
            if (options == null) {
                throw new AssertionError("the replayer was not asked");
            }
            return options;
        }
    }

    @BeforeEach
    void index() throws IOException {
        db = dir.resolve("x.tfdb");
        capture = new TinyCapture()
                .connection(0x0a000002, 40000, 80)
                .connection(0x0a000003, 40001, 80)
                .midstream(0x0a000004, 40002, 443)
                .write(dir.resolve("a.pcap"));
        assertThat(new Run().main("index", "--db", db, capture).exit()).isZero();
    }

    private Run replay(final Object... words) throws IOException {
        return new Run().replay(engine, words);
    }

    private static int exit(final ReplayResult result, final boolean strict) {
        return ReplayCommand.exit(result, strict);
    }

    @Test
    void metrics_sayAtTheEndWhatBecameOfAll() throws IOException {
        engine.result = Results.some();
        final Path metrics = dir.resolve("replay.prom");
        final Run run = replay(db, "--target", "127.0.0.1:1", "--metrics", metrics);
        final Map<String, Double> figures = Prometheus.parse(Files.readString(metrics));
        final ReplayResult.Flows flows = engine.result.flows();
        assertThat(figures)
                .containsEntry("tcpreplayj_replay_replayed_sessions_total", (double) flows.replayed())
                .containsEntry("tcpreplayj_replay_failed_sessions_total", 2.0)
                .containsEntry("tcpreplayj_replay_failures_total{reason=\"reset-by-target\"}", 2.0)
                .containsEntry("tcpreplayj_replay_skipped_sessions_total{reason=\"tls\"}", 5.0)
                .containsEntry("tcpreplayj_replay_sent_requests_total", (double)
                        engine.result.requests().sent())
                .containsEntry("tcpreplayj_replay_exit_code", (double) run.exit());
    }

    @Test
    void metricsThatCannotBeWritten_areToldBeforeAnythingIsSent() throws IOException {
        final Run run = replay(db, "--target", "127.0.0.1:1", "--metrics", dir.resolve("none/replay.prom"));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("cannot write").contains("hint: --metrics takes a file");
        assertThat(engine.options).isNull();
    }

    @Test
    void target_mapsTheOnlyPortThatCanBeReplayed() throws IOException {
        final Run run = replay(db, "--target", "localhost:8080");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).startsWith("replayed to ").endsWith("exit       0\n");
        assertThat(run.err()).isEqualTo("banner\n");
        assertThat(engine.options().targets())
                .extracting(TargetMapping::toString)
                .containsExactly("TargetMapping[serverPort=80, target=127.0.0.1:8080]");
        assertThat(engine.flows).containsExactly(1L, 2L, 3L);
        assertThat(engine.filtered).isZero();
    }

    @Test
    void publicClientsOverSockets_wantTheUsersWord() throws IOException {
        final Path database = dir.resolve("public.tfdb");
        final Path publicClient =
                new TinyCapture().connection(0xcb007107, 40000, 80).write(dir.resolve("public.pcap"));
        assertThat(new Run().main("index", "--db", database, publicClient).exit())
                .isZero();
        final Object[] words = {database, "--target", "127.0.0.1:1", "--transport", "socket", "--clients", "original"};
        final Run refused = replay(words);
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err())
                .contains("--clients original: captured clients, 203.0.113.7, have public addresses")
                .contains("say --allow-public 203.0.113.0/24");
        assertThat(engine.options).isNull();

        final Object[] allowed = Arrays.copyOf(words, words.length + 2);
        allowed[words.length] = "--allow-public";
        allowed[words.length + 1] = "203.0.113.0/24";
        assertThat(replay(allowed).exit()).isZero();
        assertThat(engine.options().socketClients()).isEqualTo(new SocketClients(null));
    }

    @Test
    void likeness_arrivesChecked() throws IOException {
        final Path withAcks = dir.resolve("acks.tfdb");
        assertThat(new Run().main("index", "--acks", "--db", withAcks, capture).exit())
                .isZero();
        final List<String> words = List.of("--ack-policy", "stretched", "--window-policy", "captured");
        final List<String> more = List.of("--dscp", "46", "--ttl", "captured", "--preserve-isn");
        for (final Path source : List.of(withAcks, capture)) {
            final List<Object> all = new ArrayList<>(List.of(source, "--target", "localhost:8080"));
            all.addAll(words);
            all.addAll(more);
            assertThat(replay(all.toArray()).exit()).isZero();
            assertThat(engine.options().rules().likeness())
                    .isEqualTo(new Likeness(AckStyle.STRETCHED, true, true, 46, Likeness.CAPTURED));
        }
        replay(db, "--target", "localhost:8080");
        assertThat(engine.options().rules().likeness()).isEqualTo(Likeness.NONE);
    }

    @Test
    void policyThatTheDatabaseKnowsNothingFor_isRefused() throws IOException {
        final Run run = replay(db, "--target", "localhost:8080", "--window-policy", "captured");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("not recorded when clients acknowledged").contains("--acks");
    }

    @Test
    void options_arriveChecked() throws IOException {
        replay(
                db,
                "--target",
                "127.0.0.1:1",
                "--speed",
                "max",
                "--copies",
                "3",
                "--seed",
                "7",
                "--transport",
                "socket",
                "--max-connections",
                "20k",
                "--max-rate",
                "500",
                "--ramp",
                "10s",
                "--response-timeout",
                "5s",
                "--sessions",
                "s.json",
                "--allow-public",
                "8.8.8.0/24",
                "-q");
        final ReplayOptions options = engine.options();
        assertThat(options.speed()).isInfinite();
        assertThat(options.copies()).isEqualTo(3);
        assertThat(options.seed()).isEqualTo(7);
        assertThat(options.transport()).isEqualTo("socket");
        assertThat(options.limits()).isEqualTo(new StartLimits(20_000, 2_000_000, 10_000_000_000L));
        assertThat(options.responseTimeoutNs()).isEqualTo(5_000_000_000L);
        assertThat(options.sessionsFile()).isEqualTo(Path.of("s.json"));
        assertThat(options.allowPublic()).hasToString("[8.8.8.0/24]");
    }

    @Test
    void latePolicy_isBurst_orABound() throws IOException {
        replay(db, "--target", "127.0.0.1:1", "--late", "drop-flow=500ms");
        assertThat(engine.options().limits()).isEqualTo(new StartLimits(Integer.MAX_VALUE, 0, 0, 500_000_000L));
        replay(db, "--target", "127.0.0.1:1", "--late", "burst");
        assertThat(engine.options().limits()).isEqualTo(new StartLimits(Integer.MAX_VALUE, 0));
        for (final String wrong : List.of("slip", "drop-flow", "drop-flow=", "drop-flow=soon")) {
            final Run run = replay(db, "--target", "127.0.0.1:1", "--late", wrong);
            assertThat(run.exit()).as(wrong).isEqualTo(2);
        }
        final Run run = replay(db, "--target", "127.0.0.1:1", "--late", "drop-flow=1s", "--speed", "max");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("at --speed max nothing is late");
    }

    @Test
    void thresholds_areFour_besideWhatIsIncomplete() throws IOException {
        engine.result = Results.clean();
        assertThat(failOn("lag.p99>1h").exit()).isZero();
        final Run crossed = failOn("lag.p99>1us", "latency.max>1us", "flows.failed>0");
        assertThat(crossed.exit()).isEqualTo(4);
        assertThat(crossed.out()).contains("exit       4");
        assertThat(crossed.err())
                .contains("tcpreplay-j: --fail-on lag.p99>1us: it was ")
                .contains("--fail-on latency.max>1us: it was ")
                .doesNotContain("flows.failed");
        engine.result = Results.some();
        assertThat(failOn("flows.failed>2").exit()).isEqualTo(8);
        assertThat(failOn("flows.failed>2%").exit()).isEqualTo(8);
        assertThat(failOn("flows.failed > 1.9%").exit()).isEqualTo(12);
        assertThat(failOn("flows.failed>1").err()).contains("--fail-on flows.failed>1: it was 2 of 100");
        engine.result = Results.result(Map.of(), Map.of(), null, 2);
        assertThat(failOn("lag.p99>1us").exit()).isEqualTo(130);
    }

    /** A gate that could never fail would be worse than none. */
    @Test
    void thresholdsOfWhatWasNotMeasured_areCrossed_andSayWhy() throws IOException {
        engine.result = Results.withoutRequests();
        final List<String> all = List.of(
                "lag.max>1h", "latency.p99>1h", "requests.timedOut>50%", "responses.different>0", "flows.failed>0");
        final Run run = failOn(all.toArray(String[]::new));
        assertThat(run.exit()).isEqualTo(4);
        for (final String each : all.subList(0, 4)) {
            assertThat(run.err()).contains("tcpreplay-j: --fail-on " + each + ": nothing was measured\n");
        }
        assertThat(run.err()).doesNotContain("flows.failed");
        engine.result = Results.ofUdpAlone();
        assertThat(failOn("lag.max>1h", "latency.p99>1h", "requests.timedOut>50%", "responses.different>50%")
                        .exit())
                .as("UDP counts")
                .isZero();
    }

    @Test
    void thresholdsThatAreNone_areRefusedBeforeAnythingIsSent() throws IOException {
        for (final String wrong : List.of(
                "lag.p98>1ms",
                "lag.p99",
                "lag.p99<1ms",
                "lag.p99>",
                "lag.p99>soon",
                "lag.p99>1%",
                "flows.failed>100%",
                "behind.p99>1s",
                ">1")) {
            assertThat(failOn(wrong).exit()).as(wrong).isEqualTo(2);
        }
        assertThat(failOn("lag.p98>1ms").err())
                .contains("\"lag.p98>1ms\" is not valid")
                .contains("lag.p99, lag.max");
        assertThat(engine.options).isNull();
    }

    private Run failOn(final String... thresholds) throws IOException {
        final List<Object> words = new ArrayList<>(List.of(db, "--target", "127.0.0.1:1"));
        for (final String threshold : thresholds) {
            words.addAll(List.of("--fail-on", threshold));
        }
        return replay(words.toArray());
    }

    @Test
    void rampWithoutARate_isRefused() throws IOException {
        final Run run = replay(db, "--target", "127.0.0.1:1", "--ramp", "10s");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--ramp wants --max-rate");
    }

    @Test
    void defaults() throws IOException {
        replay(db, "--target", "127.0.0.1:1");
        final ReplayOptions options = engine.options();
        assertThat(options.speed()).isEqualTo(1);
        assertThat(options.copies()).isEqualTo(1);
        assertThat(options.transport()).isEqualTo("auto");
        assertThat(options.limits()).isEqualTo(new StartLimits(Integer.MAX_VALUE, 0));
        assertThat(options.responseTimeoutNs()).isEqualTo(30_000_000_000L);
        assertThat(options.prewarmNs()).isZero();
        assertThat(options.sessionsFile()).isNull();
        assertThat(options.seed()).isNotNegative();
    }

    @Test
    void severalPorts_areListedWithTheMapToType() throws IOException {
        final Path two = dir.resolve("two.tfdb");
        new Run()
                .main(
                        "index",
                        "--db",
                        two,
                        new TinyCapture()
                                .connection(0x0a000002, 1, 80)
                                .connection(0x0a000002, 2, 80)
                                .connection(0x0a000002, 3, 81)
                                .write(dir.resolve("b.pcap")));
        final Run run = replay(two, "--target", "127.0.0.1:9");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .contains("80 (2 flows), 81 (1 flow)")
                .contains("--map 80=127.0.0.1:9 --map 81=127.0.0.1:9");
        assertThat(replay(two, "--map", "81=127.0.0.1:9").exit()).isZero();
        assertThat(engine.flows).containsExactly(3L);
        assertThat(engine.filtered).isEqualTo(2);
        assertThat(replay(two, "--map", "80-81=127.0.0.1:9").exit()).isZero();
        assertThat(engine.options().targets()).hasSize(2);
        assertThat(replay(two, "--target", "127.0.0.1:9", "--port", "80").exit())
                .isZero();
        assertThat(engine.filtered).isEqualTo(1);
        assertThat(replay(two, "--map", "99=127.0.0.1:9").err()).contains("no replayable flow goes to a mapped port");
    }

    @Test
    void nothingToReplay_isAnErrorThatSaysWhy() throws IOException {
        assertThat(replay(db, "--target", "127.0.0.1:1", "--port", "99").err())
                .contains("no flow of")
                .contains("is selected");
        final Run run = replay(db, "--target", "127.0.0.1:1", "--port", "443");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("of 1 flow none can be replayed: midstream 1");
        assertThat(engine.options).isNull();
    }

    @Test
    void forbiddenTargets_areRefusedBeforeTheReplayerIsAsked() throws IOException {
        for (final String target : List.of(
                "0.0.0.0:1",
                "255.255.255.255:1",
                "127.255.255.255:1",
                "224.0.0.1:1",
                "8.8.8.8:1",
                "[::]:1",
                "[ff02::1]:1")) {
            assertThat(replay(db, "--target", target).exit()).as(target).isEqualTo(2);
            assertThat(replay(db, "--map", "80=" + target).exit()).as(target).isEqualTo(2);
        }
        assertThat(replay(db, "--target", "10.0.0.1:80").err()).contains("the captured server itself");
        assertThat(engine.options).isNull();
        final Run unvouched = replay(db, "--target", "8.8.8.8:1", "--allow-public", "8.8.8.8");
        assertThat(unvouched.exit()).isEqualTo(2);
        assertThat(unvouched.err())
                .contains("8.8.8.8 is a public address, and nobody there says that it may be tested")
                .contains("tcpreplay-j intercept --target 8.8.8.8:PORT --keys FILE");
        assertThat(engine.options).isNull();
        assertThat(toPublic(db).exit()).isZero();
        assertThat(engine.options.interception().attested()).isTrue();
        assertThat(replay(db, "--target", "10.0.0.1:80", "--same-server").exit())
                .isZero();
    }

    /** No intercept sees UDP, but of what is not replayed nothing is sent. */
    @Test
    void udpThatWouldNotBeSent_keepsNoTcpFromAPublicTarget() throws IOException {
        final Path mixed = dir.resolve("mixed.tfdb");
        final Path packets = new TinyCapture()
                .connection(0x0a000002, 40000, 80)
                .unasked(0x0a000003, 40001, 80)
                .write(dir.resolve("mixed.pcap"));
        assertThat(new Run().main("index", "--db", mixed, packets).exit()).isZero();
        final Run run = toPublic(mixed);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(engine.flows).hasSize(2);
    }

    /** With all that it takes. */
    private Run toPublic(final Path database) throws IOException {
        return replay(
                database,
                "--target",
                "8.8.8.8:1",
                "--allow-public",
                "8.8.8.8",
                "--intercept",
                "8.8.8.8",
                "--clients",
                "198.18.4.0/24");
    }

    @Test
    void emptyNames_areNoDirectory() throws IOException {
        assertThat(replay("", "--target", "127.0.0.1:1").err()).contains("a file without a name");
        assertThat(new Run().main("flows", "").err()).contains("a database without a name");
        assertThat(new Run().main("index", "--db", db, "").err()).contains("a capture without a name");
    }

    /** R1: somebody must be there to vouch. */
    @Test
    void attested_wantsAnIntercept() throws IOException {
        final Run run = replay(db, "--target", "10.0.0.9:80", "--attested");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--attested wants --intercept");
        replay(db, "--target", "10.0.0.9:80", "--attested", "--clients", "198.18.4.0/24", "--intercept", "127.0.0.1");
        assertThat(engine.options().interception())
                .matches(interception -> interception.attested() && !interception.mayLeak());
    }

    /** R3: whoever has these addresses would get what the intercept misses. */
    @Test
    void clientsWithPublicAddresses_areRefused() throws IOException {
        final Run run = replay(db, "--target", "10.0.0.9:80", "--clients", "8.8.8.0/24", "--intercept", "127.0.0.1");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--clients 8.8.8.0/24 are public addresses", "hint: give a network of nobody's");
        assertThat(new Run()
                        .main(
                                "doctor",
                                "--target",
                                "10.0.0.9:80",
                                "--clients",
                                "8.8.8.0/24",
                                "--intercept",
                                "127.0.0.1")
                        .err())
                .contains("--clients 8.8.8.0/24 are public addresses");
    }

    @Test
    void clientsSelf_choosesATransportThatHasThem() throws IOException {
        replay(db, "--target", "127.0.0.1:1", "--clients", "self");
        assertThat(engine.options().transport()).isEqualTo("packet");
        replay(db, "--target", "127.0.0.1:1", "--clients", "self", "--transport", "raw");
        assertThat(engine.options().transport()).isEqualTo("raw");
        final Run tun = replay(db, "--target", "127.0.0.1:1", "--clients", "self", "--transport", "tun");
        assertThat(tun.exit()).isEqualTo(2);
        assertThat(tun.err()).contains("goes with --transport packet or raw");
        assertThat(replay(db, "--target", "127.0.0.1:1", "--clients", "everybody")
                        .err())
                .contains("\"everybody\" is not known");
    }

    @Test
    void usage_isChecked() throws IOException {
        assertThat(replay(db).err()).contains("--target HOST:PORT");
        assertThat(replay(db, "--target", "127.0.0.1:1", "--map", "80=127.0.0.1:1")
                        .err())
                .contains("not both");
        assertThat(replay(db, "--target", "127.0.0.1:1", "--transport", "pigeon")
                        .err())
                .contains("auto, tun, packet");
        assertThat(replay(db, "--map", "80").err()).contains("PORT=HOST:PORT");
        assertThat(replay(dir.resolve("none"), "--target", "127.0.0.1:1").err()).contains("none: no such file");
        assertThat(replay(dir, "--target", "127.0.0.1:1").err()).contains("is a directory");
    }

    @Test
    void capture_isIndexedFirst_andNothingIsLeft() throws IOException {
        final List<Path> before = temporary();
        final Run run = replay(capture, "--target", "127.0.0.1:1");
        assertThat(run.exit()).isZero();
        assertThat(run.err()).contains("is a capture: indexing it first").contains("3 found = 2 replayable");
        assertThat(run.out()).startsWith("replayed to ");
        assertThat(engine.flows).containsExactly(1L, 2L, 3L);
        assertThat(engine.temporaryMeanwhile)
                .as("kill -9 would leave nothing either")
                .isEqualTo(before);
        assertThat(temporary()).isEqualTo(before);
    }

    @Test
    void damagedCapture_isReplayedAsFarAsItGoes_andExits8() throws IOException {
        final byte[] whole = Files.readAllBytes(capture);
        final Path cut = Files.write(dir.resolve("cut.pcap"), Arrays.copyOf(whole, whole.length - 3));
        final Run run = replay(cut, "--target", "127.0.0.1:1");
        assertThat(run.exit()).isEqualTo(8);
        assertThat(run.out()).endsWith("exit       8\n");
    }

    @Test
    void dryRun_printsThePlanOnly() throws IOException {
        final Run run = replay(db, "--target", "127.0.0.1:1", "--dry-run");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).isEqualTo("the plan of 3\n  GET a /\n");
        assertThat(engine.filtered).isEqualTo(-1);
    }

    @Test
    void confirm_sendsNothingWithoutAYes() throws IOException {
        for (final String answer : List.of("", "\n", "n\n", "yellow\n")) {
            final Run run = new Run()
                    .in(answer.getBytes(StandardCharsets.UTF_8))
                    .replay(engine, db, "--target", "127.0.0.1:1", "--confirm");
            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.err())
                    .startsWith("the plan of 3\n  GET a /\nsend this? [y/N] ")
                    .contains("nothing was sent");
            assertThat(engine.filtered).isEqualTo(-1);
        }
        final Run run = new Run()
                .in("Yes\n".getBytes(StandardCharsets.UTF_8))
                .replay(engine, db, "--target", "127.0.0.1:1", "--confirm");
        assertThat(run.exit()).isZero();
        assertThat(engine.filtered).isZero();
    }

    @Test
    void json_isTheOnlyThingOnStdout() throws IOException {
        engine.result = Results.some();
        final Run run = replay(db, "--target", "127.0.0.1:1", "--json");
        assertThat(run.exit()).isEqualTo(8);
        assertThat(run.out()).startsWith("{\"flows\":").endsWith("\"exit\":8}\n");
    }

    @Test
    void exitCodes() {
        assertThat(exit(Results.clean(), true)).isZero();
        assertThat(exit(Results.some(), false)).isEqualTo(8);
        final ReplayResult skipped = Results.result(Map.of("tls", 4L), Map.of(), null, 0);
        assertThat(exit(skipped, false)).isZero();
        assertThat(exit(skipped, true)).isEqualTo(8);
        assertThat(exit(Results.result(Map.of("filtered", 4L), Map.of(), null, 0), true))
                .isZero();
        assertThat(exit(Results.result(Map.of(), Map.of(), new Trouble(null, "", ""), 0), false))
                .isEqualTo(8);
        assertThat(exit(Results.result(Map.of(), Map.of("interrupted", 1L), null, 2), false))
                .isEqualTo(130);
        assertThat(exit(Results.result(Map.of(), Map.of(), null, 15), false)).isEqualTo(143);
    }

    private static List<Path> temporary() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith("tcpreplay-j"))
                    .sorted()
                    .toList();
        }
    }
}
