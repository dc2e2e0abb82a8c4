package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.cli.AcceptanceLab.Row;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Faults;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.ServerCounters;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * AC-01: over a path that loses nothing the server's kernel has nothing to complain of, by its own counters: no
 * retransmission, no reset, no segment that it had to challenge, to drop or to doubt.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Isolated("a processor that others keep busy is what makes TCP send again where nothing is lost")
final class LosslessPathIT {
    private static final int FLOWS = Boolean.getBoolean("tcpreplayj.soak") ? 10_000 : 1_000;
    private static final int REQUEST = 300;
    private static final int ANSWER = 900;
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(FLOWS, 10, REQUEST, ANSWER, 5_000, 2_000);

    private AcceptanceLab lab;
    private Recording recording;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        Privileges.needRootAnd("ip", "ethtool", "nft", "nstat");
        final Map<Integer, Manners> ports = new HashMap<>();
        for (int port = 7000; port < 7004; port++) {
            ports.put(port, Manners.good(REQUEST, ANSWER));
        }
        lab = AcceptanceLab.start(scratch, ports);
        recording = lab.record("lossless", SHAPE);
        // Once for the just-in-time compilers.
        replay(7000, 4, "packet");
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest(name = "IPv{1}, {2}")
    @CsvSource({"7001,4,packet", "7002,6,packet", "7003,4,raw"})
    void serverHasNoComplaint(final int port, final int family, final String transport)
            throws IOException, InterruptedException {
        final Map<String, Long> before = ServerCounters.read(lab.lab().server());
        final Replayed replayed = replay(port, family, transport);
        final Map<String, Long> complaints =
                ServerCounters.complaintsSince(before, lab.lab().server());
        replayed.print("AC-01");
        System.out.println("AC-01 complaints of the server's kernel: " + complaints);
        assertThat(replayed.someFailures()).isEmpty();
        assertThat(replayed.number("flows", "replayed")).isEqualTo(FLOWS);
        assertThat(replayed.number("responses", "matched")).isEqualTo(FLOWS * 10L);
        assertThat(replayed.retransmittedBytes()).isZero();
        assertThat(complaints).isEmpty();
    }

    /** A round trip of 60 ms, as between two cities: a machine that is busy for a moment is no reason to send again. */
    private Replayed replay(final int port, final int family, final String transport)
            throws IOException, InterruptedException {
        final FaultPlan plan = FaultPlan.seeded(AcceptanceLab.SEED).both(Faults.delay(30, 0));
        return lab.replay(
                new Row("lossless-" + family + "-" + transport + "-" + port, port, recording, plan, family, transport));
    }
}
