package io.tcpreplayj.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void text_hasTheWholeLedger() {
        assertThat(text(Results.some(), 8)).isEqualTo("""
                replayed to 127.0.0.1:8080 at 2x, in 12.3 s, seed 42
                transport  tun: the target is on this machine
                flows      100 = 90 replayed + 8 skipped + 2 failed
                           skipped: midstream 3, tls 5
                           failed: reset-by-target 2
                requests   180: 180 sent, 178 answered, 2 timed out
                           3 connections lost: 2 requests sent again, 0 abandoned
                bytes      20880 planned, 20870 acknowledged, 1460 retransmitted; 418080 received
                responses  170 compared = 168 matched + 2 different; 10 not compared
                           not compared: truncated 10
                latency             p50      p90      p99    p99.9     max
                  recorded      1.25 ms  2.00 ms  15.0 ms  90.0 ms  1.23 s
                  replayed       850 µs   900 µs   950 µs   980 µs  999 µs
                  service time        -        -        -        -       -
                lag        p50 12.0 µs, p99 340 µs, max 1.50 ms
                packets    sent 900, received 1200, dropped by the kernel 1 sending and 0 receiving
                replayer   1.25 s of CPU, 83.0 MB of memory
                exit       8
                """);
    }

    @Test
    void whyItStopped_isSaid() throws IOException {
        final Trouble silent = new Trouble(Trouble.Stop.SILENT, "10.0.0.9 never answered", "start it");
        final ReplayResult stopped = Results.result(Map.of(), Map.of("syn-timeout", 4L), silent, 0);
        assertThat(text(stopped, 8)).contains("trouble    10.0.0.9 never answered\nhint: start it\n");
        assertThat(json(stopped, 8))
                .contains(
                        "\"stopped\":\"silent\",\"diagnosis\":{\"found\":\"10.0.0.9 never answered\",\"cure\":\"start it\"},");
        final Trouble refused = new Trouble(null, "10.0.0.9 refused all", "");
        final ReplayResult interrupted = Results.result(Map.of(), Map.of("refused", 4L), refused, 2);
        assertThat(text(interrupted, 130))
                .contains("trouble    10.0.0.9 refused all\n")
                .contains("interrupted by signal 2: this report is partial\n");
        assertThat(json(interrupted, 130))
                .contains("\"stopped\":\"signal\",\"diagnosis\":{\"found\":\"10.0.0.9 refused all\",\"cure\":\"\"},");
        assertThat(json(Results.result(Map.of(), Map.of("refused", 4L), refused, 0), 8))
                .as("each of its connections was tried")
                .contains("\"stopped\":null,\"diagnosis\":{");
        assertThat(json(Results.clean(), 0)).contains("\"stopped\":null,\"diagnosis\":null,");
    }

    @Test
    void text_saysNothingOfConnectionsThatWereNotLost() {
        assertThat(text(Results.clean(), 0)).doesNotContain("lost");
    }

    @Test
    void udpAlone_hasNoLinesOfTcp() {
        assertThat(text(Results.ofUdpAlone(), 0)).isEqualTo("""
                replayed to 127.0.0.1:53 at 1x, in 12.3 s, seed 42
                transport  socket: UDP goes over the kernel's sockets
                flows      4 = 4 replayed + 0 skipped + 0 failed
                udp        9 datagrams = 9 sent + 0 not; 9 received
                dns        9 queries = 9 answered + 0 timed out + 0 cut off + 0 not sent
                           rcodes: 8 as recorded, 1 different, 0 not recorded: NOERROR -> NXDOMAIN 1
                           recorded p50 1.25 ms, p99 15.0 ms; replayed p50 850 µs, p99 950 µs
                lag        p50 12.0 µs, p99 340 µs, max 1.50 ms
                replayer   1.25 s of CPU, 83.0 MB of memory
                exit       0
                """);
    }

    @Test
    void kernelsTcp_isNotReportedAsIfItHadTold() throws IOException {
        assertThat(text(Results.ofSockets(), 0))
                .contains(
                        "bytes      20880 planned, 20870 taken by the kernel, retransmitted not known; 418080 received\n")
                .contains("packets    not known")
                .doesNotContain("acknowledged");
        final Map<String, Object> object = JSON.std.mapFrom(json(Results.ofSockets(), 0));
        assertThat(object).containsEntry("packets", null);
        assertThat((Map<?, ?>) object.get("bytes"))
                .hasToString(
                        "{clientPlanned=20880, clientAcked=20870, clientRetransmitted=null, serverReceived=418080}");
    }

    @Test
    void json_hasExactlyTheDocumentedFieldsInOrder() throws IOException {
        final String line = json(Results.some(), 8);
        assertThat(line).endsWith("}\n");
        final Map<String, Object> object = JSON.std.mapFrom(line);
        assertThat(paths("", object))
                .containsExactly(
                        "flows.total",
                        "flows.replayed",
                        "flows.skipped.midstream",
                        "flows.skipped.tls",
                        "flows.failed.reset-by-target",
                        "requests.total",
                        "requests.sent",
                        "requests.answered",
                        "requests.timedOut",
                        "reconnects.connectionsLost",
                        "reconnects.requestsRepeated",
                        "reconnects.requestsAbandoned",
                        "bytes.clientPlanned",
                        "bytes.clientAcked",
                        "bytes.clientRetransmitted",
                        "bytes.serverReceived",
                        "responses.compared",
                        "responses.matched",
                        "responses.different",
                        "responses.notCompared.truncated",
                        "latencyNs.recorded.p50",
                        "latencyNs.recorded.p90",
                        "latencyNs.recorded.p99",
                        "latencyNs.recorded.p999",
                        "latencyNs.recorded.max",
                        "latencyNs.replayed.p50",
                        "latencyNs.replayed.p90",
                        "latencyNs.replayed.p99",
                        "latencyNs.replayed.p999",
                        "latencyNs.replayed.max",
                        "latencyNs.serviceTime.p50",
                        "latencyNs.serviceTime.p90",
                        "latencyNs.serviceTime.p99",
                        "latencyNs.serviceTime.p999",
                        "latencyNs.serviceTime.max",
                        "lagNs.p50",
                        "lagNs.p99",
                        "lagNs.max",
                        "speed",
                        "copies",
                        "transport",
                        "target",
                        "seed",
                        "startedNs",
                        "endedNs",
                        "replayer.cpuSeconds",
                        "replayer.maxRssBytes",
                        "replayer.trustworthy",
                        "replayer.maxBitsPerSecond",
                        "replayer.bandwidthHeldShare",
                        "replayer.pauses",
                        "replayer.pausedNs",
                        "packets.sent",
                        "packets.received",
                        "packets.sendDropped",
                        "packets.receiveDropped",
                        "packets.guard",
                        "packets.stopped",
                        "packets.feedDelayNs",
                        "stopped",
                        "diagnosis",
                        "exit");
        assertThat(line).contains("\"replayed\":{\"p50\":850000,").contains("\"serviceTime\":{\"p50\":null,");
        assertThat(object).containsEntry("exit", 8).containsEntry("endedNs", 1_700_000_012_300_000_000L);
    }

    @Test
    void ledger_thatDoesNotAddUp_isFound() {
        assertThat(Ledgers.fault(Results.some())).isEmpty();
        assertThat(Ledgers.fault(Results.clean(new ReplayResult.Flows(100, 99, Map.of(), Map.of()))))
                .startsWith("flows do not add up");
    }

    /** R2: what the kernel had to stop was a fault of ours, however well the rest went. */
    @Test
    void packetsToOthers_areAFault() {
        assertThat(Ledgers.fault(Results.clean(packets(ReplayResult.EgressWatch.held(2)))))
                .isEqualTo("2 packets were for others than the targets; the kernel's guard stopped them");
    }

    @Test
    void whatHeldTheReplayerBack_isToldApartFromTheTarget() throws IOException {
        assertThat(json(Results.clean(), 0))
                .contains("\"maxBitsPerSecond\":null,\"bandwidthHeldShare\":null,\"pauses\":0,\"pausedNs\":0");
        final ReplayResult held = Results.restrained(new ReplayResult.Restraint(100_000_000, 0.625, 2, 3_500_000_000L));
        assertThat(json(held, 0))
                .contains("\"maxBitsPerSecond\":100000000,\"bandwidthHeldShare\":0.625,\"pauses\":2,"
                        + "\"pausedNs\":3500000000");
        assertThat(text(held, 0))
                .contains("--max-bandwidth 100 Mbit/s held packets back 62.5 % of the time: the lag")
                .contains("new connections paused 2 times, 3.50 s in all, because the target took ten times as long");
        assertThat(text(Results.restrained(new ReplayResult.Restraint(5_000_000_000L, 0, 0, 0)), 0))
                .contains("--max-bandwidth 5.00 Gbit/s held packets back 0.0 % of the time\n")
                .doesNotContain("paused");
    }

    @Test
    void withoutAGuard_whatItStopped_isNotKnown() throws IOException {
        assertThat(json(Results.clean(), 0)).contains("\"guard\":\"held\",\"stopped\":0");
        assertThat(json(Results.clean(packets(ReplayResult.EgressWatch.NONE)), 0))
                .contains("\"guard\":\"none\",\"stopped\":null");
    }

    @Test
    void delayOfTheFeed_isThereWhereThereWasOne() throws IOException {
        final var delay = new ReplayResult.Percentiles(1200, 200_000, 300_000, 400_000, 500_000, 600_000);
        final var packets = new ReplayResult.Packets(900, 1200, 1, 0, ReplayResult.EgressWatch.held(0), delay);
        assertThat(json(Results.clean(packets), 0))
                .contains(
                        "\"feedDelayNs\":{\"p50\":200000,\"p90\":300000,\"p99\":400000,\"p999\":500000,\"max\":600000}");
        assertThat(json(Results.clean(), 0)).contains("\"feedDelayNs\":null");
    }

    @Test
    void guardThatWasLost_isSaid() throws IOException {
        final ReplayResult lost = Results.clean(packets(ReplayResult.EgressWatch.lost(0)));
        assertThat(json(lost, 0)).contains("\"guard\":\"lost\",\"stopped\":null");
        assertThat(text(lost, 0)).contains("the kernel's guard against packets to others was gone before the end\n");
        assertThat(text(Results.clean(), 0)).doesNotContain("guard");
        final ReplayResult before = Results.clean(packets(ReplayResult.EgressWatch.lost(2)));
        assertThat(json(before, 0)).contains("\"guard\":\"lost\",\"stopped\":2");
        assertThat(Ledgers.fault(before)).startsWith("2 packets were for others than the targets");
    }

    private static ReplayResult.Packets packets(final ReplayResult.EgressWatch watch) {
        return new ReplayResult.Packets(900, 1200, 1, 0, watch, null);
    }

    private static String text(final ReplayResult result, final int exit) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TextReport.print(result, exit, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String json(final ReplayResult result, final int exit) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        JsonReport.print(result, exit, bytes);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<String> paths(final String prefix, final Map<?, ?> object) {
        final List<String> paths = new ArrayList<>();
        object.forEach((name, value) -> {
            if (value instanceof Map<?, ?> inner) {
                paths.addAll(paths(prefix + name + ".", inner));
            } else {
                paths.add(prefix + name);
            }
        });
        return paths;
    }
}
