package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code live --target} where the packets come in tunnels: what is inside is recorded and replayed. VXLAN by the kernel's own
 * device; IP in IP and GRE, which not every kernel has, as a mirror port brings them to a third host.
 */
@BesideOthers
final class LiveTunnelIT {
    private static final int PORT = 8080;
    private static final int CONNECTIONS = 30;
    private static final int ROUNDS = 3;
    private static final String INNER_CLIENT = "10.99.0.1";
    private static final String INNER_SERVER = "10.99.0.2";
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @TempDir
    private Path directory;

    @BeforeAll
    static void needs() {
        Privileges.needRootAnd("ip", "nginx", "ethtool", "nft", "kill", "python3");
    }

    @Test
    void vxlanOfTheKernel_isOpened() throws Exception {
        try (Lab lab = Lab.pair()) {
            vxlan(lab.client(), Lab.CLIENT_V4, lab.serverV4(), INNER_CLIENT);
            vxlan(lab.server(), lab.serverV4(), Lab.CLIENT_V4, INNER_SERVER);
            isReplayed(lab, lab.server(), INNER_SERVER, "vxlan 42", "both");
        }
    }

    private static void vxlan(final Netns netns, final String from, final String to, final String inner) {
        final String link = "ip link add vx0 type vxlan id 42 local " + from + " remote " + to + " dstport 4789";
        netns.exec(link.split(" ")).orThrow();
        netns.exec("ip", "link", "set", "vx0", "up").orThrow();
        netns.address("vx0", inner + "/24");
    }

    /**
     * Of {@code requests} answers come outside, as from a server to which IPVS sends its clients' packets in a tunnel; of {@code
     * alone} none do, as where a cloud mirrors what comes in only.
     */
    @ParameterizedTest
    @CsvSource({"ipip, both", "gre, both", "ipip, requests", "gre, requests", "vxlan, alone"})
    void mirroredPackets_areOpened(final String kind, final String inside) throws Exception {
        try (Lab lab = Lab.assisted()) {
            // So that what is inside fits, as the documents of such tunnels say.
            lab.client().exec("ip", "link", "set", "veth0", "mtu", "1400").orThrow();
            lab.server().exec("ip", "link", "set", "veth0", "mtu", "1450").orThrow();
            final Path script = directory.resolve("mirror.py");
            try (InputStream in = Objects.requireNonNull(LiveTunnelIT.class.getResourceAsStream("mirror.py"))) {
                Files.copy(in, script);
            }
            final Path said = directory.resolve("mirror");
            final Process mirror = Exec.start(
                    null,
                    Map.of(),
                    lab.server()
                            .inside(
                                    "python3",
                                    script.toString(),
                                    "veth0",
                                    "" + PORT,
                                    kind,
                                    Lab.ASSISTANT_V4,
                                    switch (inside) {
                                        case "both" -> "";
                                        case "alone" -> "none";
                                        default -> hardwareAddress(lab.assistant());
                                    }),
                    said,
                    directory.resolve("mirror.err"));
            try {
                assertThat(Eventually.holds(
                                PATIENCE, () -> Files.readString(said).contains("ready")))
                        .isTrue();
                isReplayed(lab, lab.assistant(), lab.serverV4(), kind.equals("vxlan") ? "vxlan 42" : kind, inside);
            } finally {
                mirror.destroyForcibly().waitFor();
                assertThat(directory.resolve("mirror.err"))
                        .as("what the mirror lost")
                        .isEmptyFile();
            }
        }
    }

    private static String hardwareAddress(final Netns host) {
        return host.exec("cat", "/sys/class/net/veth0/address")
                .orThrow()
                .stdout()
                .strip();
    }

    private void isReplayed(
            final Lab lab, final Netns watcher, final String server, final String tunnel, final String inside)
            throws Exception {
        try (Nginx production = Nginx.small(lab.server(), directory.resolve("production"), PORT);
                Nginx target = Nginx.small(lab.client(), directory.resolve("target"), PORT);
                LiveProcess live = LiveProcess.start(
                        watcher,
                        directory.resolve("live.tfdb"),
                        "-i",
                        "veth0",
                        "--port",
                        "" + PORT,
                        "--target",
                        Lab.CLIENT_V4 + ":" + PORT,
                        "--transport",
                        "socket")) {
            try (Crowd crowd = Crowd.open(lab.client(), server, PORT, CONNECTIONS)) {
                for (int round = 1; round <= ROUNDS; round++) {
                    crowd.ask();
                    final int asked = round * CONNECTIONS;
                    if (!Eventually.holds(PATIENCE, () -> target.requests().size() == asked)) {
                        fail(
                                "%d of %d have arrived: %s%s",
                                target.requests().size(),
                                asked,
                                live.said(),
                                live.end("INT").json());
                    }
                }
            }
            final LiveProcess.Summary summary = live.end("INT");
            assertThat(summary.number("replay", "flows", "replayed"))
                    .as(live.said() + summary.json())
                    .isEqualTo(CONNECTIONS);
            assertThat(summary.number("replay", "requests", "answered")).isEqualTo(CONNECTIONS * ROUNDS);
            assertThat(summary.number("replay", "responses", "compared"))
                    .as("captured answers were found, in a tunnel or beside it, where there were any")
                    .isEqualTo(inside.equals("alone") ? 0 : CONNECTIONS * ROUNDS);
            assertThat(byConnection(target.requests())).isEqualTo(byConnection(production.requests()));
            assertThat(new Run()
                            .main("flows", live.database(), "--count", "--where", "tunnel == \"" + tunnel + "\"")
                            .out())
                    .isEqualTo(CONNECTIONS + "\n");
        }
    }

    /** What was asked on each connection, in its order. */
    private static List<String> byConnection(final List<AccessLog.Entry> entries) {
        final Map<Long, String> asked = entries.stream()
                .collect(Collectors.groupingBy(
                        AccessLog.Entry::connection,
                        Collectors.mapping(AccessLog.Entry::request, Collectors.joining(", "))));
        return asked.values().stream().sorted().toList();
    }
}
