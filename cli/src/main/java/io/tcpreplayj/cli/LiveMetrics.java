package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.replay.LiveMoment;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.udp.LiveUdpMoment;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** {@code live --metrics}: counters in a file for the textfile collector of Prometheus' node_exporter. */
final class LiveMetrics implements AutoCloseable {
    private static final double SECOND_NS = 1e9;

    private final MetricsFile file;
    private final long beganNs = System.nanoTime();

    /** How far what is replayed is, where anything is. */
    record Replayed(
            Replay.@Nullable Snapshot connections,
            @Nullable LiveMoment moment,
            @Nullable LiveUdpMoment udp) {}

    private LiveMetrics(final MetricsFile file) {
        this.file = file;
    }

    /** Null where none are wanted. */
    static @Nullable LiveMetrics of(final LowArgs args) {
        final String name = args.value(Flags.METRICS);
        return name == null ? null : new LiveMetrics(MetricsFile.open(Path.of(name)));
    }

    /** Whether it is time to {@link #tell} how far it is. */
    boolean isDue() {
        return file.isDue();
    }

    /** Returns what to say of the file: that it cannot be written any more, once; else empty. */
    String tell(final LiveReader reader, final Indexer indexer, final LiveFiles files, final Replayed replayed)
            throws IOException {
        final String text = text(reader, indexer, files, replayed);
        file.offer(() -> text);
        final String fault = file.newFault();
        return fault.isEmpty() ? "" : "the metrics cannot be written: " + fault;
    }

    /** Nothing more will come. */
    void finish(final LiveReader reader, final Indexer indexer, final LiveFiles files, final Replayed replayed)
            throws IOException {
        file.finish(text(reader, indexer, files, replayed));
    }

    private String text(final LiveReader reader, final Indexer indexer, final LiveFiles files, final Replayed replayed)
            throws IOException {
        final IndexLedger ledger = indexer.ledger();
        final long written = indexer.flowsWritten();
        final PrometheusText text = new PrometheusText("tcpreplayj_live_")
                .gauge("elapsed_seconds", "Since the capture began.", (System.nanoTime() - beganNs) / SECOND_NS)
                .counter("read_packets_total", "Packets that passed the filter and were read.", reader.packets())
                .counter("dropped_packets_total", "Packets that found the ring full.", reader.drops())
                .counter("read_bytes_total", "Bytes of the packets that were read.", reader.position())
                .counter("indexed_packets_total", "Packets read that went into flows.", ledger.indexed())
                .counters("skipped_packets_total", "Packets read that did not.", "reason", ledger.skipped())
                .counter(
                        "shed_flows_total",
                        "Flows given up, for the ring or what waited for the disk was more than half full.",
                        reader.shedder().flows())
                .counter(
                        "cut_flows_total",
                        "Of them, those that were open; what was captured of them is kept.",
                        reader.shedder().flowsCut())
                .gauge("captured_share", "Share of the TCP flows that is captured: 1 for all.", reader.shared())
                .counter("begun_flows_total", "Flows that have begun.", indexer.flowsBegun())
                .counter("written_flows_total", "Flows that are over and in a database.", written)
                .gauge("waiting_flows", "Flows that are over and in none yet.", ledger.flows() - written)
                .counter("replayable_flows_total", "Flows that are over and can be replayed.", ledger.replayable())
                .counters("not_replayable_flows_total", "Those that cannot.", "reason", ledger.notReplayable())
                .counter("finished_databases_total", "Databases before the current one.", files.finished())
                .counter("deleted_databases_total", "Those of them that were deleted.", files.deleted())
                .gauge("database_bytes", "Size of the current database.", files.bytes())
                .gauge(
                        "disk_backlog_ratio",
                        "Flows that wait for the disk, of what there is room for.",
                        indexer.backlog())
                .ofProcess();
        addReplayed(text, replayed);
        return text.toString();
    }

    private static void addReplayed(final PrometheusText text, final Replayed replayed) {
        final Replay.Snapshot now = replayed.connections;
        if (now != null) {
            text.counter("replayed_sessions_total", "Sessions that were replayed to their end.", now.okFlows())
                    .counter("failed_sessions_total", "Sessions that were not.", now.failedFlows())
                    .gauge("open_sessions", "Sessions that are being replayed.", now.openFlows())
                    .gauge("request_rate", "Requests a second that leave for the target.", now.requestsPerSecond());
        }
        final LiveMoment moment = replayed.moment;
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
        final LiveUdpMoment udp = replayed.udp;
        if (udp != null) {
            text.gauge("open_conversations", "UDP conversations that wait for something.", udp.open())
                    .counter("replayed_conversations_total", "Those that were replayed to their end.", udp.replayed())
                    .counters("failed_conversations_total", "Those that were not.", "reason", udp.failed());
            UdpMetrics.add(text, udp.datagrams(), udp.dns(), udp.answers());
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
