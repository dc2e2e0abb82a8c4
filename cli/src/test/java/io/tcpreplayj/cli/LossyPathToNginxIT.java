package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.faultlab.FaultBridge;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Faults;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that many use, behind a path that loses: what it logs is what was recorded, request by request. */
@BesideOthers
final class LossyPathToNginxIT {
    private static final int COPIES = 10;

    @ParameterizedTest(name = "IPv{0}")
    @ValueSource(ints = {4, 6})
    void ofTwentyPacketsOneIsLost_andEveryRequestIsLoggedOnceAndInOrder(final int family, @TempDir final Path scratch)
            throws Exception {
        Privileges.needRootAnd("ip", "ethtool", "nft", "nginx");
        final Recorded recorded = Recorded.index("keepalive4.pcap", scratch);
        try (Lab lab = Lab.cut();
                FaultBridge bridge = FaultBridge.start(lab.router().name(), "veth1", "veth2", null);
                Nginx nginx = Nginx.small(lab.server(), scratch.resolve("nginx"), Recorded.PORT);
                ResidentCli cli = ResidentCli.in(lab.client(), scratch)) {
            bridge.plan(
                    Recorded.PORT,
                    FaultPlan.seeded(AcceptanceLab.SEED).both(Faults.loss(0.05)).sparingTheFirst());
            final Path sessions = scratch.resolve("sessions.json");
            final String address = family == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]";
            final ResidentCli.Result result = cli.run(
                    "replay",
                    recorded.database(),
                    "--target",
                    address + ":" + Recorded.PORT,
                    "--copies",
                    Integer.toString(COPIES),
                    "--sessions",
                    sessions.toString(),
                    "--json",
                    "-q");

            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, 0, COPIES * recorded.requests());
            final List<Session> replayed = Session.read(sessions);
            assertThat(replayed).hasSize(COPIES * recorded.flows());
            assertThat(recorded.differences(replayed, arrived)).isEmpty();
            assertThat(arrived).allSatisfy(entry -> assertThat(entry.status()).isEqualTo(200));
            final Map<?, ?> bytes =
                    (Map<?, ?>) JSON.std.mapFrom(result.stdout()).get("bytes");
            assertThat(((Number) bytes.get("clientRetransmitted")).longValue())
                    .as("the path did lose")
                    .isPositive();
        }
    }
}
