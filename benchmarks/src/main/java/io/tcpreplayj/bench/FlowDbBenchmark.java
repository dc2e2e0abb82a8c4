package io.tcpreplayj.bench;

import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.replay.script.FlowScript;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Flows of ten exchanges written to and read from the database file a second, the file in the page cache. */
public class FlowDbBenchmark extends Rates {
    private static final int FLOWS = 5_000;
    private static final int EXCHANGES = 10;
    private static final int RANDOM_READS = 1_000;
    private static final CaptureInfo CAPTURE = new CaptureInfo(0, "benchmark.pcap", 1, 1, 1, 1, 1, FLOWS, false);

    /** The flows, and a folder for files. */
    @State(Scope.Benchmark)
    public static class Sample {
        final List<FlowScript> flows = SampleFlows.of(FLOWS, EXCHANGES, 500);
        final Path folder = folder();

        private static Path folder() {
            try {
                return Files.createTempDirectory("benchmark");
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** A new file with all flows and one commit. */
        Path written(final String name) {
            final Path file = folder.resolve(name);
            try {
                Files.deleteIfExists(file);
                try (FlowDbWriter writer = FlowDbWriter.open(file)) {
                    for (final FlowScript flow : flows) {
                        writer.onFlow(flow.flow(), flow.clientBytes());
                    }
                    writer.commit(CAPTURE);
                }
                return file;
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @TearDown
        public void remove() throws IOException {
            try (var files = Files.list(folder)) {
                for (final Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    /** A database that is there. */
    @State(Scope.Thread)
    public static class Standing {
        private final Sample sample = new Sample();
        final Path file = sample.written("read.tfdb");
        final FlowDb db = opened(file);
        final SplittableRandom random = new SplittableRandom(1);

        private static FlowDb opened(final Path file) {
            try {
                return FlowDb.open(file);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @TearDown
        public void remove() throws IOException {
            db.close();
            sample.remove();
        }
    }

    /** Opening, all records with their client bytes, one commit: two syncs of the disk a file are in it. */
    @Benchmark
    @OperationsPerInvocation(FLOWS)
    public Path write(final Sample sample) {
        return sample.written("written.tfdb");
    }

    /** Every record in order, without client bytes: what {@code flows} does. */
    @Benchmark
    @OperationsPerInvocation(FLOWS)
    public long readAll(final Standing standing) throws IOException {
        final long[] events = {0};
        standing.db.forEach(flow -> events[0] += flow.events().size());
        return checked(events[0], (EXCHANGES + 1L) * FLOWS);
    }

    /** A record by its id, with its client bytes: what a replay does. */
    @Benchmark
    @OperationsPerInvocation(RANDOM_READS)
    public long randomFlow(final Standing standing) throws IOException {
        long bytes = 0;
        for (int i = 0; i < RANDOM_READS; i++) {
            final long id = 1L + standing.random.nextInt(FLOWS);
            final var flow = standing.db.flow(id);
            if (flow == null) {
                throw new IllegalStateException("no flow " + id);
            }
            bytes += standing.db.clientBytes(id).remaining();
        }
        return bytes;
    }

    /** Databases opened a second, directory included. */
    @Benchmark
    public int open(final Standing standing) throws IOException {
        try (FlowDb db = FlowDb.open(standing.file)) {
            return (int) checked(db.size(), FLOWS);
        }
    }

    private static long checked(final long found, final long expected) {
        if (found != expected) {
            throw new IllegalStateException(found + " instead of " + expected);
        }
        return found;
    }
}
