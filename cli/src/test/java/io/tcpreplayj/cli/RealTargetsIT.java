package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import io.tcpreplayj.testdata.RealServer;
import io.tcpreplayj.testdata.Tcpdump;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What real clients said to redis and PostgreSQL is said again by clients with addresses of their own, whose answers come by
 * an intercept: on the target's host, or on an assistant that it routes them to.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RealTargetsIT {
    private static final int REDIS = 6379;
    private static final int POSTGRES = 5432;
    private static final Map<Integer, String> CLIENTS = Map.of(4, "198.18.4.0/24", 6, "2001:2:0:4::/64");
    private static final int SHELLS = 4;
    /** Benchmarks of redis that have enough go away within an answer: four of ten connections, two of four. */
    private static final int MOST_CUT = 48;

    private Path directory;
    private Lab lab;
    private RealServer redis;
    private RealServer postgres;
    private ResidentCli replayer;
    private Path keys;
    private String ofRedis;
    private String ofPostgres;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nft", "ethtool", "ss", "tcpdump", "setpriv");
        Privileges.need("redis-server", "redis-cli", "redis-benchmark", "psql", "pgbench");
        assertThat(RealServer.hasPostgres()).as("PostgreSQL (make setup)").isTrue();
        lab = Lab.assisted();
        redis = RealServer.redis(lab.server(), REDIS);
        postgres = RealServer.postgres(lab.server(), POSTGRES);
        ofRedis = recorded("redis", REDIS, this::speakToRedis);
        ofPostgres = recorded("postgres", POSTGRES, this::speakToPostgres);
        replayer = ResidentCli.in(lab.client(), directory);
        keys = directory.resolve("lab.p12");
        AnyKeys.writeTo(keys);
    }

    @AfterAll
    void stop() throws IOException {
        if (replayer != null) {
            replayer.close();
        }
        if (redis != null) {
            redis.close();
        }
        if (postgres != null) {
            postgres.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"target", "assistant"})
    void allIsAnswered_andAnsweredTheSame(final String place) throws Exception {
        final HostState before = HostState.snapshot(lab.server());
        try (InterceptProcess intercept = place.equals("target") ? onTarget() : onAssistant()) {
            for (final int family : List.of(4, 6)) {
                // What the benchmark sets stays: its clients' order among themselves is not the replay's to keep.
                lab.server()
                        .exec("sh", "-c", "redis-cli --scan --pattern 'h*' | xargs redis-cli del")
                        .orThrow();
                assertAnswered(replayed(place, family, REDIS, ofRedis), 0, MOST_CUT);
                // The server draws a secret for each connection, by which it could be cancelled, and says nothing to
                // Terminate.
                assertAnswered(replayed(place, family, POSTGRES, ofPostgres), 1, 0);
            }
            assertThat(intercept.end()).contains("packets handed on");
        }
        assertThat(HostState.snapshot(lab.server())).isEqualTo(before);
    }

    /**
     * All that can be compared is the same.
     *
     * @param odd requests of each connection that have no answer, and others whose answer is never the same
     * @param mostCut answers at most that their recorded clients did not wait for
     */
    private void assertAnswered(final Map<String, Object> report, final int odd, final int mostCut) throws IOException {
        final List<Session> differing = Session.read(directory.resolve("sessions")).stream()
                .filter(session -> session.different() > 0 || session.firstDifferent() != null)
                .toList();
        final String told = report + " " + differing;
        final Map<?, ?> flows = (Map<?, ?>) report.get("flows");
        final Map<?, ?> requests = (Map<?, ?>) report.get("requests");
        final Map<?, ?> responses = (Map<?, ?>) report.get("responses");
        final int oddOnes = odd * (int) flows.get("total");
        assertThat(flows.get("replayed")).as(told).isEqualTo(flows.get("total"));
        assertThat(requests.get("sent")).as(told).isEqualTo(requests.get("total"));
        assertThat(requests.get("answered")).as(told).isEqualTo((int) requests.get("total") - oddOnes);
        final Object unrecorded = ((Map<?, ?>) responses.get("notCompared")).get("unrecorded");
        final int cut = (unrecorded == null ? 0 : (int) unrecorded) - oddOnes;
        assertThat((int) responses.get("compared") + cut).as(told).isEqualTo(requests.get("answered"));
        assertThat(cut).as(told).isBetween(0, mostCut);
        assertThat(responses.get("different")).as(told).isEqualTo(oddOnes);
        // Before it was let in, each client asked whether there is TLS.
        assertThat(differing)
                .hasSize(oddOnes)
                .allMatch(session -> Integer.valueOf(2).equals(session.firstDifferent()));
    }

    private Map<String, Object> replayed(final String place, final int family, final int port, final String database)
            throws IOException {
        final String server = family == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]";
        final String assistant = family == 4 ? Lab.ASSISTANT_V4 : "[" + Lab.ASSISTANT_V6 + "]";
        final ResidentCli.Result result = replayer.run(
                "replay",
                database,
                "--target",
                server + ":" + port,
                "--clients",
                CLIENTS.get(family),
                "--keys",
                keys.toString(),
                "--intercept",
                place.equals("target") ? server : assistant,
                "--same-server",
                "--sessions",
                directory.resolve("sessions").toString(),
                "--speed",
                "4x",
                "--json",
                "-q");
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        return JSON.std.mapFrom(result.stdout());
    }

    private InterceptProcess onTarget() throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>();
        for (final String server : List.of(lab.serverV4(), "[" + lab.serverV6() + "]")) {
            for (final int port : List.of(REDIS, POSTGRES)) {
                words.addAll(List.of("--target", server + ":" + port));
            }
        }
        return intercept("target", lab.server(), words);
    }

    private InterceptProcess onAssistant() throws IOException, InterruptedException {
        return intercept("assistant", lab.assistant(), List.of("-i", "veth0"));
    }

    private InterceptProcess intercept(final String name, final Netns host, final List<String> where)
            throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>(where);
        words.addAll(List.of("--keys", keys.toString(), "--payload", "65535"));
        return InterceptProcess.start(host, directory.resolve(name), System.getenv("PATH"), words);
    }

    /** Clients that say what is recorded. */
    @FunctionalInterface
    private interface Talk {
        void happens() throws IOException;
    }

    private String recorded(final String name, final int port, final Talk talk)
            throws IOException, InterruptedException {
        final Path capture = directory.resolve(name + ".pcap");
        final Tcpdump tcpdump = Tcpdump.on(lab.client(), "veth0", capture, "tcp port " + port);
        try (tcpdump) {
            talk.happens();
        }
        assertThat(tcpdump.said()).contains("0 packets dropped by kernel");
        final Path database = directory.resolve(name + ".tfdb");
        final Run indexed = new Run().main("index", "-q", "--db", database, capture);
        assertThat(indexed.exit()).as(indexed.err()).isZero();
        return database.toString();
    }

    /** A benchmark, ten connections at a time, some of its requests in one piece, and people at a shell. */
    private void speakToRedis() throws IOException {
        final String server = lab.serverV4();
        lab.client()
                .exec("redis-benchmark", "-h", server, "-q", "-c", "10", "-n", "300", "-d", "400", "-t", "ping,set,get")
                .orThrow();
        lab.client()
                .exec(
                        "redis-benchmark",
                        "-h",
                        server,
                        "-q",
                        "-c",
                        "4",
                        "-n",
                        "200",
                        "-d",
                        "400",
                        "-P",
                        "16",
                        "-t",
                        "set,get")
                .orThrow();
        for (int shell = 0; shell < SHELLS; shell++) {
            final Path script = directory.resolve("shell" + shell);
            Files.writeString(
                    script,
                    "SET k%d 7\nINCR k%d\nHSET h%d a 1 b 2\nHGETALL h%d\nGET nosuch\nLRANGE k%d 0 1\n"
                            .replace("%d", Integer.toString(shell)));
            lab.client()
                    .exec("sh", "-c", "redis-cli -h " + server + " <" + script)
                    .orThrow();
        }
    }

    /** People at a shell, and benchmarks in both of the protocol's forms. */
    private void speakToPostgres() throws IOException {
        final String server = lab.serverV4();
        lab.server()
                .exec("pgbench", "-q", "-i", "-h", postgres.home().toString(), "-U", "postgres", "postgres")
                .orThrow();
        for (int shell = 0; shell < SHELLS; shell++) {
            final Path script = directory.resolve("sql" + shell);
            Files.writeString(
                    script,
                    "CREATE TEMP TABLE t (n int, s text);\n"
                            + "INSERT INTO t SELECT n, repeat('x', n) FROM generate_series(1, 200) n;\n"
                            + "SELECT n, repeat('x', n) FROM generate_series(1, 200) n;\nSELECT nosuch FROM t;\n"
                            + "BEGIN;\nUPDATE t SET s = 'y' WHERE n < 5;\nROLLBACK;\nSELECT count(*) FROM t;\n");
            lab.client()
                    .exec("psql", "-q", "-h", server, "-U", "postgres", "-f", script.toString(), "postgres")
                    .orThrow();
        }
        for (final String form : List.of("simple", "prepared")) {
            final List<String> words = new ArrayList<>(List.of("pgbench", "-S", "-n", "-M", form, "-c", "4", "-t"));
            words.addAll(List.of("50", "--random-seed=7", "-h", server, "-U", "postgres", "postgres"));
            lab.client().exec(words.toArray(String[]::new)).orThrow();
        }
    }
}
