package io.tcpreplayj.cli;

import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.replay.ReplayResult;
import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code --metrics} of {@code replay} and of {@code live} tell of UDP: the same figures by the same names. */
final class UdpMetrics {
    private UdpMetrics() {}

    static void add(
            final PrometheusText text,
            final ReplayResult.Udp.Datagrams datagrams,
            final ReplayResult.Udp.Dns dns,
            final ReplayResult.Udp.Answers answers) {
        final Map<String, Long> outcomes = new LinkedHashMap<>();
        outcomes.put("equal", answers.equal());
        outcomes.put("different", answers.different());
        outcomes.put("not-compared", answers.notCompared());
        outcomes.put("missing", answers.missing());
        outcomes.put("extra", answers.extra());
        text.counter("sent_datagrams_total", "Datagrams that left.", datagrams.sent())
                .counter("received_datagrams_total", "Datagrams that came.", datagrams.received())
                .counter("dns_queries_total", "DNS queries of which it is known what became.", dns.queries())
                .counter("answered_dns_queries_total", "Those that were answered.", dns.answered())
                .counter("timed_out_dns_queries_total", "Those that were not, in time.", dns.timedOut())
                .counter("cut_off_dns_queries_total", "Those that were not waited for to the end.", dns.cutOff())
                .counter("unsent_dns_queries_total", "Those that never left.", dns.notSent())
                .counters(
                        "different_rcodes_total",
                        "Answers with another response code than the recorded one.",
                        "rcodes",
                        dns.rcodeDifferent())
                .counters(
                        "answer_datagrams_total",
                        "Datagrams of the target that are not DNS, beside the recorded ones.",
                        "outcome",
                        outcomes);
    }
}
