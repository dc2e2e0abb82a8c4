package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.cli.AcceptanceLab.Row;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Faults;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.ServerCounters;
import io.tcpreplayj.faultlab.Way;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * TF-23, TF-24 and TF-46 against a kernel: what clients do only when asked for, which is ECN, and acknowledgements and windows
 * like those of the captured client. Each shows on the line, is not there unless asked for, and costs no byte.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class OnRequestIT {
    private static final int FLOWS = 10;
    private static final int SMALL = 1_000;
    /** 41 segments: three round trips. */
    private static final int MIDDLING = 60_000;

    private static final int LARGE = 300_000;
    private static final int SEGMENT = 1_500;
    private static final int ONE_WAY_MS = 10;
    private static final int LATE_MS = 120;
    /** What a window takes that is not scaled, as the capture's are. */
    private static final int CAPTURED_WINDOW = 65_535;

    private static final int BOTH_MIDDLING_PORT = 7000;
    private static final int SMALL_PORT = 7010;
    private static final int LARGE_ANSWERS_PORT = 7020;

    private AcceptanceLab lab;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        Privileges.needRootAnd("ip", "ethtool", "nft", "nstat");
        final Map<Integer, Manners> ports = new HashMap<>();
        for (int i = 0; i < 4; i++) {
            ports.put(BOTH_MIDDLING_PORT + i, Manners.good(MIDDLING, MIDDLING));
            ports.put(SMALL_PORT + i, Manners.good(SMALL, SMALL));
            ports.put(LARGE_ANSWERS_PORT + i, Manners.good(SMALL, LARGE));
        }
        lab = AcceptanceLab.start(scratch, ports);
        // BBR, which a machine may have set, takes no notice of marks.
        lab.lab()
                .server()
                .exec("sh", "-c", "echo reno >/proc/sys/net/ipv4/tcp_congestion_control")
                .orThrow();
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    /** A router marks all that may be marked: whoever heeds that soon sends two segments a round trip, and whoever does not, all. */
    @ParameterizedTest(name = "ecn {0}, IPv{1}")
    @CsvSource({"off,4", "off,6", "on,4", "on,6"})
    void ecn(final String ecn, final int family) throws IOException, InterruptedException {
        final boolean on = ecn.equals("on");
        final LineWatch watch = new LineWatch(MIDDLING / 2);
        final FaultPlan plan =
                plan().both(() -> watch::look).both(Faults.congestion()).both(Faults.delay(ONE_WAY_MS, 0));
        final Recording recording = lab.record("ecn-" + ecn + family, shape(MIDDLING, MIDDLING));
        final int port = BOTH_MIDDLING_PORT + (on ? 2 : 0) + (family == 4 ? 0 : 1);
        final Row row = on
                ? new Row("ecn-on-" + family, port, recording, plan, family, "packet", "--ecn", "on")
                : new Row("ecn-off-" + family, port, recording, plan, family, "packet");
        final Map<String, Long> before = ServerCounters.read(lab.lab().server());
        final Replayed replayed = lab.replay(row);
        final Map<String, Long> after = ServerCounters.read(lab.lab().server());
        allWhole(replayed);
        final long marked = ServerCounters.growth(before, after, (family == 4 ? "IpExt" : "Ip6") + "InCEPkts");
        final long heard = ServerCounters.growth(before, after, "TcpExtTCPDeliveredCE");
        System.out.println(row.name() + ": " + marked + " packets came marked, the server heard of " + heard
                + "; in flight " + watch.mostInFlight(Way.FROM_CLIENT) + " and " + watch.mostInFlight(Way.FROM_SERVER)
                + " bytes at most");
        assertThat(marked).isEqualTo(watch.capable(Way.FROM_CLIENT));
        for (final Way way : Way.values()) {
            assertThat(watch.capable(way) > 0).isEqualTo(on);
            assertThat(watch.notices(way) > 0).isEqualTo(on);
            assertThat(watch.mostInFlight(way) <= 4 * SEGMENT)
                    .as(way + " is slow")
                    .isEqualTo(on);
        }
        assertThat(heard > FLOWS).isEqualTo(on);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rfc", "captured"})
    void ackPolicy(final String policy) throws IOException, InterruptedException {
        final boolean captured = policy.equals("captured");
        final LineWatch watch = new LineWatch(0);
        final Recording recording = lab.record(
                "acks-" + policy,
                shape(SMALL, SMALL).with(new FlowPcap.Reader(CAPTURED_WINDOW, LATE_MS * 1_000)),
                "--acks");
        final int port = SMALL_PORT + (captured ? 1 : 0);
        final Replayed replayed = lab.replay(new Row(
                "acks-" + policy,
                port,
                recording,
                plan().both(() -> watch::look),
                captured ? 6 : 4,
                "packet",
                "--ack-policy",
                policy));
        allWhole(replayed);
        final List<Long> delaysNs = watch.ackDelaysNs();
        System.out.println("acks-" + policy + ": after " + delaysNs.get(0) / 1_000 + " to "
                + delaysNs.get(delaysNs.size() - 1) / 1_000 + " us");
        assertThat(delaysNs).hasSizeGreaterThanOrEqualTo(FLOWS);
        // By half of them where early ones are wanted: a busy machine is late itself.
        final long earlyNs = delaysNs.get(captured ? 0 : delaysNs.size() / 2);
        assertThat(earlyNs >= LATE_MS * 1_000_000L).isEqualTo(captured);
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "captured"})
    void windowPolicy(final String policy) throws IOException, InterruptedException {
        final boolean captured = policy.equals("captured");
        final LineWatch watch = new LineWatch(0);
        final Recording recording = lab.record(
                "windows-" + policy, shape(SMALL, LARGE).with(new FlowPcap.Reader(CAPTURED_WINDOW, 50_000)), "--acks");
        final int port = LARGE_ANSWERS_PORT + (captured ? 1 : 0);
        final Replayed replayed = lab.replay(new Row(
                "windows-" + policy,
                port,
                recording,
                plan().both(() -> watch::look).fromServer(Faults.delay(2 * ONE_WAY_MS, 0)),
                captured ? 6 : 4,
                "packet",
                "--window-policy",
                policy));
        allWhole(replayed);
        final long most = watch.mostInFlight(Way.FROM_SERVER);
        System.out.println(
                "windows-" + policy + ": in flight " + most + " bytes at most, " + replayed.seconds() + " s");
        // A rest that takes no segment is taken for full, so the captured client's next window opens up to a segment
        // early.
        assertThat(most <= CAPTURED_WINDOW + SEGMENT).isEqualTo(captured);
    }

    private static FlowPcap.Shape shape(final int requestBytes, final int answerBytes) {
        return new FlowPcap.Shape(FLOWS, 1, requestBytes, answerBytes, 300_000, 5_000);
    }

    private static FaultPlan plan() {
        return FaultPlan.seeded(AcceptanceLab.SEED);
    }

    private static void allWhole(final Replayed replayed) {
        assertThat(replayed.someFailures()).isEmpty();
        assertThat(replayed.number("flows", "replayed")).isEqualTo(FLOWS);
        assertThat(replayed.number("responses", "matched")).isEqualTo(FLOWS);
    }
}
