package io.tcpreplayj.cli;

import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.replay.LiveMoment;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.udp.LiveUdpMoment;
import org.jspecify.annotations.Nullable;

/** How far what {@code live} replays is, where anything is, for Prometheus. */
record ReplayedLive(
        Replay.@Nullable Snapshot connections,
        @Nullable LiveMoment moment,
        @Nullable LiveUdpMoment udp) {

    void addTo(final PrometheusText text) {
        if (connections != null) {
            text.counter("replayed_sessions_total", "Sessions that were replayed to their end.", connections.okFlows())
                    .counter("failed_sessions_total", "Sessions that were not.", connections.failedFlows())
                    .gauge("open_sessions", "Sessions that are being replayed.", connections.openFlows())
                    .gauge(
                            "request_rate",
                            "Requests a second that leave for the target.",
                            connections.requestsPerSecond());
        }
        if (moment != null) {
            text.counters("dropped_sessions_total", "Sessions that never started.", "reason", moment.dropped())
                    .counters(
                            "cut_short_sessions_total",
                            "Sessions that the capture cut short.",
                            "reason",
                            moment.cutShort())
                    .counter(
                            "sent_requests_total",
                            "Requests that left, of sessions that are over.",
                            moment.requests().sent())
                    .counter(
                            "answered_requests_total",
                            "Those that were answered.",
                            moment.requests().answered());
        }
        if (udp != null) {
            text.gauge("open_conversations", "UDP conversations that wait for something.", udp.open())
                    .counter("replayed_conversations_total", "Those that were replayed to their end.", udp.replayed())
                    .counters("failed_conversations_total", "Those that were not.", "reason", udp.failed());
            UdpMetrics.add(text, udp.datagrams(), udp.dns(), udp.answers());
        }
    }
}
