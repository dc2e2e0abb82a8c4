package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.AccessLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --copies}: every flow that many times, each from an endpoint of its own, or nothing at all. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CopiesIT {
    private static final int COPIES = 10;

    private HttpLab http;
    private Recorded recorded;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        http = new HttpLab(scratch);
        recorded = Recorded.index("keepalive4.pcap", scratch);
    }

    @AfterAll
    void stop() throws IOException {
        if (http != null) {
            http.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tun", "packet", "raw", "socket"})
    void eachRequestArrivesTenTimes_fromDistinctClients(final String transport)
            throws IOException, InterruptedException {
        final int before = http.nginx().requests().size();
        final ResidentCli.Result result = http.replay(
                http.cli(transport),
                recorded.database(),
                http.target(4),
                transport,
                "--copies",
                Integer.toString(COPIES),
                "--speed",
                "2x");
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<Session> sessions = http.sessions();
        assertThat(sessions).hasSize(COPIES * recorded.flows());
        assertThat(sessions).extracting(Session::client).doesNotHaveDuplicates();
        assertThat(sessions.stream()
                        .collect(Collectors.groupingBy(Session::flow))
                        .values())
                .hasSize(recorded.flows())
                .allSatisfy(copies -> assertThat(copies)
                        .extracting(Session::copy)
                        .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
        final List<AccessLog.Entry> arrived = Recorded.arrived(http.nginx(), before, COPIES * recorded.requests());
        assertThat(recorded.differences(sessions, arrived)).isEmpty();
    }

    /** Over {@code tun} a client goes on at a further address; elsewhere there is only this host's. */
    @Test
    void moreCopiesThanPorts_haveRoomOverTun() throws IOException {
        final ResidentCli.Result planned = http.replay(
                http.cli("tun"), recorded.database(), http.target(4), "tun", "--copies", "20000", "--dry-run");
        assertThat(planned.exit()).as(planned.stderr()).isZero();
        assertThat(planned.stdout()).contains("120000 sessions");
    }

    @ParameterizedTest
    @ValueSource(strings = {"packet", "raw"})
    void poolTooSmall_isRefusedWithTheNumberNeeded_andNothingIsSent(final String transport) throws IOException {
        final int before = http.nginx().requests().size();
        final ResidentCli.Result result =
                http.replay(http.cli(transport), recorded.database(), http.target(4), transport, "--copies", "20000");
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stdout()).isEmpty();
        assertThat(result.stderr()).contains("120000").contains("\nhint: ").doesNotContain("\tat ");
        assertThat(result.stderr().lines()).hasSize(2);
        assertThat(http.nginx().requests()).hasSize(before);
        final ResidentCli.Result planned = http.replay(
                http.cli(transport), recorded.database(), http.target(4), transport, "--copies", "20000", "--dry-run");
        assertThat(planned.exit()).isEqualTo(2);
        assertThat(planned.stderr()).isEqualTo(result.stderr());
    }

    @Test
    void dryRun_namesTheSessions_andSendsNothing() throws IOException {
        final int before = http.nginx().requests().size();
        final ResidentCli.Result result = http.cli("packet")
                .run("replay", recorded.database(), "--target", http.target(4), "--copies", "10", "--dry-run");
        assertThat(result.exit()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .contains("60 sessions")
                .contains("10 copies")
                .contains("nothing is sent");
        assertThat(http.nginx().requests()).hasSize(before);
    }
}
