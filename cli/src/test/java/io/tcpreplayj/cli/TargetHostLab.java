package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The intercept runs on the target's own host, behind a router that can count every packet to a replayed client: client,
 * router, target.
 */
final class TargetHostLab implements AutoCloseable {
    /** Room for some thousands of IPv4. */
    static final String MANY_CLIENTS = "198.18.16.0/20";

    /** Of every {@link #made} capture. */
    static final long SEED = 7;

    private static final Duration ARRIVING = Duration.ofSeconds(15);
    private static final Map<Integer, String> CLIENTS = Map.of(4, "198.18.4.0/24", 6, "2001:2:0:4::/64");

    private static final Pattern SINK = Pattern.compile("egress at veth0 into (\\w+)");
    private static final Pattern COUNTER = Pattern.compile("counter packets (\\d+)");

    private final Path directory;
    private final Lab lab;
    private final ResidentCli replayer;
    private final Path keys;
    /** Where intercepts find their tools. */
    private String path = System.getenv("PATH");

    private TargetHostLab(final Path directory, final Lab lab, final ResidentCli replayer, final Path keys) {
        this.directory = directory;
        this.lab = lab;
        this.replayer = replayer;
        this.keys = keys;
    }

    static TargetHostLab in(final Path directory) throws IOException {
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool", "ss", "curl");
        final Lab lab = Lab.routed();
        useIptables(lab.server());
        final Path keys = directory.resolve("lab.p12");
        AnyKeys.writeTo(keys);
        return new TargetHostLab(directory, lab, ResidentCli.in(lab.client(), directory), keys);
    }

    /** It makes its tables when it is first used, and never removes them. */
    private static void useIptables(final Netns host) {
        for (final String iptables : List.of("iptables", "ip6tables")) {
            host.exec(iptables, "-A", "OUTPUT", "-j", "ACCEPT").orThrow();
            host.exec(iptables, "-D", "OUTPUT", "-j", "ACCEPT").orThrow();
        }
    }

    /** On the target, as another program may. */
    void flushRules() {
        lab.server().exec("nft", "flush", "ruleset").orThrow();
        useIptables(lab.server());
    }

    Netns client() {
        return lab.client();
    }

    Netns router() {
        return lab.router();
    }

    Netns server() {
        return lab.server();
    }

    String serverV4() {
        return lab.serverV4();
    }

    Path keys() {
        return keys;
    }

    String target(final int family, final int port) {
        return server(family) + ":" + port;
    }

    private String server(final int family) {
        return family == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]";
    }

    /** The part that all replayed clients' addresses have in common. */
    static String clientsPrefix(final int family) {
        return CLIENTS.get(family).replaceAll("(0/24|:/64)$", "");
    }

    /** Clients of the usual network. */
    ResidentCli.Result replay(final int family, final String database, final int port, final String... more)
            throws IOException {
        return replay(CLIENTS.get(family), server(family), database, target(family, port), more);
    }

    ResidentCli.Result replay(
            final String clients,
            final String intercept,
            final String database,
            final String target,
            final String... more)
            throws IOException {
        return replayer.run(words(clients, intercept, database, target, more));
    }

    /** Another command on the replayer's host. */
    ResidentCli.Result run(final String... words) throws IOException {
        return replayer.run(words);
    }

    /** As {@link #replayOfItsOwn(int, Path, Path, int)}, over IPv4. */
    Process replayOfItsOwn(final Path output, final Path database, final int port) throws IOException {
        return replayOfItsOwn(4, output, database, port);
    }

    /** Clients of the usual network in a process that a test may kill; what it says goes to {@code output}. */
    Process replayOfItsOwn(final int family, final Path output, final Path database, final int port)
            throws IOException {
        return Commands.tcpreplayj(
                        words(CLIENTS.get(family), server(family), database.toString(), target(family, port)))
                .jvm(InterceptProcess.temporary(output))
                .inside(lab.client())
                .start(output, output.resolveSibling(output.getFileName() + ".stderr"));
    }

    private String[] words(
            final String clients,
            final String intercept,
            final String database,
            final String target,
            final String... more) {
        final List<String> words = new ArrayList<>(List.of("replay", database, "--target", target));
        words.addAll(List.of("--clients", clients, "--keys", keys.toString(), "--intercept", intercept));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    /** On the target, from the moment at which replayers find it. */
    InterceptProcess intercept(final String name, final String target, final String... more)
            throws IOException, InterruptedException {
        final InterceptProcess started = begin(name, target, more);
        started.awaitReady();
        return started;
    }

    /** On the target, from its beginning. */
    InterceptProcess begin(final String name, final String target, final String... more) throws IOException {
        final List<String> words = new ArrayList<>(List.of("--target", target));
        words.addAll(List.of("--keys", keys.toString(), "--payload", "65535"));
        words.addAll(List.of(more));
        return InterceptProcess.begin(lab.server(), directory.resolve(name), path, words);
    }

    /**
     * From now on some answers are lost behind the rule that forwards them, so that their sender sees them leave, and before
     * the tap.
     *
     * @param intercept that swallows by {@code egress}
     */
    void loseAnswers(final InterceptProcess intercept, final int of1000) throws IOException {
        final Matcher sink = SINK.matcher(intercept.said());
        assertThat(sink.find()).as(intercept.said()).isTrue();
        server().exec(
                        "nft",
                        "add table netdev unseen; add chain netdev unseen out { type filter hook egress device \""
                                + sink.group(1)
                                + "\" priority 0; }; add rule netdev unseen out numgen random mod 1000 < "
                                + of1000 + " counter drop")
                .orThrow();
    }

    long answersLost() {
        return counted(server(), "netdev", "unseen");
    }

    /** What the first counter of a table has seen. */
    static long counted(final Netns host, final String family, final String table) {
        final Matcher counter = COUNTER.matcher(
                host.exec("nft", "list", "table", family, table).orThrow().stdout());
        assertThat(counter.find()).isTrue();
        return Long.parseLong(counter.group(1));
    }

    /** A byte server got what each client sent, as by its journal: whole, once, and nothing else. */
    static void eachArrivedOnce(final Path journal, final List<FlowPcap.Sent> sent)
            throws IOException, InterruptedException {
        assertThat(Eventually.holds(ARRIVING, () -> ByteServer.received(journal).size() >= sent.size()))
                .isTrue();
        assertThat(ByteServer.received(journal).stream().map(ByteServer.Received::sha256))
                .containsExactlyInAnyOrderElementsOf(
                        sent.stream().map(FlowPcap.Sent::sha256).toList());
    }

    /** What an intercept on the target says that will not run. */
    String refusal(final String... arguments) {
        final List<String> words = new ArrayList<>(List.of("intercept", "--listen", "127.0.0.1:9999"));
        words.addAll(List.of(arguments));
        final Exec.Result result = Commands.tcpreplayj(words.toArray(String[]::new))
                .inside(lab.server())
                .with("PATH", path)
                .run();
        assertThat(result.exit()).isEqualTo(2);
        return result.stderr();
    }

    /** A made capture's database, so named. */
    Path made(final String name, final FlowPcap.Shape shape) throws IOException {
        final Path capture = directory.resolve(name + ".pcap");
        FlowPcap.write(capture, shape, SEED);
        final Path database = directory.resolve(name + ".tfdb");
        assertThat(new Run().main("index", "-q", "--db", database, capture).exit())
                .isZero();
        return database;
    }

    /** Of a server of the target's, whatever their state. */
    long connections(final int port) {
        return lab.server()
                .exec("ss", "-Htn", "state", "connected", "sport = :" + port)
                .stdout()
                .lines()
                .count();
    }

    /** Intercepts find an {@code nft} of the test's own first. */
    void nft(final String script) throws IOException {
        tool("nft", script);
    }

    /** The same of another tool; that one alone is the test's own. */
    void tool(final String name, final String script) throws IOException {
        final Path bin = Files.createDirectories(directory.resolve("bin-" + name));
        Files.writeString(bin.resolve(name), script);
        Files.setPosixFilePermissions(bin.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
        path = bin + ":" + System.getenv("PATH");
    }

    /** Intercepts that begin from now on find this host's tools again. */
    void usualTools() {
        path = System.getenv("PATH");
    }

    @Override
    public void close() throws IOException {
        replayer.close();
        lab.close();
    }
}
