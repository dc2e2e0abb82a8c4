package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Ledgers;
import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.ReplayResult;

/**
 * {@code replay --metrics}: how far the run is, and at its end what became of everything, in a file for the textfile collector
 * of Prometheus' node_exporter. Beside connections UDP is counted at the end only; where there is nothing else, its conversations
 * are the sessions.
 */
final class ReplayMetrics implements AutoCloseable {
    private static final double SECOND_NS = 1e9;

    private final Metrics metrics;

    private ReplayMetrics(final Metrics metrics) {
        this.metrics = metrics;
    }

    /** @throws io.tcpreplayj.replay.UserException when they are wanted where nothing can be written */
    static ReplayMetrics of(final LowArgs args, final Console console) {
        return new ReplayMetrics(Metrics.of(args, line -> console.err().println("tcpreplay-j: " + line)));
    }

    /** Writes what {@code shown} is told, too. */
    Replay.Progress beside(final Replay.Progress shown) {
        return new Replay.Progress() {
            @Override
            public void onStart(final String banner) {
                shown.onStart(banner);
            }

            @Override
            public void onTick(final Replay.Snapshot now) {
                shown.onTick(now);
                metrics.tellLater(() -> text(now));
            }
        };
    }

    /** Nothing more will come. */
    void finish(final ReplayResult result, final int exit) {
        metrics.finish(() -> text(result, exit));
    }

    private static PrometheusText figures(final long elapsedNs, final long open, final long ok, final long failed) {
        return new PrometheusText("tcpreplayj_replay_")
                .gauge("elapsed_seconds", "Since the run began.", elapsedNs / SECOND_NS)
                .gauge("open_sessions", "Sessions that are being replayed.", open)
                .counter("replayed_sessions_total", "Sessions that were replayed to their end.", ok)
                .counter("failed_sessions_total", "Sessions that were not.", failed)
                .ofProcess();
    }

    private static String text(final Replay.Snapshot now) {
        return figures(now.elapsedNs(), now.openFlows(), now.okFlows(), now.failedFlows())
                .gauge("planned_seconds", "How long the plan takes.", now.plannedNs() / SECOND_NS)
                .gauge("done_ratio", "Share of the sessions that are over.", now.doneFraction())
                .gauge("request_rate", "Requests a second that leave for the target.", now.requestsPerSecond())
                .gauge("lag_seconds", "The delay that 99 of 100 requests stay below.", now.lagP99Ns() / SECOND_NS)
                .toString();
    }

    private static String text(final ReplayResult result, final int exit) {
        final ReplayResult.Flows flows = result.flows();
        final ReplayResult.Requests requests = result.requests();
        final PrometheusText text = figures(
                        result.endedNs() - result.startedNs(), 0, flows.replayed(), Ledgers.sum(flows.failed()))
                .counters("failures_total", "Sessions that failed, and why.", "reason", flows.failed())
                .counters("skipped_sessions_total", "Sessions that no rule let through.", "reason", flows.skipped())
                .counter("sent_requests_total", "Requests that left.", requests.sent())
                .counter("answered_requests_total", "Those whose answer came whole.", requests.answered())
                .counter("timed_out_requests_total", "Those whose answer was not waited for.", requests.timedOut())
                .counter(
                        "different_answers_total",
                        "Answers that were not as recorded.",
                        result.responses().different())
                .gauge(
                        "lag_seconds",
                        "The delay that 99 of 100 requests stay below.",
                        result.lagNs().p99() / SECOND_NS)
                .gauge("exit_code", "Of the run, which is over.", exit);
        final ReplayResult.Udp udp = result.udp();
        if (udp != null) {
            UdpMetrics.add(text, udp.datagrams(), udp.dns(), udp.answers());
        }
        return text.toString();
    }

    @Override
    public void close() {
        metrics.close();
    }
}
