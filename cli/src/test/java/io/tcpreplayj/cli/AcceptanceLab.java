package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.faultlab.FaultBridge;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.OracleServer;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Clients, a fault bridge and an oracle server, each in a namespace; replays rows of the acceptance table through it. */
final class AcceptanceLab implements AutoCloseable {
    static final long SEED = 20_261_127;

    /** Rows wait more than they compute. */
    private static final int WORKERS = 6;

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

    /** Makes a capture of this shape and indexes it. */
    Recording record(final String name, final FlowPcap.Shape shape) throws IOException {
        final Path capture = directory.resolve(name + ".pcap");
        final List<FlowPcap.Sent> sent = FlowPcap.write(capture, shape, SEED);
        return new Recording(index(capture), sent);
    }

    static Path index(final Path capture) {
        final Path database = Path.of(capture.toString().replaceFirst("pcap$", "tfdb"));
        final Run indexed = new Run().main("index", "-q", "--db", database, capture);
        assertThat(indexed.exit()).as(indexed.err()).isZero();
        return database;
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
        bridge.plan(row.port(), row.plan());
        final Path sessions = directory.resolve("sessions-" + row.name());
        final String address = row.family() == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]";
        final List<String> words =
                new ArrayList<>(List.of("replay", row.recording().database().toString()));
        words.addAll(List.of("--target", address + ":" + row.port(), "--transport", row.transport()));
        words.addAll(List.of("--seed", Long.toString(SEED + row.port()), "--sessions", sessions.toString()));
        words.addAll(List.of("--json", "-q"));
        words.addAll(List.of(row.more()));
        final ResidentCli cli = borrow();
        final CompletableFuture<ResidentCli.Result> run = CompletableFuture.supplyAsync(() -> run(cli, words), threads);
        meanwhile.happens(cli.pid());
        final ResidentCli.Result result = run.join();
        giveBack(cli);
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isIn(0, 8);
        final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
        return new Replayed(row, result, report, Session.read(sessions), settled(row));
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

    /** What the last FIN does to the server may come after the client's end, as late as the server's own timeouts. */
    private Map<String, OracleServer.Received> settled(final Row row) throws IOException, InterruptedException {
        final int wanted = row.recording().sent().size();
        Eventually.holds(
                Duration.ofSeconds(60), () -> server.received(row.port()).size() >= wanted);
        final Map<String, OracleServer.Received> byClient = new HashMap<>();
        server.received(row.port()).forEach(received -> byClient.put(received.client(), received));
        return byClient;
    }

    private ResidentCli borrow() throws IOException {
        final int number;
        synchronized (idle) {
            if (!idle.isEmpty()) {
                return idle.remove(idle.size() - 1);
            }
            number = ++clis;
        }
        return ResidentCli.in(lab.client(), Files.createDirectory(directory.resolve("cli-" + number)));
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
        bridge.close();
        lab.close();
    }
}
