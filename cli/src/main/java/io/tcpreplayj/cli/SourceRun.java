package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.intercept.relay.RelaySource;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one other host captures, into a database of its own: flows of two hosts may have the same addresses and ports. */
final class SourceRun {
    private final RelaySource source;
    private final Path named;
    private final LowArgs args;
    private final Consumer<String> say;
    private final LedgerReport report;
    private volatile boolean isAsked;
    private @Nullable IndexedCapture captured;
    private @Nullable LiveFiles databases;
    private @Nullable Throwable failure;

    /**
     * @param named its database, or what the names of several are made from
     * @param say tells people
     */
    SourceRun(
            final RelaySource source,
            final Path named,
            final LowArgs args,
            final Consumer<String> say,
            final LedgerReport report) {
        this.source = source;
        this.named = named;
        this.args = args;
        this.say = say;
        this.report = report;
    }

    /** Indexes until the source's end; on a thread of its own. What goes wrong is kept for {@link #failure}. */
    void run(final @Nullable FlowObserver observer) {
        try {
            record(observer);
        } catch (final IOException | RuntimeException | Error e) {
            failure = e;
        }
    }

    private void record(final @Nullable FlowObserver observer) throws IOException {
        final IndexOptions options = IndexOptions.of(args, String.join(" ", args.operands()));
        try (SourceReader reader = new SourceReader(source);
                LiveFiles files = LiveFiles.open(args, named);
                ProgressLines quiet = new ProgressLines(
                        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                        ProgressLines.Style.QUIET,
                        System::nanoTime)) {
            files.check(options);
            databases = files;
            final Indexer indexer = new Indexer(files.writer(), options, reader.tallies(), () -> 0, true);
            indexer.writing(files);
            if (observer != null) {
                indexer.observe(observer);
            }
            final FollowPace pace = new FollowPace(Long.MAX_VALUE, () -> tellIfAsked(reader, indexer));
            captured = indexer.follow(reader, pace, quiet);
        }
    }

    /** Always that it goes on. */
    private boolean tellIfAsked(final SourceReader reader, final Indexer indexer) {
        if (isAsked) {
            isAsked = false;
            final long ended = indexer.ledger().flows();
            say.accept(source.name() + ": " + Human.count(reader.packets(), "packet") + " received, " + source.lost()
                    + " lost there; " + Human.count(ended, "flow") + " written, "
                    + indexer.ledger().replayable() + " replayable, " + (indexer.flowsBegun() - ended) + " open");
        }
        return false;
    }

    /** It is to say how far it is. */
    void ask() {
        isAsked = true;
    }

    Path named() {
        return named;
    }

    String name() {
        return source.name();
    }

    boolean hasParted() {
        return source.hasParted();
    }

    /** What stopped it, or null. This and the rest behind its end. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** The sum that is wrong, in words; empty when all hold. */
    String fault() {
        final IndexedCapture capture = captured;
        return capture == null ? "" : capture.ledger().fault();
    }

    /** Packets that came. */
    long received() {
        final IndexedCapture capture = captured;
        return capture == null ? 0 : capture.ledger().packets();
    }

    /** Packets that were lost where they were captured. */
    long lost() {
        return source.lost();
    }

    /** Packets that it said there were, and that did not come. */
    long missing() {
        return Math.max(0, source.captured() - source.lost() - received());
    }

    /** Requests of TCP flows that can be replayed. */
    long requests() {
        final IndexedCapture capture = captured;
        return capture == null ? 0 : capture.ledger().tcpRequests();
    }

    void print(final Consumer<String> out) throws IOException {
        final IndexedCapture capture = captured;
        final LiveFiles files = databases;
        if (capture == null || files == null) {
            return;
        }
        out.accept(source.name() + ": " + Human.bytes(capture.bytes()) + " in " + Human.duration(capture.elapsedNs())
                + (hasParted() ? "" : ", cut off"));
        out.accept("  source   " + (received() + lost() + missing()) + " captured = " + received() + " received + "
                + lost() + " lost there + " + missing() + " on the way");
        report.print(capture.ledger());
        out.accept(files.words());
    }

    void write(final JsonGenerator json) throws IOException {
        final IndexedCapture capture = captured;
        final LiveFiles files = databases;
        if (capture == null || files == null) {
            return;
        }
        json.writeStartObject();
        json.writeStringField("name", source.name());
        json.writeBooleanField("complete", hasParted());
        files.write(json);
        json.writeNumberField("captured", received() + lost() + missing());
        json.writeNumberField("received", received());
        json.writeNumberField("lost", lost());
        json.writeNumberField("missing", missing());
        report.write(json, capture.ledger());
        json.writeNumberField("requests", requests());
        json.writeNumberField("bytes", capture.bytes());
        json.writeNumberField("elapsedNs", capture.elapsedNs());
        json.writeEndObject();
    }
}
