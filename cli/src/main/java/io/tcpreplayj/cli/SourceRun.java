package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.intercept.relay.RelaySource;
import io.tcpreplayj.replay.UserException;
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
    private @Nullable SourceReader reader;
    private @Nullable IndexLedger ledger;
    private @Nullable IndexedCapture captured;
    private @Nullable LiveFiles databases;
    private volatile String trouble = "";
    private long vanished;
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

    /**
     * Indexes until the source's end; on a thread of its own. What goes wrong with its files ends it and no other; what is our
     * fault is kept for {@link #failure}.
     *
     * @param room for flows that wait for the disk
     */
    void run(final @Nullable FlowObserver observer, final WaitingRoom room) {
        try {
            record(observer, room);
        } catch (final IOException | RuntimeException | Error e) {
            final IOException io = Failures.ioException(e);
            if (e instanceof UserException wrong) {
                failFor(Failures.text(wrong), wrong.hint());
            } else if (io != null) {
                failFor(Failures.text(io), Failures.hint(io));
            } else {
                failure = e;
            }
        }
    }

    private void failFor(final String why, final String hint) {
        trouble = why;
        source.fail(why);
        say.accept(source.name() + " is recorded no more: " + why + (hint.isEmpty() ? "" : " (" + hint + ")"));
    }

    private void record(final @Nullable FlowObserver observer, final WaitingRoom room) throws IOException {
        final IndexOptions options = IndexOptions.of(args, String.join(" ", args.operands()));
        try (LiveFiles files = LiveFiles.open(args, named)) {
            files.check(options);
            goOnBehind(files.recorded(source.id(), this::warn));
            databases = files;
            record(files, options, observer, room);
        }
    }

    private void record(
            final LiveFiles files,
            final IndexOptions options,
            final @Nullable FlowObserver observer,
            final WaitingRoom room)
            throws IOException {
        try (SourceReader packets = new SourceReader(source);
                ProgressLines quiet = new ProgressLines(
                        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                        ProgressLines.Style.QUIET,
                        System::nanoTime)) {
            reader = packets;
            final Indexer indexer = new Indexer(files.writer(), options, packets.tallies(), () -> 0, true);
            indexer.announce();
            indexer.writing(files);
            indexer.storeApart(room, () -> tellIfAsked(packets, indexer));
            if (observer != null) {
                indexer.observe(observer);
            }
            ledger = indexer.ledger();
            final FollowPace pace = new FollowPace(Long.MAX_VALUE, () -> tellIfAsked(packets, indexer));
            captured = indexer.follow(packets, pace, quiet);
        }
    }

    private void warn(final String what) {
        say.accept("warning: " + what + "; of " + source.name() + " it is not known what is recorded there");
    }

    /** @param recorded where what is recorded of it ends, or -1 */
    private void goOnBehind(final long recorded) {
        if (recorded >= 0) {
            source.goOnAt(recorded);
            vanished = Math.max(0, source.before() - recorded);
        }
        if (vanished > 0) {
            say.accept(
                    source.name() + ": " + Human.count(vanished, "packet")
                            + " that were taken of it are not in its database: a listener before this one ended before it had recorded them");
        } else if (recorded < 0 && source.before() > 0) {
            say.accept(source.name() + " goes on behind " + Human.count(source.before(), "packet")
                    + " that another listener took");
        }
    }

    /** Always that it goes on. */
    private boolean tellIfAsked(final SourceReader reader, final Indexer indexer) {
        if (isAsked) {
            isAsked = false;
            say.accept(source.name() + ": " + Human.count(reader.packets(), "packet") + " received, " + source.lost()
                    + " lost there; " + indexer.flowWords());
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

    /** What of its files ended it before its time; empty when nothing did. This and the rest behind its end. */
    String trouble() {
        return trouble;
    }

    /** What stopped it and is our fault, or null. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** The sum that is wrong, in words; empty when all hold. */
    String fault() {
        final IndexedCapture capture = captured;
        return capture == null ? "" : capture.ledger().fault();
    }

    /** Packets that came, and were recorded unless there was trouble. */
    long received() {
        return reader == null ? 0 : reader.packets();
    }

    /** Packets that came and are of flows that were given up there. */
    long shed() {
        return ledger == null ? 0 : ledger.shed();
    }

    /** Packets that it said it sent here. */
    long expected() {
        return source.expected();
    }

    /** Packets that were lost where they were captured. */
    long lost() {
        return source.lost();
    }

    /** Packets that it said there were, and that did not come or are not recorded. */
    long missing() {
        return vanished + Math.max(0, source.expected() - received());
    }

    /** Requests of TCP flows that can be replayed. */
    long requests() {
        return ledger == null ? 0 : ledger.tcpRequests();
    }

    void print(final Consumer<String> out) throws IOException {
        final IndexedCapture capture = captured;
        final LiveFiles files = databases;
        out.accept(source.name() + ": "
                + (capture == null
                        ? ""
                        : Human.bytes(capture.bytes()) + " in " + Human.duration(capture.elapsedNs())
                                + (hasParted() ? "" : ", cut off"))
                + (trouble.isEmpty() ? "" : "not recorded to its end: " + trouble));
        out.accept("  source   " + (received() + lost() + missing()) + " captured = " + received() + " received + "
                + lost() + " lost there + " + missing() + " on the way");
        if (capture == null || files == null) {
            return;
        }
        report.print(capture.ledger());
        if (shed() > 0) {
            out.accept("  shed     " + Human.count(capture.ledger().flowsCut(), "flow")
                    + " cut while open: there was no room for more of them where they were captured");
        }
        out.accept(files.words());
    }

    void write(final JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", source.name());
        json.writeBooleanField("complete", hasParted() && trouble.isEmpty());
        json.writeStringField("trouble", trouble);
        json.writeNumberField("captured", received() + lost() + missing());
        json.writeNumberField("received", received());
        json.writeNumberField("lost", lost());
        json.writeNumberField("missing", missing());
        json.writeNumberField("requests", requests());
        final IndexedCapture capture = captured;
        final LiveFiles files = databases;
        if (capture != null && files != null) {
            files.write(json);
            report.write(json, capture.ledger());
            json.writeNumberField("flowsCut", capture.ledger().flowsCut());
            json.writeNumberField("bytes", capture.bytes());
            json.writeNumberField("elapsedNs", capture.elapsedNs());
        }
        json.writeEndObject();
    }
}
