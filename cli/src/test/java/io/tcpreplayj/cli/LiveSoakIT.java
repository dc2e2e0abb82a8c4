package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code live --target} and {@code live --forward} beside a server whose clients never stop asking, while what happens to hosts
 * in a year happens to them. At full size half an hour.
 */
@BesideOthers
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiveSoakIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    /** Of quiet before each of the faults and behind the last one. */
    private static final long REST_MS = SOAK ? 55_000 : 500;

    /** So often each of ours is killed, before the long part in which none is. */
    private static final int KILLS = SOAK ? 4 : 1;

    /** So often everything else happens. */
    private static final int ROUNDS = SOAK ? 4 : 1;

    private static final long LINK_DOWN_MS = 3_000;
    private static final int PORT = 8080;
    private static final int OTHER_PORT = 8081;
    private static final int KEPT_ALIVE = 10;
    private static final int SHORT = 3;
    private static final int LIFETIME = 10;
    /** What is asked at once, on as many connections: whoever asks for the first time has connected within the last so many. */
    private static final int AT_ONCE = KEPT_ALIVE + SHORT;

    /** What is asked between two times at which all connections are new. */
    private static final long GENERATION = LIFETIME * AT_ONCE;

    private static final long ROUND_MS = 200;
    private static final long QUIET_NS = 300_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** What the JVM grows by that has nothing to do with how long it runs. */
    private static final long SETTLING_KB = 150_000;

    private final Map<String, Netns> hosts = new LinkedHashMap<>();
    private Path directory;
    private Netns plug;
    private Nginx production;
    private Nginx target;
    private Nginx other;
    private final List<LiveProcess> started = new ArrayList<>();
    /**
     * Requests that may have been lost with each of the targets: what was asked while it was away, and what connections that were
     * cut then, or refused, would have asked before and behind.
     */
    private final long[] metNone = new long[2];

    /** What had been asked, and had arrived at each of the targets, when it had last been started. */
    private final int[] thereSince = new int[2];

    private final int[] arrivedBefore = new int[2];

    private volatile boolean isOver;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "ethtool", "nft", "iptables", "ip6tables", "kill", "ss");
        plug = Netns.create("plug");
        plug.exec("ip", "link", "add", "br1", "type", "bridge").orThrow();
        plug.exec("ip", "link", "set", "br1", "up").orThrow();
        for (final String name : List.of("client", "web", "replay", "target")) {
            final int number = hosts.size() + 1;
            final Netns host = Netns.create(name);
            hosts.put(name, host);
            Netns.connect(host, "eth1", plug, "port" + number);
            plug.exec("ip", "link", "set", "port" + number, "master", "br1").orThrow();
            host.address("eth1", "10.93.1." + number + "/24");
        }
        production = Nginx.small(hosts.get("web"), directory.resolve("production"), PORT);
        target = Nginx.small(hosts.get("target"), directory.resolve("target"), PORT);
        other = Nginx.small(hosts.get("target"), directory.resolve("other"), OTHER_PORT);
    }

    @AfterAll
    void stop() {
        started.forEach(LiveProcess::close);
        for (final Nginx nginx : new Nginx[] {production, target, other}) {
            if (nginx != null) {
                nginx.close();
            }
        }
        hosts.values().forEach(Netns::close);
        if (plug != null) {
            plug.close();
        }
    }

    /** One of ours, and what had been asked and had arrived when it began. */
    private record Begun(LiveProcess live, int askedBefore, int askedSince, int arrivedBefore) {}

    @Test
    void whateverHappens_eachRequestArrivesOrIsNamed_andNothingGrows() throws Exception {
        final List<Netns> ours = List.of(hosts.get("web"), hosts.get("replay"));
        final List<HostState> before = ours.stream().map(HostState::snapshot).toList();
        final Path filter = Files.writeString(directory.resolve("live.filter"), "tcp port " + PORT + "\n");
        final ExecutorService clients = Executors.newSingleThreadExecutor();
        Begun listener = listener();
        Begun live = live(filter);
        LiveProcess forwarder = forwarder("forwarder");
        try {
            final Future<Integer> asked = clients.submit((Callable<Integer>) this::ask);
            rest();
            for (int kill = 1; kill <= KILLS; kill++) {
                forwarder.close();
                forwarder = forwarder("forwarder" + kill);
                rest();
                listener.live.close();
                listener = listener();
                forwarder.says("is there again");
                rest();
                live.live.close();
                live = live(filter);
                rest();
            }
            final Size live1 = Size.of(live.live);
            final Size listener1 = Size.of(listener.live);
            for (int round = 1; round <= ROUNDS; round++) {
                targetsStartAnew();
                rest();
                linkGoesDown();
                rest();
                mtuChanges();
                rest();
                final String expression = "tcp port " + PORT + " and not port " + round;
                Files.writeString(filter, expression);
                live.live.signal("HUP");
                live.live.says("captures from now on: " + expression);
                rest();
            }
            Size.of(live.live).assertNotGrownFrom(live1);
            Size.of(listener.live).assertNotGrownFrom(listener1);
            isOver = true;
            final int answered = asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(production.requests()).hasSize(answered);
            assertThat(Eventually.holds(PATIENCE, this::closed)).isTrue();
            final LiveProcess.Summary here = live.live.end("INT");
            assertThat(here.exit()).as(live.live.said()).isEqualTo(130);
            assertEachIsAccountedFor(here, live, target, metNone[0]);
            assertThat(forwarder.end("TERM").exit()).as(forwarder.said()).isEqualTo(143);
            final LiveProcess.Summary there = listener.live.summary();
            assertThat(there.exit()).as(listener.live.said()).isIn(0, 8);
            assertEachIsAccountedFor(there, listener, other, metNone[1]);
            assertEachIsRecorded(live, "here");
            assertEachIsRecorded(listener, "all-web");
            assertEachArrived(target, 0);
            assertEachArrived(other, 1);
            for (final String database : List.of("here", "all-web")) {
                assertThat(new Run()
                                .main("verify", directory.resolve(database + ".tfdb"))
                                .exit())
                        .as(database)
                        .isZero();
            }
        } finally {
            isOver = true;
            clients.shutdownNow();
        }
        for (int i = 0; i < ours.size(); i++) {
            assertThat(HostState.settled(ours.get(i))).isEqualTo(before.get(i));
        }
    }

    /**
     * Each request of a connection that began after it did is captured; each that is captured has arrived, but for those that may
     * have met no target.
     */
    private void assertEachIsAccountedFor(
            final LiveProcess.Summary summary, final Begun begun, final Nginx to, final long mayBeLost) {
        final long captured = summary.number("replay", "captured", "requests");
        assertThat(captured)
                .as("%s", summary.json())
                .isEqualTo(summary.number("replay", "requests", "total")
                        + summary.number("replay", "captured", "requestsAfterEnd"))
                .as("but for connections that were made while it began")
                .isBetween(
                        askedByThoseUnseen(begun.askedSince) - GENERATION,
                        askedByThoseUnseen(begun.askedBefore) + GENERATION);
        final long answered = summary.number("replay", "requests", "answered");
        System.out.printf("live soak: of %d requests %d were answered%n", captured, answered);
        assertThat((long) to.requests().size() - begun.arrivedBefore)
                .as("%s", summary.json())
                .isBetween(answered, summary.number("replay", "requests", "sent"));
        assertThat(captured - answered).as("%s", summary.json()).isLessThanOrEqualTo(mayBeLost);
    }

    /** Requests on connections that had asked nothing among the first so many. */
    private long askedByThoseUnseen(final int before) {
        return askedByUnseen(before).count();
    }

    private Stream<AccessLog.Entry> askedByUnseen(final int before) {
        final List<AccessLog.Entry> all = production.requests();
        final Set<Long> seen =
                all.subList(0, before).stream().map(AccessLog.Entry::connection).collect(Collectors.toSet());
        return all.stream().filter(entry -> !seen.contains(entry.connection()));
    }

    /** Of each client's address and port, the last connections have as many requests in the database as in the server's log. */
    private void assertEachIsRecorded(final Begun begun, final String database) throws IOException {
        final Map<String, List<Integer>> asked = new TreeMap<>();
        askedByUnseen(begun.askedSince + 2 * AT_ONCE)
                .collect(Collectors.groupingBy(AccessLog.Entry::connection, TreeMap::new, Collectors.toList()))
                .values()
                .forEach(requests -> asked.computeIfAbsent(client(requests.get(0)), client -> new ArrayList<>())
                        .add(requests.size()));
        final Map<String, List<Integer>> recorded = new TreeMap<>();
        final List<FlowRecord> flows = new ArrayList<>();
        try (FlowDb db = FlowDb.open(directory.resolve(database + ".tfdb"))) {
            db.forEach(flow -> {
                if (flow.requests() > 0) {
                    flows.add(flow);
                }
            });
        }
        flows.sort(Comparator.comparingLong(FlowRecord::startNs));
        flows.forEach(flow -> recorded.computeIfAbsent(flow.client().toString(), client -> new ArrayList<>())
                .add(flow.requests()));
        recorded.keySet().retainAll(asked.keySet());
        // Ports come again.
        recorded.replaceAll((client, requests) -> {
            final int last = Math.min(requests.size(), asked.get(client).size());
            return requests.subList(requests.size() - last, requests.size());
        });
        System.out.printf("live soak: %d connections are recorded in %s%n", asked.size(), database);
        assertThat(asked).isNotEmpty();
        assertThat(recorded).as(database).isEqualTo(asked);
    }

    private static String client(final AccessLog.Entry entry) {
        return entry.clientAddress() + ":" + entry.clientPort();
    }

    /** Whoever connected after the target had started anew asked there what it asked here, all of it on one connection. */
    private void assertEachArrived(final Nginx to, final int number) {
        final List<AccessLog.Entry> all = to.requests();
        final Map<List<String>, Long> arrived = byConnection(all.subList(arrivedBefore[number], all.size()).stream());
        final Map<List<String>, Long> asked = byConnection(askedByUnseen(thereSince[number] + 2 * AT_ONCE));
        assertThat(asked)
                .isNotEmpty()
                .allSatisfy((requests, connections) -> assertThat(arrived.getOrDefault(requests, 0L))
                        .as("%s", requests)
                        .isGreaterThanOrEqualTo(connections));
    }

    /** What was asked on one connection, and on how many. */
    private static Map<List<String>, Long> byConnection(final Stream<AccessLog.Entry> entries) {
        return AccessLog.requestsByConnection(entries.toList()).values().stream()
                .collect(Collectors.groupingBy(requests -> requests, Collectors.counting()));
    }

    /** Clients that stay and clients that come and go, until it is over; how many requests were answered. */
    private int ask() throws IOException, InterruptedException {
        int answered = 0;
        while (!isOver) {
            try (Crowd keptAlive = Crowd.open(hosts.get("client"), "10.93.1.2", PORT, KEPT_ALIVE)) {
                for (int round = 0; round < LIFETIME && !isOver; round++) {
                    keptAlive.ask();
                    try (Crowd passing = Crowd.open(hosts.get("client"), "10.93.1.2", PORT, SHORT)) {
                        passing.ask();
                        answered += passing.requests();
                    }
                    TimeUnit.MILLISECONDS.sleep(ROUND_MS);
                }
                answered += keptAlive.requests();
            }
        }
        return answered;
    }

    private static void rest() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(REST_MS);
    }

    private void targetsStartAnew() {
        int before = production.requests().size();
        target.close();
        target = Nginx.small(hosts.get("target"), directory.resolve("target"), PORT);
        metNone[0] += startedAnew(0, target) - before + 2 * GENERATION;
        before = production.requests().size();
        other.close();
        other = Nginx.small(hosts.get("target"), directory.resolve("other"), OTHER_PORT);
        metNone[1] += startedAnew(1, other) - before + 2 * GENERATION;
    }

    /** How much had been asked by then. */
    private int startedAnew(final int number, final Nginx there) {
        arrivedBefore[number] = there.requests().size();
        thereSince[number] = production.requests().size();
        return thereSince[number];
    }

    private void linkGoesDown() throws InterruptedException {
        plug.exec("ip", "link", "set", "port2", "down").orThrow();
        TimeUnit.MILLISECONDS.sleep(LINK_DOWN_MS);
        plug.exec("ip", "link", "set", "port2", "up").orThrow();
    }

    private void mtuChanges() throws InterruptedException {
        hosts.get("web").exec("ip", "link", "set", "eth1", "mtu", "1280").orThrow();
        rest();
        hosts.get("web").exec("ip", "link", "set", "eth1", "mtu", "1500").orThrow();
    }

    private Begun listener() throws IOException, InterruptedException {
        final int asked = production.requests().size();
        final int arrived = arrivedAt(other);
        final LiveProcess listener = live(
                "replay",
                "listener" + asked,
                "--listen",
                "10.93.1.3:36524",
                "--keys",
                keys(),
                "--sources",
                "1",
                "--record",
                directory + "/all.tfdb",
                "--target",
                "10.93.1.4:" + OTHER_PORT);
        listener.says("listening at");
        return new Begun(listener, asked, production.requests().size(), arrived);
    }

    private Begun live(final Path filter) throws IOException, InterruptedException {
        final int asked = production.requests().size();
        final int arrived = arrivedAt(target);
        final LiveProcess live = live(
                "web",
                "live" + asked,
                "-i",
                "eth1",
                "--filter-file",
                filter.toString(),
                "--record",
                directory + "/here.tfdb",
                "--target",
                "10.93.1.4:" + PORT);
        live.says("capturing on");
        return new Begun(live, asked, production.requests().size(), arrived);
    }

    /** Once nothing arrives any more of one that was killed: nginx logs a request when its answer has gone. */
    private static int arrivedAt(final Nginx server) throws IOException, InterruptedException {
        final int[] arrived = {-1};
        final long[] sinceNs = {0};
        assertThat(Eventually.holds(PATIENCE, () -> {
                    final int before = arrived[0];
                    arrived[0] = server.requests().size();
                    sinceNs[0] = arrived[0] == before ? sinceNs[0] : System.nanoTime();
                    return System.nanoTime() - sinceNs[0] > QUIET_NS;
                }))
                .isTrue();
        return arrived[0];
    }

    private LiveProcess forwarder(final String name) throws IOException, InterruptedException {
        final LiveProcess forwarder = live(
                "web",
                name,
                "-i",
                "eth1",
                "--port",
                String.valueOf(PORT),
                "--forward",
                "10.93.1.3",
                "--keys",
                keys(),
                "--name",
                "web",
                "--spool",
                directory.toString());
        forwarder.says("capturing on");
        return forwarder;
    }

    private String keys() {
        final Path keys = directory.resolve("lab.p12");
        if (Files.notExists(keys)) {
            assertThat(new Run().main("keys", "-q", keys).exit()).isZero();
        }
        return keys.toString();
    }

    private LiveProcess live(final String host, final String name, final String... words) throws IOException {
        final LiveProcess live =
                LiveProcess.launch(hosts.get(host), directory.resolve(name), new ArrayList<>(List.of(words)));
        started.add(live);
        return live;
    }

    private boolean closed() {
        return hosts.get("web")
                .exec("sh", "-c", "ss -Htan sport = :" + PORT + " | grep -Ev '^(LISTEN|TIME-WAIT)'")
                .stdout()
                .isBlank();
    }

    /** What of the machine a process takes. */
    private record Size(String name, long residentKb, long files, long threads) {
        static Size of(final LiveProcess live) throws IOException {
            final Path process = Path.of("/proc/" + live.pid());
            final String status = Files.readString(process.resolve("status"));
            try (var files = Files.list(process.resolve("fd"))) {
                return new Size(
                        live.database().getFileName().toString(),
                        number(status, "VmRSS"),
                        files.count(),
                        number(status, "Threads"));
            }
        }

        private static long number(final String status, final String name) {
            return Long.parseLong(status.replaceFirst("(?s).*\\n" + name + ":\\s*(\\d+).*", "$1"));
        }

        void assertNotGrownFrom(final Size early) {
            System.out.printf("live soak: %s, then %s%n", early, this);
            assertThat(residentKb).isLessThan(early.residentKb * 5 / 4 + SETTLING_KB);
            // Beside those of open sessions, of which there may be as many more.
            assertThat(files).isLessThanOrEqualTo(early.files + KEPT_ALIVE + SHORT);
            assertThat(threads).isLessThanOrEqualTo(early.threads + 3);
        }
    }
}
