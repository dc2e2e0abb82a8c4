package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.PrometheusText;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** {@code live --metrics}: counters in a file for the textfile collector of Prometheus' node_exporter. */
final class LiveMetrics implements AutoCloseable {
    private static final double SECOND_NS = 1e9;

    private final Metrics metrics;
    private final long beganNs = System.nanoTime();

    private LiveMetrics(final Metrics metrics) {
        this.metrics = metrics;
    }

    /** @throws io.tcpreplayj.replay.UserException when they are wanted where nothing can be written */
    static LiveMetrics of(final LowArgs args, final Consumer<String> say) {
        return new LiveMetrics(Metrics.of(args, say));
    }

    /** Now and then. */
    void tell(
            final LiveReader reader,
            final Indexer indexer,
            final LiveFiles files,
            final Supplier<ReplayedLive> replayed) {
        metrics.tell(() -> text(reader, indexer, files, replayed.get()));
    }

    /** Nothing more will come. */
    void finish(
            final LiveReader reader,
            final Indexer indexer,
            final LiveFiles files,
            final Supplier<ReplayedLive> replayed) {
        metrics.finish(() -> text(reader, indexer, files, replayed.get()));
    }

    private String text(
            final LiveReader reader, final Indexer indexer, final LiveFiles files, final ReplayedLive replayed)
            throws IOException {
        final IndexLedger ledger = indexer.ledger();
        final long written = indexer.flowsWritten();
        final PrometheusText text = new PrometheusText("tcpreplayj_live_")
                .gauge("elapsed_seconds", "Since the capture began.", (System.nanoTime() - beganNs) / SECOND_NS);
        reader.write(text);
        text.counter("read_bytes_total", "Bytes of the packets that were read.", reader.position())
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
                .gauge("captured_share", "Share of the flows that is captured: 1 for all.", reader.shared())
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
        replayed.addTo(text);
        return text.toString();
    }

    @Override
    public void close() {
        metrics.close();
    }
}
