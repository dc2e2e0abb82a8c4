package io.tcpreplayj.faultlab;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A replay beside clients of the kernel that hold the same exchanges, over a bridge that does the same harm by the same seed:
 * the n-th packet of the k-th connection in each direction has the same fate for both, whenever it comes.
 */
public final class LossAgainstKernel {
    private static final long SEED = 20_261_127;
    private static final int FIRST_PORT = 7000;
    private static final int FLOWS = 2_000;
    /** Times the kernel's wall time; what takes longer ends with exit code 1. */
    private static final double MOST = 1.5;

    private static final int REQUEST = 2_500;
    private static final int ANSWER = 4_000;
    /** The replay's exit code. */
    private static final int FLOWS_FAILED = 8;

    private static final Duration LONGEST = Duration.ofMinutes(30);
    /** A server's last retransmissions may come after the clients have ended. */
    private static final long SETTLING_NS = 20_000_000_000L;

    private final Path directory;
    private final String tool;
    private final String transport;
    private final String path;
    private final FlowPcap.Shape shape;
    private final Lab lab;
    private final FaultBridge bridge;
    private final OracleServer server;

    /** One side of a round. */
    private record Side(double seconds, long whole, Traffic sent, Traffic answered) {
        String words() {
            return "%8.2f s %6d whole %8d packets %6d resent %9d B, server %6d resent"
                    .formatted(seconds, whole, sent.packets(), sent.resent(), sent.resentBytes(), answered.resent());
        }
    }

    private LossAgainstKernel(
            final String[] arguments, final Lab lab, final FaultBridge bridge, final OracleServer server) {
        this.directory = Path.of(arguments[0]);
        this.tool = arguments[1];
        this.transport = arguments[3];
        this.path = arguments[4];
        this.shape = new FlowPcap.Shape(FLOWS, Integer.parseInt(arguments[6]), REQUEST, ANSWER, 2_000, 1_000);
        this.lab = lab;
        this.bridge = bridge;
        this.server = server;
    }

    /**
     * Arguments: a scratch directory, the launcher, rounds, transport, share of the packets that is lost or "shuffled", how many
     * times the kernel's clients wait but a second for the answer to a SYN before that time doubles (tcp_syn_linear_timeouts),
     * and exchanges a flow.
     */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final int rounds = Integer.parseInt(arguments[2]);
        final Map<Integer, Manners> ports = new HashMap<>();
        for (int port = FIRST_PORT; port <= FIRST_PORT + 2 * rounds; port++) {
            ports.put(port, Manners.good(REQUEST, ANSWER));
        }
        try (Lab lab = Lab.cut();
                FaultBridge bridge = FaultBridge.start(lab.router().name(), "veth1", "veth2", null);
                OracleServer server = OracleServer.startIn(lab.server(), ports, Path.of(arguments[0]))) {
            final String linear = "/proc/sys/net/ipv4/tcp_syn_linear_timeouts";
            lab.client()
                    .exec("sh", "-c", "[ ! -e " + linear + " ] || echo " + arguments[5] + " >" + linear)
                    .orThrow();
            final double median = new LossAgainstKernel(arguments, lab, bridge, server).compare(rounds);
            if (median > MOST) {
                throw new IllegalStateException("the replay took too long beside the kernel");
            }
        }
    }

    /** The median of the rounds' ratios. */
    private double compare(final int rounds) throws IOException, InterruptedException {
        final Path capture = directory.resolve("flows.pcap");
        FlowPcap.write(capture, shape, SEED);
        run(List.of(tool, "index", "-q", "--db", directory.resolve("flows.tfdb").toString(), capture.toString()));
        System.err.printf(
                "%d flows of %d exchanges, %d bytes for %d, path %s both ways, --transport %s%n",
                FLOWS, shape.exchanges(), REQUEST, ANSWER, path, transport);
        // The bridge and the server compile themselves in their first run, which costs whoever comes first seconds.
        side(FIRST_PORT + 2 * rounds, SEED - 1, this::kernel);
        final double[] ratios = new double[rounds];
        double replaySeconds = 0;
        double kernelSeconds = 0;
        for (int round = 0; round < rounds; round++) {
            final int port = FIRST_PORT + 2 * round;
            final Side replay = side(port, SEED + round, this::replay);
            final Side kernel = side(port + 1, SEED + round, this::kernel);
            ratios[round] = replay.seconds() / kernel.seconds();
            replaySeconds += replay.seconds();
            kernelSeconds += kernel.seconds();
            System.err.printf("round %d  replay %s%n", round + 1, replay.words());
            System.err.printf("         kernel %s   ratio %.2f%n", kernel.words(), ratios[round]);
        }
        Arrays.sort(ratios);
        final double median = (ratios[(rounds - 1) / 2] + ratios[rounds / 2]) / 2;
        System.err.printf(
                "ratio of wall times: median %.2f, all rounds together %.2f; wanted: at most %.1f%n",
                median, replaySeconds / kernelSeconds, MOST);
        return median;
    }

    /** Sends the flows to a port and returns the seconds that they took. */
    @FunctionalInterface
    private interface Client {
        double run(int port);
    }

    private Side side(final int port, final long seed, final Client client) throws IOException, InterruptedException {
        bridge.plan(port, harm(FaultPlan.seeded(seed)));
        final double seconds = client.run(port);
        final long endNs = System.nanoTime() + SETTLING_NS;
        while (server.received(port).size() < FLOWS && System.nanoTime() < endNs) {
            Thread.sleep(100);
        }
        final long bytes = (long) shape.exchanges() * REQUEST;
        final long whole = server.received(port).stream()
                .filter(received -> received.bytes() == bytes && received.end().equals("eof"))
                .count();
        return new Side(seconds, whole, bridge.traffic(port, Way.FROM_CLIENT), bridge.traffic(port, Way.FROM_SERVER));
    }

    /** A share of the packets is lost; or a quarter is overtaken, a tenth comes twice, and all are late by up to 100 ms. */
    private FaultPlan harm(final FaultPlan plan) {
        return path.equals("shuffled")
                ? plan.both(Faults.reorder(0.25, 1, 50))
                        .both(Faults.duplicates(0.1))
                        .both(Faults.delay(0, 100))
                : plan.both(Faults.loss(Double.parseDouble(path)));
    }

    private double replay(final int port) {
        final Exec.Result result = Exec.run(
                null,
                Map.of(),
                LONGEST,
                lab.client()
                        .inside(
                                tool,
                                "replay",
                                directory.resolve("flows.tfdb").toString(),
                                "--target",
                                lab.serverV4() + ":" + port,
                                "--transport",
                                transport,
                                // The kernel's clients, too, wait for each answer as long as it takes.
                                "--response-timeout",
                                "1000s",
                                "--json",
                                "-q"));
        // At much loss some flows are lost as well, and a replay says so.
        final String report = result.exit() == FLOWS_FAILED
                ? result.stdout()
                : result.orThrow().stdout();
        return (number(report, "endedNs") - number(report, "startedNs")) / 1e9;
    }

    private static long number(final String report, final String field) {
        final Matcher matcher = Pattern.compile('"' + field + "\":(\\d+)").matcher(report);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + field + " in " + report);
        }
        return Long.parseLong(matcher.group(1));
    }

    private double kernel(final int port) {
        final List<String> line = new ArrayList<>(lab.client().prefix());
        line.addAll(Commands.java());
        line.addAll(List.of(KernelClients.class.getName(), lab.serverV4(), Integer.toString(port)));
        for (final int value :
                new int[] {FLOWS, shape.exchanges(), REQUEST, ANSWER, shape.thinkUs(), shape.spacingUs()}) {
            line.add(Integer.toString(value));
        }
        final String talk = Exec.run(null, Map.of(), LONGEST, line).orThrow().stderr();
        return Long.parseLong(talk.split(" ")[0]) / 1e9;
    }

    private static String run(final List<String> line) {
        return Exec.run(null, Map.of(), LONGEST, line).orThrow().stdout();
    }
}
