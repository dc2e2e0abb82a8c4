package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
    private static final long REST_MS = SOAK ? 220_000 : 700;

    private static final long LINK_DOWN_MS = 3_000;
    private static final int PORT = 8080;
    private static final int OTHER_PORT = 8081;
    private static final int KEPT_ALIVE = 10;
    private static final int SHORT = 3;
    private static final long ROUND_MS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** What the JVM grows by that has nothing to do with how long it runs. */
    private static final long SETTLING_KB = 150_000;

    private final Map<String, Netns> hosts = new LinkedHashMap<>();
    private Path directory;
    private Netns plug;
    private Nginx production;
    private Nginx target;
    private Nginx other;
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

    @Test
    void whateverHappens_eachRequestArrivesOrIsNamed_andNothingGrows() throws Exception {
        final List<Netns> ours = List.of(hosts.get("web"), hosts.get("replay"));
        final List<HostState> before = ours.stream().map(HostState::snapshot).toList();
        final Path filter = Files.writeString(directory.resolve("live.filter"), "tcp port " + PORT + "\n");
        final ExecutorService clients = Executors.newSingleThreadExecutor();
        try (LiveProcess listener = live(
                        "replay",
                        "listener",
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
                LiveProcess live = live(
                        "web",
                        "live",
                        "-i",
                        "eth1",
                        "--filter-file",
                        filter.toString(),
                        "--record",
                        directory + "/here.tfdb",
                        "--target",
                        "10.93.1.4:" + PORT)) {
            live.says("capturing on");
            listener.says("listening at");
            LiveProcess forwarder = forwarder("forwarder");
            try {
                final Future<Integer> asked = clients.submit((Callable<Integer>) this::ask);
                rest();
                final Size live1 = Size.of(live);
                final Size listener1 = Size.of(listener);
                targetStartsAnew();
                rest();
                linkGoesDown();
                rest();
                mtuChanges();
                rest();
                forwarder.close();
                forwarder = forwarder("again");
                rest();
                Files.writeString(filter, "tcp and port " + PORT + "\n");
                live.signal("HUP");
                live.says("captures from now on: tcp and port");
                rest();
                Size.of(live).assertNotGrownFrom(live1);
                Size.of(listener).assertNotGrownFrom(listener1);
                isOver = true;
                final int answered = asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(production.requests()).hasSize(answered);
                assertThat(Eventually.holds(PATIENCE, this::closed)).isTrue();
                final LiveProcess.Summary summary = live.end("INT");
                assertThat(summary.exit()).as(live.said()).isEqualTo(130);
                assertEachIsAccountedFor(summary, target.requests().size());
                assertThat(summary.number("replay", "captured", "requests"))
                        .as("of a capture that lost nothing: %s %s", live.said(), summary.json())
                        .isEqualTo(answered);
                assertThat(forwarder.end("TERM").exit()).as(forwarder.said()).isEqualTo(143);
                final LiveProcess.Summary all = listener.summary();
                assertThat(all.exit()).as(listener.said()).isIn(0, 8);
                assertEachIsAccountedFor(all, other.requests().size());
            } finally {
                forwarder.close();
            }
        } finally {
            isOver = true;
            clients.shutdownNow();
        }
        for (int i = 0; i < ours.size(); i++) {
            assertThat(HostState.settled(ours.get(i))).isEqualTo(before.get(i));
        }
    }

    /** Each request that a flow was replayed for has arrived, or is among those that were not sent, not answered, or too late. */
    private static void assertEachIsAccountedFor(final LiveProcess.Summary summary, final long arrived) {
        final long captured = summary.number("replay", "captured", "requests");
        final long sent = summary.number("replay", "requests", "sent");
        assertThat(captured)
                .isEqualTo(summary.number("replay", "requests", "total")
                        + summary.number("replay", "captured", "requestsAfterEnd"));
        assertThat(arrived).as("%s", summary.json()).isBetween(summary.number("replay", "requests", "answered"), sent);
        assertThat(sent).as("a few were lost with the target").isGreaterThan(captured / 2);
    }

    /** Clients that stay and clients that come and go, until it is over; how many requests were answered. */
    private int ask() throws IOException, InterruptedException {
        int answered = 0;
        while (!isOver) {
            try (Crowd keptAlive = Crowd.open(hosts.get("client"), "10.93.1.2", PORT, KEPT_ALIVE)) {
                for (int round = 0; round < 10 && !isOver; round++) {
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

    private void targetStartsAnew() {
        target.close();
        target = Nginx.small(hosts.get("target"), directory.resolve("target"), PORT);
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
        return LiveProcess.launch(hosts.get(host), directory.resolve(name), new ArrayList<>(List.of(words)));
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
