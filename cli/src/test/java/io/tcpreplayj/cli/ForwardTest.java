package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.relay.RelayReceiver;
import io.tcpreplayj.intercept.relay.RelaySource;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.FlowPcap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is forwarded and indexed elsewhere is what an index of the same packets holds. */
final class ForwardTest {
    private static final long PATIENCE_MS = 20_000;
    private static final int CROWD = 300;
    private static final int REQUESTS = 8;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keepalive4.pcap       |",
                "keepalive4.pcap       | --host 10.0.0.0/8",
                "aborted.pcap          |",
                "qinq-nanoseconds.pcap |",
                "cooked2.pcap          |",
            })
    void sourceAndIndex_areTheSame(final String name, final String selection) throws Exception {
        final Path capture = ProjectTree.root().resolve("testdata/captures").resolve(name);
        final List<String> selecting = selection == null ? List.of() : List.of(selection.split(" "));
        final List<Object> index = new ArrayList<>(List.of("index", "--db", directory.resolve("indexed.tfdb")));
        index.addAll(selecting);
        index.add(capture);
        assertThat(new Run().main(index.toArray()).exit()).isZero();
        forward(capture, selecting);
        assertThat(texts("forwarded.tfdb")).isEqualTo(texts("indexed.tfdb"));
    }

    /** Each client with all that it sent, and the ones that {@code flows --sample} takes of the same. */
    @Test
    void sample_isOfClients_andOnlyTheirsIsForwarded() throws Exception {
        final SampledCapture capture = SampledCapture.make(directory);
        forward(capture.file(), List.of("--sample", SampledCapture.SHARE));
        assertThat(SampledCapture.clients(directory.resolve("forwarded.tfdb"))).isEqualTo(capture.clients());
    }

    private void forward(final Path capture, final List<String> selecting) throws Exception {
        final FeedAddress door = FeedAddress.unix(directory.resolve("door"));
        final List<String> words = new ArrayList<>(List.of("--forward", door.toString(), "--name", "web1"));
        words.addAll(selecting);
        final LowArgs args = ArgumentParser.parse(Flags.LIVE, words);
        final BlockingQueue<RelaySource> sources = new LinkedBlockingQueue<>();
        try (RelayReceiver receiver = RelayReceiver.open(door, null, sources::add);
                ForwardLine line = ForwardLine.open(receiver.address(), null, "eth0", args)) {
            final RelaySource source = sources.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
            assertThat(source).isNotNull();
            final SourceRun run = new SourceRun(
                    source,
                    directory.resolve("forwarded.tfdb"),
                    ArgumentParser.parse(Flags.LIVE, List.of()),
                    said -> {},
                    new LedgerReport(PayloadKept.ALL, said -> {}));
            final Thread thread = new Thread(() -> run.run(null, WaitingRoom.ofHeap()));
            thread.start();
            final ForwardTap tap = new ForwardTap(PacketSelection.of(args, ""), List.of(line));
            try (CaptureReader reader = CaptureFiles.open(capture)) {
                while (reader.poll(tap, 100) >= 0) {
                    line.afterBatch(0, 0, FlowHash.RANGE);
                }
                assertThat(tap.selected() + tap.filtered()).isEqualTo(reader.packets());
            }
            line.end(5);
            assertThat(line.finish(PATIENCE_MS)).isTrue();
            thread.join(PATIENCE_MS);
            assertThat(line.fault(tap.selected())).isEmpty();
            assertThat(line.isWhole()).isTrue();
            assertThat(run.failure()).isNull();
            assertThat(run.fault()).isEmpty();
            assertThat(run.received()).isEqualTo(tap.selected());
            assertThat(run.lost()).as("by the kernel").isEqualTo(5);
            assertThat(run.missing()).isZero();
        }
    }

    /** Counts flows that end before both of their ends have closed. */
    private static final class Ends implements FlowObserver {
        private final AtomicInteger early = new AtomicInteger();

        @Override
        public boolean onOpened(final OpenFlow flow) {
            return false;
        }

        @Override
        public void onRow(final long flow, final ClientRow row) {}

        @Override
        public void onAnswer(
                final long flow,
                final int exchange,
                final long responseBytes,
                final long firstResponseNs,
                final long lastResponseNs,
                final long digest,
                final byte[] head) {}

        @Override
        public void onLost(final long flow, final FlowRecord.SkipReason reason) {}

        @Override
        public void onEnded(final FlowRecord flow) {
            if (flow.close() != FlowRecord.Close.FIN) {
                early.incrementAndGet();
            }
        }
    }

    /** They have all begun when it fills up, and none has ended. Those that are given up end at the other end as well, then. */
    @Test
    void spoolThatFillsUp_costsOpenFlows_andTheOthersArriveWhole() throws Exception {
        final Path capture = directory.resolve("crowd.pcap");
        FlowPcap.write(capture, new FlowPcap.Shape(CROWD, REQUESTS, 300, 3_000, 20_000, 100), 7);
        final Path database = directory.resolve("crowd.tfdb");
        final FeedAddress door = FeedAddress.unix(directory.resolve("door"));
        final LowArgs args = ArgumentParser.parse(
                Flags.LIVE, List.of("--forward", door.toString(), "--name", "web1", "--spool-bytes", "5m"));
        final BlockingQueue<RelaySource> sources = new LinkedBlockingQueue<>();
        try (RelayReceiver receiver = RelayReceiver.open(door, null, sources::add);
                ForwardLine line = ForwardLine.open(receiver.address(), null, "eth0", args)) {
            final RelaySource source = sources.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
            assertThat(source).isNotNull();
            final ForwardTap tap = new ForwardTap(PacketSelection.of(args, ""), List.of(line));
            final List<String> said = new ArrayList<>();
            try (CaptureReader reader = CaptureFiles.open(capture)) {
                while (reader.poll(tap, 100) >= 0) {
                    line.afterBatch(0, 0, FlowHash.RANGE);
                    said.add(line.news());
                }
            }
            assertThat(said).anyMatch(news -> news.contains("fills up: 1/2 of the flows is sent from now on"));
            final SourceRun run = new SourceRun(
                    source,
                    database,
                    ArgumentParser.parse(Flags.LIVE, List.of()),
                    trouble -> {},
                    new LedgerReport(PayloadKept.ALL, trouble -> {}));
            final Ends ends = new Ends();
            final Thread thread = new Thread(() -> run.run(ends, WaitingRoom.ofHeap()));
            thread.start();
            assertThat(Eventually.holds(Duration.ofMillis(PATIENCE_MS), () -> ends.early.get() >= CROWD / 2))
                    .as("%d have ended", ends.early.get())
                    .isTrue();
            line.end(0);
            assertThat(line.finish(PATIENCE_MS)).isTrue();
            thread.join(PATIENCE_MS);
            assertThat(line.fault(tap.selected())).isEmpty();
            assertThat(line.isWhole()).isFalse();
            assertThat(line.words()).contains(" + 0 dropped + 0 not taken");
            final List<String> printed = new ArrayList<>();
            run.print(printed::add);
            assertThat(printed)
                    .as("but for those that had closed, and those end as ever")
                    .anyMatch(text -> text.startsWith("  shed     " + ends.early.get() + " flows cut while open"));
            assertThat(ends.early.get()).isLessThanOrEqualTo((int) line.flowsShed());
            assertThat(run.shed()).as("one packet tells of each").isEqualTo(line.flowsShed());
            assertThat(run.failure()).isNull();
            assertThat(run.fault()).isEmpty();
            assertThat(run.received() + run.lost()).isEqualTo(tap.selected());
            final long shed = line.flowsShed();
            assertThat(shed).isBetween(CROWD / 2L, CROWD - 1L);
            assertShed(database, shed);
        }
    }

    private static void assertShed(final Path database, final long shed) throws Exception {
        final List<FlowRecord> flows = new ArrayList<>();
        try (FlowDb db = FlowDb.open(database)) {
            db.forEach(flows::add);
        }
        assertThat(flows).hasSize(CROWD);
        assertThat(flows).allSatisfy(flow -> {
            assertThat(flow.clientStream().gapBytes()).isZero();
            assertThat(flow.serverStream().gapBytes()).isZero();
        });
        assertThat(flows.stream().filter(flow -> flow.requests() == REQUESTS).count())
                .isGreaterThanOrEqualTo(CROWD - shed)
                .isLessThan(CROWD);
    }

    private List<String> texts(final String database) throws Exception {
        return RecordedFlow.all(directory.resolve(database)).stream()
                .map(RecordedFlow::text)
                .toList();
    }
}
