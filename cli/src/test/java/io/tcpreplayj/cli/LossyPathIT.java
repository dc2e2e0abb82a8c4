package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A router that loses packets of both directions between the replayed clients and a real server: every byte of every flow
 * arrives all the same, in order and once. A server of the JDK is the judge; it knows nothing of the replayer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LossyPathIT {
    private static final long SEED = 20_261_123;
    private static final int REQUEST = 2_500;
    private static final int ANSWER = 4_000;
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(300, 6, REQUEST, ANSWER, 2_000, 1_000);

    private Path directory;
    private Lab lab;
    private ResidentCli cli;
    private List<FlowPcap.Sent> sent = List.of();
    private Path database;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "ethtool", "nft", "iptables", "ip6tables");
        lab = Lab.routed();
        cli = ResidentCli.in(lab.client(), directory);
        database = directory.resolve("flows.tfdb");
        final Path capture = directory.resolve("made.pcap");
        sent = FlowPcap.write(capture, SHAPE, SEED);
        final ResidentCli.Result indexed = cli.run("index", "-q", "--db", database.toString(), capture.toString());
        assertThat(indexed.exit()).as(indexed.stderr()).isZero();
    }

    @AfterAll
    void stop() throws IOException {
        if (cli != null) {
            cli.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    // Probability 0 is a rule that never matches: the control.
    @ParameterizedTest(name = "{0} of packets lost, IPv{1}, {2}")
    @CsvSource({"0.0,4,packet", "0.05,4,packet", "0.05,6,packet", "0.05,4,raw"})
    void everyByteArrivesOnce(final double loss, final int family, final String transport)
            throws IOException, InterruptedException {
        lab.router().loseForwarded(loss);
        final String address = family == 4 ? lab.serverV4() : lab.serverV6();
        final Path journal = directory.resolve("journal-" + loss + "-" + family + "-" + transport);
        final Path sessions = directory.resolve("sessions");
        final Process server = ByteServer.startIn(lab.server(), address, 7000, REQUEST, ANSWER, journal);
        final ResidentCli.Result result;
        try {
            result = cli.run(
                    "replay",
                    database.toString(),
                    "--target",
                    family == 4 ? address + ":7000" : "[" + address + "]:7000",
                    "--transport",
                    transport,
                    "--seed",
                    Long.toString(SEED),
                    "--sessions",
                    sessions.toString(),
                    "--json",
                    "-q");
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            // What the last FIN does to the server may come a moment after the client has its acknowledgment.
            Eventually.holds(
                    Duration.ofSeconds(5), () -> ByteServer.received(journal).size() >= sent.size());
        } finally {
            server.destroy();
            server.waitFor();
        }
        assertThat(differences(sessions, journal)).isEmpty();
        assertThat(ByteServer.received(journal)).hasSize(sent.size());
        final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
        final Map<?, ?> flows = (Map<?, ?>) report.get("flows");
        assertThat(flows.get("replayed")).isEqualTo(sent.size());
        assertThat((Map<?, ?>) flows.get("failed")).isEmpty();
        final long resent = ((Number) ((Map<?, ?>) report.get("bytes")).get("clientRetransmitted")).longValue();
        System.out.printf(
                "LossyPathIT: %.0f %% lost, IPv%d, %s: %d of %d flows byte-identical, %d of %d bytes sent again, %.1f s%n",
                loss * 100,
                family,
                transport,
                sent.size(),
                sent.size(),
                resent,
                sent.stream().mapToLong(FlowPcap.Sent::bytes).sum(),
                (((Number) report.get("endedNs")).longValue() - ((Number) report.get("startedNs")).longValue()) / 1e9);
        if (loss == 0) {
            // Nothing, but on a machine so busy that the replayer is off the CPU for longer than the least RTO (200
            // ms).
            assertThat(resent).isLessThan(sent.size() * 6L * REQUEST / 100);
        } else {
            assertThat(resent).as("a lossy path shows in the report").isPositive();
        }
    }

    /** One line for each flow of which the server did not get exactly what the captured client had sent. */
    private List<String> differences(final Path sessions, final Path journal) throws IOException {
        final Map<String, ByteServer.Received> byClient = new HashMap<>();
        ByteServer.received(journal).forEach(received -> byClient.put(received.client(), received));
        final List<String> differences = new ArrayList<>();
        for (final Session session : Session.read(sessions)) {
            // Flow ids count from 1 in the order of first packets, and so were the connections made.
            final FlowPcap.Sent wanted = sent.get((int) session.flow() - 1);
            final ByteServer.Received got = byClient.get(normalised(session.client()));
            if (got == null || !got.sha256().equals(wanted.sha256()) || got.bytes() != wanted.bytes()) {
                differences.add(session + ": wanted " + wanted + ", the server got " + got);
            }
        }
        return differences;
    }

    /** Java writes IPv6 endpoints of sockets as {@code [fd91:1:0:0:0:0:0:1]:port}. */
    private static String normalised(final String client) throws IOException {
        final int colon = client.lastIndexOf(':');
        final String address = client.substring(0, colon);
        return address.indexOf(':') < 0
                ? client
                : "[" + java.net.InetAddress.getByName(address).getHostAddress() + "]" + client.substring(colon);
    }
}
