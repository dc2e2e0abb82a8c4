package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.LinuxConversations.Ending;
import io.tcpreplayj.cli.LinuxConversations.Talk;
import io.tcpreplayj.faultlab.FaultBridge;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Faults;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import io.tcpreplayj.testdata.Tcpdump;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * AC-14: two hundred conversations of Linux clients with a server 200 ms away are recorded and replayed, and what the replayed
 * clients send is, segment by segment, what the recorded ones sent: sequence numbers, lengths, flags, urgent pointers, and the
 * acknowledgments that tell which states a connection went through.
 */
// Who closes first is a matter of milliseconds here.
@Isolated
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SameAsLinuxIT {
    private static final int EACH = 30;
    private static final int PORT = 7000;
    private static final int ONE_WAY_MS = 100;

    private final Map<Ending, List<Integer>> flowsOf = new LinkedHashMap<>();
    private Path directory;
    private Lab lab;
    private FaultBridge bridge;
    /** What each client sent, by the order of its SYN. */
    private List<List<String>> recorded;

    private List<List<String>> replayed;

    @BeforeAll
    void recordAndReplay(@TempDir final Path scratch) throws IOException, InterruptedException {
        Privileges.needRootAnd("ip", "ethtool", "nft", "tcpdump", "tshark");
        directory = scratch;
        lab = Lab.cut();
        bridge = FaultBridge.start(lab.router().name(), "veth1", "veth2", null);
        bridge.plan(PORT, FaultPlan.seeded(AcceptanceLab.SEED).both(Faults.delay(ONE_WAY_MS, 0)));
        final List<Talk> talks = talks();
        try (LinuxConversations linux = LinuxConversations.serve(lab.server().name(), PORT, ONE_WAY_MS)) {
            recorded = sent("recorded", () -> linux.hold(lab.client().name(), lab.serverV4(), talks));
            final Path database = AcceptanceLab.index(directory.resolve("recorded.pcap"));
            replayed = sent("replayed", () -> replay(database));
        }
        assertThat(recorded).hasSameSizeAs(talks);
        assertThat(replayed).hasSameSizeAs(talks);
    }

    @AfterAll
    void stop() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    private List<Talk> talks() {
        final SplittableRandom random = new SplittableRandom(AcceptanceLab.SEED);
        final List<Talk> talks = new ArrayList<>();
        for (int i = 0; i < EACH; i++) {
            for (final Ending ending : Ending.values()) {
                flowsOf.computeIfAbsent(ending, e -> new ArrayList<>()).add(talks.size());
                talks.add(
                        new Talk(ending, 1 + random.nextInt(3), 20 + random.nextInt(4_000), 1 + random.nextInt(4_000)));
            }
        }
        return talks;
    }

    /** Something that makes packets. */
    @FunctionalInterface
    private interface Traffic {
        void happens() throws IOException, InterruptedException;
    }

    private List<List<String>> sent(final String name, final Traffic traffic) throws IOException, InterruptedException {
        final Path capture = directory.resolve(name + ".pcap");
        final Tcpdump tcpdump = Tcpdump.on(lab.client(), "veth0", capture, "tcp port " + PORT);
        try (tcpdump) {
            traffic.happens();
            assertThat(Eventually.holds(Duration.ofSeconds(30), () -> isClosed(segments(capture))))
                    .as("every client has ended")
                    .isTrue();
        }
        assertThat(tcpdump.said()).contains("0 packets dropped by kernel");
        return segments(capture);
    }

    /** tcpdump writes what it has seen a moment later. */
    private static boolean isClosed(final List<List<String>> segments) {
        return segments.size() == EACH * Ending.values().length
                && segments.stream()
                        .allMatch(sent -> sent.stream().anyMatch(line -> line.matches("A?P?[FR] .*|AR .*")));
    }

    private void replay(final Path database) throws IOException {
        try (ResidentCli cli = ResidentCli.in(lab.client(), directory)) {
            final String target = lab.serverV4() + ":" + PORT;
            final ResidentCli.Result result = cli.run(
                    "replay", database.toString(), "--target", target, "--same-server", "--transport", "packet", "-q");
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        }
    }

    /** By tshark, which has no part in what is judged. What was sent twice counts once: a busy machine sends again. */
    private static List<List<String>> segments(final Path capture) {
        final String[] fields = {"tcp.stream", "tcp.flags.str", "tcp.seq", "tcp.len", "tcp.ack", "tcp.urgent_pointer"};
        final List<String> line =
                new ArrayList<>(List.of("tshark", "-r", capture.toString(), "-Y", "tcp.dstport == " + PORT));
        line.addAll(List.of("-T", "fields", "-E", "separator= "));
        for (final String field : fields) {
            line.addAll(List.of("-e", field));
        }
        final List<List<String>> segments = new ArrayList<>();
        final List<String> lastAcks = new ArrayList<>();
        for (final String row :
                Exec.run(line.toArray(String[]::new)).orThrow().stdout().lines().toList()) {
            final String[] field = row.split(" ");
            final int stream = Integer.parseInt(field[0]);
            if (stream == segments.size()) {
                segments.add(new ArrayList<>());
                lastAcks.add("");
            }
            final String flags = field[1].replaceAll("[^A-Z]", "");
            lastAcks.set(stream, "acknowledged " + field[4] + " at last");
            // Which of the data carries an acknowledgment first is a matter of microseconds.
            final boolean closes = flags.contains("F") || flags.contains("R");
            final String place = flags + " seq " + field[2] + " len " + field[3];
            final String segment = place + (closes ? " ack " + field[4] : "") + " urg " + field[5];
            if (!flags.equals("A") || !field[3].equals("0")) {
                if (segments.get(stream).stream().noneMatch(sent -> sent.startsWith(place + " "))) {
                    segments.get(stream).add(segment);
                }
            }
        }
        for (int stream = 0; stream < segments.size(); stream++) {
            segments.get(stream).add(lastAcks.get(stream));
        }
        return segments;
    }

    @ParameterizedTest
    @EnumSource
    void segmentsAreThoseOfLinux(final Ending ending) {
        final List<Integer> flows = flowsOf.get(ending);
        final List<String> different = new ArrayList<>();
        for (final int flow : flows) {
            if (!replayed.get(flow).equals(recorded.get(flow))) {
                different.add("flow " + (flow + 1) + "\n  recorded " + recorded.get(flow) + "\n  replayed "
                        + replayed.get(flow));
            }
        }
        System.out.println("AC-14 " + ending + ": " + (flows.size() - different.size()) + " of " + flows.size()
                + " conversations with the segments of Linux; the first: " + recorded.get(flows.get(0)));
        assertThat(different).isEmpty();
    }
}
