package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Real clients on a network of their own, a production host that serves them and sends what they ask to a target as well, and
 * either a router before the target, which sees all that leaves it, or an assistant beside it.
 */
final class LiveInterceptLab implements AutoCloseable {
    static final int PORT = 8080;

    private static final List<String> CLIENTS = List.of("11", "12", "13");
    private static final Map<Integer, String> POOLS = Map.of(4, "198.18.4.0/24", 6, "2001:2:0:4::/64");

    private final Path directory;
    private final Path keys;
    private final Lab lab;
    /** What leaks gets there. */
    private final Netns outside;

    private final Netns crowd = Netns.create("crowd");
    /** What all real clients' addresses of a family begin with. */
    private final Map<Integer, String> prefixes;

    private final Map<Integer, String> intercepts;

    private final List<Nginx> servers = new ArrayList<>();

    private LiveInterceptLab(
            final Path directory,
            final Lab lab,
            final Netns outside,
            final Map<Integer, String> prefixes,
            final Map<Integer, String> intercepts) {
        this.intercepts = intercepts;
        this.directory = directory;
        this.lab = lab;
        this.outside = outside;
        this.prefixes = prefixes;
        keys = directory.resolve("lab.p12");
        Netns.connect(crowd, "eth0", lab.client(), "web0");
        for (final int family : List.of(4, 6)) {
            for (final String client : addresses(family)) {
                crowd.address("eth0", client + length(family));
            }
            crowd.address("eth0", stranger(family) + length(family));
            lab.client().address("web0", production(family) + length(family));
        }
        servers.add(Nginx.small(lab.client(), directory.resolve("production"), PORT));
        servers.add(Nginx.small(lab.server(), directory.resolve("target"), PORT));
        AnyKeys.writeTo(keys);
    }

    /** With a router: of the addresses that a {@link io.tcpreplayj.testdata.LeakDetector} knows. */
    static LiveInterceptLab routed(final Path directory) {
        final Lab lab = Lab.routed();
        return new LiveInterceptLab(
                directory,
                lab,
                lab.router(),
                Map.of(4, "10.92.1.", 6, "2001:2:0:5::"),
                Map.of(4, lab.serverV4(), 6, "[" + lab.serverV6() + "]"));
    }

    /** With an assistant; real clients have none of the addresses that a leak detector knows. */
    static LiveInterceptLab assisted(final Path directory) {
        final Lab lab = Lab.assisted();
        return new LiveInterceptLab(
                directory,
                lab,
                lab.routeBehindAssistant(),
                Map.of(4, "10.93.1.", 6, "fd93:1::"),
                Map.of(4, Lab.ASSISTANT_V4, 6, "[" + Lab.ASSISTANT_V6 + "]"));
    }

    private static String length(final int family) {
        return family == 4 ? "/24" : "/64";
    }

    /** Of the real clients. */
    private List<String> addresses(final int family) {
        return CLIENTS.stream().map(number -> prefixes.get(family) + number).toList();
    }

    /** The network of the real clients, without {@link #stranger}. */
    private String network(final int family) {
        return prefixes.get(family) + (family == 4 ? "0/26" : "/112");
    }

    /** A real client of another network. */
    private String stranger(final int family) {
        return prefixes.get(family) + (family == 4 ? "201" : "1:11");
    }

    private String production(final int family) {
        return prefixes.get(family) + (family == 4 ? "254" : "fe");
    }

    private String target(final int family) {
        return (family == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]") + ":" + PORT;
    }

    /** The usual network of replayed clients, which an assistant's target routes to it. */
    static String pool(final int family) {
        return POOLS.get(family);
    }

    static boolean isOfPool(final String address) {
        return address.startsWith(TargetHostLab.clientsPrefix(4)) || address.startsWith(TargetHostLab.clientsPrefix(6));
    }

    boolean isStranger(final String address) {
        return address.equals(stranger(4)) || address.equals(stranger(6));
    }

    Netns outside() {
        return outside;
    }

    /** So many connections of real clients to production. */
    Crowd crowd(final int family, final int connections) throws IOException {
        return Crowd.open(
                crowd, production(family), PORT, connections, addresses(family).toArray(String[]::new));
    }

    Crowd strangers(final int family, final int connections) throws IOException {
        return Crowd.open(crowd, production(family), PORT, connections, stranger(family));
    }

    /** On the target's own host, for its real clients and the usual networks. */
    InterceptProcess interceptAtTarget(final String name) throws IOException, InterruptedException {
        return intercept(
                lab.server(),
                name,
                "--target",
                target(4),
                "--target",
                target(6),
                "--clients",
                "198.18.0.0/15",
                "--clients",
                network(4),
                "--clients",
                network(6));
    }

    InterceptProcess interceptAtAssistant(final String name) throws IOException, InterruptedException {
        return intercept(lab.assistant(), name, "-i", "veth0");
    }

    private InterceptProcess intercept(final Netns host, final String name, final String... arguments)
            throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>(List.of(arguments));
        words.addAll(List.of("--keys", keys.toString(), "--payload", "65535"));
        return InterceptProcess.start(host, directory.resolve(name), System.getenv("PATH"), words);
    }

    /** On production, of all its interfaces, one family: another live's clients would be captured, too. */
    private List<String> words(final int family, final String clients) {
        final List<String> words =
                new ArrayList<>(List.of("--record", database(family).toString()));
        words.addAll(List.of("-i", "any", "--port", String.valueOf(PORT)));
        words.addAll(target(family, clients));
        words.add(family == 4 ? "ip" : "ip6");
        return words;
    }

    private List<String> target(final int family, final String clients) {
        return List.of(
                "--target",
                target(family),
                "--intercept",
                intercepts.get(family),
                "--keys",
                keys.toString(),
                "--clients",
                clients);
    }

    /** On production, for one host that forwards what it captures; from its beginning. */
    LiveProcess listener(final int family, final String clients) throws IOException {
        final List<String> words =
                new ArrayList<>(List.of("--record", database(family).toString()));
        words.addAll(List.of("--listen", relay(), "--sources", "1"));
        words.addAll(target(family, clients));
        return LiveProcess.launch(lab.client(), database(family), words);
    }

    /** On production: what the real clients of a family ask, to {@code listener}. */
    LiveProcess forwarder(final int family, final LiveProcess listener) throws IOException, InterruptedException {
        listener.says("listening at");
        final List<String> words =
                List.of("-i", "web0", "--port", String.valueOf(PORT), "--forward", relay(), family == 4 ? "ip" : "ip6");
        return LiveProcess.launch(lab.client(), directory.resolve("forwarder"), words);
    }

    private String relay() {
        return "unix:" + directory.resolve("relay");
    }

    private Path database(final int family) {
        return directory.resolve("live" + family + ".tfdb");
    }

    /** From its beginning. */
    LiveProcess live(final int family, final String clients) throws IOException {
        return LiveProcess.launch(lab.client(), database(family), words(family, clients));
    }

    /** What it says instead. */
    String refusal(final int family, final String clients) {
        final List<String> words = new ArrayList<>(List.of("live"));
        words.addAll(words(family, clients));
        final Exec.Result result = Commands.tcpreplayj(words.toArray(String[]::new))
                .inside(lab.client())
                .run();
        assertThat(result.exit()).isEqualTo(2);
        return result.stderr();
    }

    List<AccessLog.Entry> atProduction() {
        return servers.get(0).requests();
    }

    List<AccessLog.Entry> atTarget() {
        return servers.get(1).requests();
    }

    /** What was asked on each connection, in its order, and from which address. */
    static List<String> byConnection(final List<AccessLog.Entry> entries) {
        return entries.stream()
                .collect(Collectors.groupingBy(
                        AccessLog.Entry::connection,
                        Collectors.mapping(
                                entry -> entry.clientAddress() + " " + entry.request(), Collectors.joining(", "))))
                .values()
                .stream()
                .sorted()
                .toList();
    }

    @Override
    public void close() {
        servers.forEach(Nginx::close);
        crowd.close();
        lab.close();
    }
}
