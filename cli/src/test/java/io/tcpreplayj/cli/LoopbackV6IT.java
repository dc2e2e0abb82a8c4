package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.HostState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ::1}: IPv6 has no route_localnet, so no TUN device reaches it; frames on {@code lo} do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LoopbackV6IT {
    private static final String TARGET = "[::1]:8080";

    private HttpLab http;
    private Recorded recorded;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        http = new HttpLab(scratch);
        recorded = Recorded.index("keepalive6.pcapng.gz", scratch);
    }

    @AfterAll
    void stop() throws IOException {
        if (http != null) {
            http.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "packet", "socket"})
    void everyRequestArrives(final String transport) throws IOException, InterruptedException {
        final HostState state = HostState.snapshot(http.lab().server());
        final int before = http.nginx().requests().size();
        final ResidentCli.Result result =
                http.replay(http.onServer(), recorded.database(), TARGET, transport, "--speed", "2x");
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        assertThat(recorded.differences(http.sessions(), Recorded.arrived(http.nginx(), before, recorded.requests())))
                .isEmpty();
        assertThat(http.sessions())
                .allSatisfy(session -> assertThat(session.client()).startsWith("::1:"));
        if (transport.equals("auto")) {
            assertThat(com.fasterxml.jackson.jr.ob.JSON.std.mapFrom(result.stdout()))
                    .containsAllEntriesOf(Map.of("transport", "packet"));
        }
        assertThat(HostState.snapshot(http.lab().server())).isEqualTo(state);
    }

    @Test
    void tun_isRefusedWithTheWayOut() throws IOException {
        final ResidentCli.Result result = http.replay(http.onServer(), recorded.database(), TARGET, "tun");
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr()).contains("::1").contains("hint: use --transport packet");
    }
}
