package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.faultlab.FaultBridge;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.OracleServer;
import io.tcpreplayj.faultlab.Way;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/** Clients, a fault bridge and an oracle server, each in a namespace; replays rows of the acceptance table through it. */
final class AcceptanceLab implements AutoCloseable {
    static final long SEED = 20_261_127;

    /** Rows wait more than they compute. */
    private static final int WORKERS = 6;

    /** A replay that ended meanwhile sends no more. */
    private static final Duration GETTING_ON = Duration.ofMinutes(2);

    private static final Duration SETTLING = Duration.ofSeconds(3);
    /** As long as a server's last retransmissions may take. */
    private static final Duration BACKING_OFF = Duration.ofSeconds(60);

    /**
     * For looking into a row: a directory where everything is kept, with a log of what the bridge did to each frame; and the
     * rows to run, a regular expression.
     */
    private static final String KEEP_PROPERTY = "tcpreplayj.lab";

    private static final String ONLY_PROPERTY = "tcpreplayj.lab.only";

    /** A capture and the flow database made of it. */
    record Recording(Path database, List<FlowPcap.Sent> sent) {}

    /**
     * One replay through the bridge.
     *
     * @param name for files and messages, unique
     * @param port of the server, unique
     * @param family 4 or 6
     * @param more further words of the command line
     */
    record Row(
            String name, int port, Recording recording, FaultPlan plan, int family, String transport, String... more) {}

    private final Path directory;
    private final Lab lab;
    private final FaultBridge bridge;
    private final OracleServer server;
    private final List<OracleServer> furtherServers = new CopyOnWriteArrayList<>();
    private final List<ResidentCli> idle = new ArrayList<>();
    private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private int clis;

    private AcceptanceLab(final Path directory, final Lab lab, final FaultBridge bridge, final OracleServer server) {
        this.directory = directory;
        this.lab = lab;
        this.bridge = bridge;
        this.server = server;
    }

    /** Whether the row is among those to run: all, when nothing else is said. */
    static boolean wants(final String name) {
        return name.matches(System.getProperty(ONLY_PROPERTY, ".*"));
    }

    static AcceptanceLab start(final Path scratch, final Map<Integer, Manners> ports)
            throws IOException, InterruptedException {
        final String keep = System.getProperty(KEEP_PROPERTY, "");
        final Path directory =
                keep.isEmpty() ? scratch : Files.createTempDirectory(Files.createDirectories(Path.of(keep)), "lab");
        final Lab lab = Lab.cut();
        FaultBridge bridge = null;
        try {
            bridge = FaultBridge.start(
                    lab.router().name(), "veth1", "veth2", keep.isEmpty() ? null : directory.resolve("bridge.pcapng"));
            final OracleServer server = OracleServer.startIn(lab.server(), ports, directory);
            return new AcceptanceLab(directory, lab, bridge, server);
        } catch (final IOException | InterruptedException | RuntimeException e) {
            if (bridge != null) {
                bridge.close();
            }
            lab.close();
            throw e;
        }
    }

    Lab lab() {
        return lab;
    }

    FaultBridge bridge() {
        return bridge;
    }

    OracleServer server() {
        return server;
    }

    /** Another server on ports of its own, which may be killed without harm to the rows of others. */
    OracleServer furtherServer(final int port, final Manners manners) throws IOException, InterruptedException {
        final OracleServer further = OracleServer.startIn(lab.server(), Map.of(port, manners), directory);
        furtherServers.add(further);
        return further;
    }

    Path directory() {
        return directory;
    }

    /**
     * Makes a capture of this shape and indexes it.
     *
     * @param more further words of {@code index}
     */
    Recording record(final String name, final FlowPcap.Shape shape, final String... more) throws IOException {
        return record(directory, name, shape, more);
    }

    static Recording record(final Path directory, final String name, final FlowPcap.Shape shape, final String... more)
            throws IOException {
        final Path capture = directory.resolve(name + ".pcap");
        final List<FlowPcap.Sent> sent = FlowPcap.write(capture, shape, SEED);
        return new Recording(index(capture, more), sent);
    }

    static Path index(final Path capture, final String... more) {
        final Path database = Path.of(capture.toString().replaceFirst("pcap$", "tfdb"));
        final List<Object> words = new ArrayList<>(List.of("index", "-q", "--db", database, capture));
        words.addAll(List.of(more));
        final Run indexed = new Run().main(words.toArray());
        assertThat(indexed.exit()).as(indexed.err()).isZero();
        return database;
    }

    /** Waits until clients have sent so many packets to a port: then the replay is under way. */
    void awaitPackets(final int port, final long packets) throws IOException, InterruptedException {
        assertThat(Eventually.holds(
                        GETTING_ON, () -> bridge.traffic(port, Way.FROM_CLIENT).packets() >= packets))
                .as("%d packets to port %d", packets, port)
                .isTrue();
    }

    /** Something that happens while a row runs. */
    @FunctionalInterface
    interface Meanwhile {
        /** @param pid of the replayer */
        void happens(long pid) throws IOException, InterruptedException;
    }

    /** Replays; rows of other ports may run at the same time. */
    Replayed replay(final Row row) throws IOException, InterruptedException {
        return replay(row, pid -> {});
    }

    Replayed replay(final Row row, final Meanwhile meanwhile) throws IOException, InterruptedException {
        return replay(row, meanwhile, Conditions.USUAL);
    }

    private Replayed replay(final Row row, final Meanwhile meanwhile, final Conditions conditions)
            throws IOException, InterruptedException {
        if (conditions.equals(Conditions.USUAL)) {
            final ResidentCli cli = borrow();
            final Replayed replayed = replay(row, meanwhile, cli);
            giveBack(cli);
            return replayed;
        }
        final Path scratch = Files.createDirectory(directory.resolve("cli-" + row.name()));
        try (ResidentCli cli = ResidentCli.in(lab.client(), scratch, conditions)) {
            return replay(row, meanwhile, cli);
        }
    }

    private Replayed replay(final Row row, final Meanwhile meanwhile, final ResidentCli cli)
            throws IOException, InterruptedException {
        final int before = server.received(row.port()).size();
        bridge.plan(row.port(), row.plan());
        final Path sessions = directory.resolve("sessions-" + row.name());
        final String address = row.family() == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]";
        final List<String> words =
                new ArrayList<>(List.of("replay", row.recording().database().toString()));
        words.addAll(List.of("--target", address + ":" + row.port(), "--transport", row.transport()));
        words.addAll(List.of("--seed", Long.toString(SEED + row.port()), "--sessions", sessions.toString()));
        words.addAll(List.of("--json", "-q"));
        words.addAll(List.of(row.more()));
        final CompletableFuture<ResidentCli.Result> run = CompletableFuture.supplyAsync(() -> run(cli, words), threads);
        meanwhile.happens(cli.pid());
        final ResidentCli.Result result = run.join();
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isIn(0, 8);
        final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
        final List<Session> replayed = Session.read(sessions);
        return new Replayed(row, result, report, replayed, settled(row, replayed, before));
    }

    private static ResidentCli.Result run(final ResidentCli cli, final List<String> words) {
        try {
            return cli.run(words.toArray(String[]::new));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins a row; it waits until one of {@link #WORKERS} before it has ended. */
    Future<Replayed> begin(final Row row, final Meanwhile meanwhile) {
        return workers.submit(() -> replay(row, meanwhile));
    }

    /** By a command line that lives under conditions of its own. */
    Future<Replayed> begin(final Row row, final Meanwhile meanwhile, final Conditions conditions) {
        return workers.submit(() -> replay(row, meanwhile, conditions));
    }

    /**
     * What the last FIN does to the server may come after the client's end, as late as the server's own timeouts; what a
     * server that was killed did not note, never comes.
     */
    private Map<String, OracleServer.Received> settled(final Row row, final List<Session> sessions, final int before)
            throws IOException, InterruptedException {
        final Set<String> wanted = sessions.stream()
                .filter(session -> session.state().startsWith("completed"))
                .map(Session::normalisedClient)
                .collect(Collectors.toSet());
        if (!Eventually.holds(SETTLING, () -> received(row, before).keySet().containsAll(wanted))) {
            Eventually.holds(BACKING_OFF, () -> isQuiet(row.port()));
        }
        return received(row, before);
    }

    private Map<String, OracleServer.Received> received(final Row row, final int before) throws IOException {
        final Map<String, OracleServer.Received> byClient = new HashMap<>();
        final List<OracleServer.Received> all = server.received(row.port());
        all.subList(before, all.size()).forEach(received -> byClient.put(received.client(), received));
        return byClient;
    }

    /** Whether the server has no connection that is still to end. */
    private boolean isQuiet(final int port) {
        return lab.server()
                .exec("ss", "-tanH", "state", "connected", "exclude", "time-wait", "sport", "=", ":" + port)
                .orThrow()
                .stdout()
                .isBlank();
    }

    private ResidentCli borrow() throws IOException {
        final int number;
        synchronized (idle) {
            if (!idle.isEmpty()) {
                return idle.remove(idle.size() - 1);
            }
            number = ++clis;
        }
        return ResidentCli.in(
                lab.client(), Files.createDirectory(directory.resolve("cli-" + number)), Conditions.USUAL);
    }

    private void giveBack(final ResidentCli cli) {
        synchronized (idle) {
            idle.add(cli);
        }
    }

    @Override
    public void close() throws IOException {
        workers.shutdownNow();
        threads.shutdown();
        for (final ResidentCli cli : idle) {
            cli.close();
        }
        server.close();
        furtherServers.forEach(OracleServer::close);
        bridge.close();
        lab.close();
    }
}
