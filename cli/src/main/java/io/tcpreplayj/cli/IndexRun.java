package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several captures into one database: each is indexed, known already, damaged or no capture, and all is told. */
final class IndexRun {
    private final IndexOptions options;
    private final Console console;
    private final boolean quiet;
    private final boolean verbose;
    private final boolean json;
    private final IndexLedger total = new IndexLedger();
    private final LedgerReport report;
    private final List<IndexedCapture> indexed = new ArrayList<>();
    private final List<String> known = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();
    private final List<String> lost = new ArrayList<>();
    private boolean damaged;
    private boolean notACapture;
    private volatile int signal;

    /** What a signal does to the capture at hand. */
    private boolean fromStream;

    IndexRun(final IndexOptions options, final Console console, final LowArgs args) {
        this.options = options;
        this.console = console;
        quiet = args.has(Flags.QUIET);
        verbose = args.has(Flags.VERBOSE);
        // In this order: to compare two records for the first time takes some 10 ms.
        json = args.has(Flags.JSON) && args.verb().equals(Flags.INDEX);
        report = new LedgerReport(options.assembler().kept(), this::print);
    }

    /**
     * Indexes each in order of time, or all as one. On a signal a file at hand is rolled back, for it can be read again; of
     * a stream what came is kept. Captures before it stay. A second signal ends the process where it stands.
     */
    void index(final List<CaptureSource> sources, final FlowDbWriter writer, final ProgressLines progress)
            throws IOException {
        Signals.during(this::interrupt, () -> {
            final MergeSet merged = options.merge() && sources.size() > 1 ? new MergeSet() : null;
            for (final TimeOrder.Timed timed : TimeOrder.of(sources)) {
                if (signal == 0) {
                    index(timed, merged, writer, progress);
                }
            }
            if (merged != null && !merged.isEmpty() && signal == 0) {
                fromStream = merged.hasStream();
                try (CaptureReader reader = merged.open(source -> source.open(console, options.maxBytes()))) {
                    index(reader, merged.name(), merged.tallies(), writer, progress);
                }
            }
            return signal;
        });
    }

    /**
     * Indexes what is there as one capture, and what comes, until a signal or the end of the duration; then what is there by
     * that time. Flows are committed as they end.
     */
    void follow(
            final List<String> operands, final long durationNs, final FlowDbWriter writer, final ProgressLines progress)
            throws IOException {
        fromStream = true;
        Signals.during(this::interrupt, () -> {
            final FollowNotes notes = new FollowNotes(writer);
            final FollowPace pace = new FollowPace(durationNs, () -> signal != 0 || notACapture);
            final FollowedFiles files = new FollowedFiles(operands, writer.file(), notes, System::nanoTime);
            try (FollowingReader reader = new FollowingReader(files, notes, options.maxBytes(), System::nanoTime)) {
                boolean isOpen = reader.open();
                while (!isOpen && !pace.isOver()) {
                    FollowPace.rest();
                    isOpen = reader.open();
                }
                if (isOpen) {
                    final Indexer indexer = new Indexer(writer, options, reader.tallies(), () -> signal, true);
                    take(indexer.follow(reader, pace, progress), progress);
                }
            }
            files.unread().forEach(notes::unread);
            return signal;
        });
    }

    /** Tells and keeps what becomes of files that are followed. */
    private final class FollowNotes implements FollowedFiles.Notes, FollowingReader.Notes {
        private final FlowDbWriter writer;

        FollowNotes(final FlowDbWriter writer) {
            this.writer = writer;
        }

        @Override
        public boolean knows(final CaptureSource source, final CaptureFingerprint fingerprint) {
            return isInDatabase(source, fingerprint, writer);
        }

        @Override
        public void damaged(final CaptureException damage) {
            damaged = true;
            Failures.say(console, String.valueOf(damage.getMessage()), damage.hint());
        }

        @Override
        public void skipped(final CaptureSource source, final IOException failure) {
            fail(source, failure);
        }

        @Override
        public void lost(final String name) {
            damaged = true;
            lost.add(name);
            Failures.say(
                    console,
                    name + ": deleted before it was read",
                    "let the ring have more files; what cannot be read in time is lost");
        }

        @Override
        public void grew(final String name, final long bytes) {
            damaged = true;
            Failures.say(
                    console,
                    name + ": " + Human.count(bytes, "byte") + " behind what was read of it, not indexed",
                    "one program writes one file after the other; of several at a time, index --merge afterwards");
        }

        void unread(final String name) {
            damaged = true;
            Failures.say(console, name + ": still written to, not read", "index it when it is complete");
        }
    }

    private void interrupt(final int number) {
        if (signal != 0) {
            Runtime.getRuntime().halt(ExitCode.ofSignal(number));
        }
        signal = number;
        if (!quiet) {
            console.err().println("tcpreplay-j: interrupted, ending in order; once more to stop at once");
        }
    }

    /** Indexes one capture, or keeps it for the merge; a file that cannot be read is told and passed over. */
    private void index(
            final TimeOrder.Timed timed,
            final @Nullable MergeSet merged,
            final FlowDbWriter writer,
            final ProgressLines progress)
            throws IOException {
        final CaptureSource source = timed.source();
        final CaptureTally tally;
        final CaptureReader reader;
        try {
            final CaptureFingerprint fingerprint = source.fingerprint();
            final String member = merged == null ? "" : merged.nameOf(fingerprint);
            if (!member.isEmpty()) {
                sayKnown(source.name(), member, false);
                return;
            }
            if (isInDatabase(source, fingerprint, writer)) {
                return;
            }
            if (timed.failure() != null) {
                throw timed.failure();
            }
            tally = new CaptureTally(source.name(), fingerprint);
            if (merged != null) {
                merged.add(timed, tally);
                return;
            }
            reader = source.open(console, options.maxBytes());
        } catch (final IOException e) {
            fail(source, e);
            return;
        }
        fromStream = source.isStream();
        try (reader) {
            index(reader, source.name(), List.of(tally), writer, progress);
        }
    }

    private void index(
            final CaptureReader reader,
            final String name,
            final List<CaptureTally> captures,
            final FlowDbWriter writer,
            final ProgressLines progress)
            throws IOException {
        if (verbose) {
            console.err().println("tcpreplay-j: reading " + Human.safe(name) + " (" + reader.format() + ")");
        }
        final Indexer indexer = new Indexer(writer, options, captures, () -> signal, fromStream);
        take(indexer.index(reader, name, progress), progress);
    }

    /** The last lines: what the database holds now. */
    void summary(final Path file, final long databaseBytes) throws IOException {
        if (json) {
            writeJson(file, databaseBytes);
            return;
        }
        if (indexed.size() > 1) {
            print("total");
            report.print(total);
        }
        if (databaseBytes > 0 && !(indexed.isEmpty() && known.isEmpty())) {
            print(file + ": " + Human.bytes(databaseBytes));
        }
    }

    /** The flows that were added. */
    IndexLedger total() {
        return total;
    }

    int exit() {
        if (!total.fault().isEmpty()) {
            return ExitCode.BUG.code();
        }
        if (signal != 0) {
            return ExitCode.ofSignal(signal);
        }
        if (notACapture) {
            return ExitCode.USAGE.code();
        }
        return damaged ? ExitCode.INCOMPLETE.code() : ExitCode.OK.code();
    }

    /** Whether the database has that capture, which then is said. */
    private boolean isInDatabase(
            final CaptureSource source, final CaptureFingerprint fingerprint, final FlowDbWriter writer) {
        final CaptureInfo inDatabase = twin(fingerprint, writer);
        if (inDatabase == null) {
            return false;
        }
        if (inDatabase.kept() == options.assembler().kept()) {
            sayKnown(source.name(), inDatabase.name(), inDatabase.truncated());
        } else {
            failOtherwiseKept(source, inDatabase);
        }
        return true;
    }

    /** @param inPart whether not all of it was read then */
    private void sayKnown(final String name, final String twin, final boolean inPart) {
        known.add(name);
        print(name + ": already indexed" + (twin.equals(name) ? "" : " as " + twin)
                + (inPart ? " up to where it was damaged or --max-bytes ended it" : "") + ", nothing added"
                + (inPart || !options.selection().isAll()
                        ? "; another selection of its packets needs another --db"
                        : ""));
    }

    private static @Nullable CaptureInfo twin(final CaptureFingerprint fingerprint, final FlowDbWriter writer) {
        if (fingerprint.known()) {
            for (final CaptureInfo capture : writer.captures()) {
                if (capture.sizeBytes() == fingerprint.sizeBytes() && capture.edgeHash() == fingerprint.edgeHash()) {
                    return capture;
                }
            }
        }
        return null;
    }

    /** Who asks for secrets to be replaced must not be told that nothing was to be done where they are. */
    private void failOtherwiseKept(final CaptureSource source, final CaptureInfo inDatabase) {
        notACapture = true;
        failed.add(source.name());
        Failures.say(
                console,
                source.name() + ": already indexed as " + inDatabase.name() + ", with payload kept: "
                        + inDatabase.kept().label() + ", not "
                        + options.assembler().kept().label(),
                "index it into another database: --db FILE");
    }

    private void fail(final CaptureSource source, final IOException failure) {
        if (!source.named() && failure instanceof CaptureException) {
            if (!quiet) {
                console.err().println("tcpreplay-j: skipped " + Human.safe(String.valueOf(failure.getMessage())));
            }
            return;
        }
        notACapture = true;
        failed.add(source.name());
        Failures.say(
                console,
                Failures.text(failure),
                failure instanceof CaptureException capture ? capture.hint() : "name a capture that can be read");
    }

    private void take(final IndexedCapture capture, final ProgressLines progress) {
        progress.close();
        final String fault = capture.ledger().fault();
        if (signal != 0 && !fromStream) {
            Failures.say(
                    console, capture.name() + ": interrupted, nothing of it was kept", "run the same command again");
            return;
        }
        total.add(capture.ledger());
        if (!fault.isEmpty()) {
            Failures.say(
                    console, "a fault of ours: " + capture.name() + ": " + fault, "please report it with the capture");
            return;
        }
        indexed.add(capture);
        final CaptureException damage = capture.damage();
        if (damage != null) {
            damaged = true;
            Failures.say(
                    console,
                    damage.getMessage() + "; " + Human.count(capture.ledger().flows(), "flow") + " before it "
                            + (capture.ledger().flows() == 1 ? "was" : "were") + " indexed",
                    damage.hint());
        }
        print(capture.name() + ": " + capture.format() + ", " + Human.bytes(capture.bytes()) + " in "
                + Human.duration(capture.elapsedNs()) + ", " + perSecond(capture));
        report.print(capture.ledger());
        if (capture.secretBlocks() > 0) {
            print("  keys     " + Human.count(capture.secretBlocks(), "block") + " of decryption secrets, left out");
        }
        if (capture.ledger().noPlace() > 0) {
            Failures.say(
                    console,
                    Human.count(capture.ledger().noPlace(), "UDP datagram")
                            + " skipped: the database is of an older version, which has no place for them",
                    "index into a new one: --db FILE");
        }
        // Its flows are committed: whoever waits for that, or outlives us, may know.
        console.out().flush();
    }

    private static String perSecond(final IndexedCapture capture) {
        final double seconds = Math.max(1, capture.elapsedNs()) / 1e9;
        return Human.rate(capture.ledger().packets() / seconds) + " packets/s, "
                + Human.bytes((long) (capture.bytes() / seconds)) + "/s";
    }

    private void print(final String line) {
        if (!json) {
            console.out().println(Human.safe(line));
        }
    }

    private void writeJson(final Path file, final long databaseBytes) throws IOException {
        final PrintStream out = console.out();
        try (JsonGenerator generator = Json.generator(out)) {
            generator.writeStartObject();
            generator.writeStringField("database", file.toString());
            generator.writeNumberField("databaseBytes", databaseBytes);
            generator.writeStringField("payloadKept", options.assembler().kept().label());
            report.write(generator, total);
            generator.writeArrayFieldStart("captures");
            for (final IndexedCapture capture : indexed) {
                generator.writeStartObject();
                generator.writeStringField("capture", capture.name());
                generator.writeStringField("format", capture.format());
                report.write(generator, capture.ledger());
                generator.writeNumberField("decryptionSecrets", capture.secretBlocks());
                generator.writeNumberField("bytes", capture.bytes());
                generator.writeNumberField("elapsedNs", capture.elapsedNs());
                final CaptureException damage = capture.damage();
                generator.writeStringField("damage", damage == null ? null : damage.getMessage());
                generator.writeEndObject();
            }
            generator.writeEndArray();
            names(generator, "alreadyIndexed", known);
            names(generator, "unreadable", failed);
            names(generator, "deletedUnread", lost);
            generator.writeNumberField("exit", exit());
            generator.writeEndObject();
            generator.writeRaw('\n');
        }
    }

    private static void names(final JsonGenerator generator, final String field, final List<String> names)
            throws IOException {
        generator.writeArrayFieldStart(field);
        for (final String name : names) {
            generator.writeString(name);
        }
        generator.writeEndArray();
    }
}
