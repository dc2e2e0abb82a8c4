package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.replay.Replay;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** One capture of an interface into one database: what signals ask for, what is told, and how it ended. */
final class LiveRun implements LiveReader.Notes, LiveReader.FilterNotes {
    private final IndexOptions options;
    private final Console console;
    private final boolean quiet;
    private final boolean json;
    private final LedgerReport report;
    private final LiveTarget target;
    private final String selected;
    private final OrderlyEnd end;
    private final DiskWatch disk;
    private final LowArgs args;
    private volatile boolean isAsked;
    private volatile boolean isToReload;
    private final Queue<String> news = new ConcurrentLinkedQueue<>();
    private volatile Replay.@Nullable Snapshot replayed;
    private @Nullable FlowObserver observer;
    private @Nullable FilterFile filterFile;
    private @Nullable LiveMetrics metrics;
    private @Nullable LiveReader reader;
    private @Nullable LiveFiles files;
    private @Nullable Indexer indexer;
    private @Nullable ProgressLines progress;
    private @Nullable IndexedCapture captured;

    /** @param selected of its packets what is captured, in words */
    LiveRun(
            final IndexOptions options,
            final String selected,
            final Console console,
            final LowArgs args,
            final LiveTarget target) {
        this.selected = selected;
        this.args = args;
        this.options = options;
        this.console = console;
        this.target = target;
        quiet = args.has(Flags.QUIET);
        json = args.has(Flags.JSON);
        end = new OrderlyEnd(target::stop, this::tellInterrupted);
        disk = new DiskWatch(
                console,
                "of those that begin some are left out",
                "record less (--port, --host, --sample), or elsewhere: --record");
        report = new LedgerReport(options.assembler().kept(), this::print);
    }

    /** Opens the way to the target, before the first packet is captured. */
    void ready() throws IOException {
        observer = target.start(new Banner());
    }

    /**
     * Captures until a signal, the end of the duration or of the interface, and replays what it captures where it is to go. A
     * second signal stops a replay that goes on, and else ends the process where it stands; SIGUSR1 has it say how far it is,
     * SIGHUP read its filter again.
     */
    void record(final LiveReader from, final long durationNs, final LiveFiles databases, final ProgressLines lines)
            throws IOException {
        reader = from;
        progress = lines;
        files = databases;
        final Indexer indexing = new Indexer(databases.writer(), options, from.tallies(), end::signal, true);
        indexing.writing(databases);
        indexing.storeApart(WaitingRoom.ofHeap(), this::tell);
        indexing.shedding(from.shedder());
        indexer = indexing;
        if (observer != null) {
            indexing.observe(observer);
        }
        final FollowPace pace = new FollowPace(durationNs, this::isToEnd);
        filterFile = FilterFile.of(args, target.endpoints());
        final Signals.Body<IndexedCapture> body = () -> {
            // Only now: whoever waits for it may send a signal.
            if (!quiet) {
                say("capturing on " + from.name() + CaptureMode.of(args).how() + " into "
                        + databases.writer().file() + selected);
            }
            final IndexedCapture all = indexing.follow(from, pace, lines);
            target.finish(this::tell);
            tellNews();
            return all;
        };
        // Without them there is still a summary.
        try (LiveMetrics counters = LiveMetrics.of(args, this::say)) {
            metrics = counters;
            captured = Signals.during(end::interrupt, () -> isAsked = true, () -> isToReload = true, body);
            counters.finish(from, indexing, databases, this::replayed);
        }
        lines.close();
    }

    /** Says where flows go; how far they are is the summary's. */
    private final class Banner implements Replay.Progress {
        @Override
        public void onStart(final String banner) {
            if (!quiet) {
                say(banner);
            }
        }

        @Override
        public void onTick(final Replay.Snapshot now) {
            replayed = now;
        }

        @Override
        public void onNews(final String line) {
            // For the thread that draws progress: two would draw across each other.
            news.add(line);
        }
    }

    private void tellInterrupted() {
        if (!quiet) {
            console.err().println("tcpreplay-j: interrupted, ending in order; once more to stop at once");
        }
    }

    /** Asked between two looks at the ring. */
    private boolean isToEnd() {
        tell();
        if (isToReload) {
            isToReload = false;
            reload();
        }
        return end.isAsked() || (reader != null && reader.isGone());
    }

    /** Also asked while what was captured waits for room, or what is replayed for its end. */
    private void tell() {
        tellNews();
        if (isAsked) {
            isAsked = false;
            tellSnapshot();
        }
        if (metrics != null && reader != null && indexer != null && files != null) {
            metrics.tell(reader, indexer, files, this::replayed);
        }
        if (indexer != null) {
            disk.look(indexer.backlog(), this::clear);
        }
    }

    private void tellNews() {
        for (String line = news.poll(); line != null; line = news.poll()) {
            say(line);
        }
    }

    private void reload() {
        if (reader != null) {
            say(FilterFile.reload(filterFile, reader));
        }
    }

    private ReplayedLive replayed() {
        return new ReplayedLive(replayed, target.moment(), target.udp());
    }

    private void tellSnapshot() {
        final LiveReader from = reader;
        final Indexer indexing = indexer;
        if (from == null || indexing == null) {
            return;
        }
        say(from.words() + "; " + indexing.flowWords() + target.words(replayed));
    }

    @Override
    public void wentDown(final String name) {
        say(name + " went down; its packets are captured again when it is up");
    }

    @Override
    public void isGone(final String name) {
        clear();
        Failures.say(console, name + " is gone; what came of it is kept", "see the interfaces with: ip -brief link");
    }

    @Override
    public void dropped(final long packets) {
        clear();
        tellDropped(console, packets);
    }

    @Override
    public void clockWasSet(final ClockSteps clock, final long times) {
        clear();
        tellClock(console, clock, times);
    }

    static void tellClock(final Console console, final ClockSteps clock, final long times) {
        Failures.say(
                console,
                "the clock was set" + (times == 1 ? "" : " " + Human.count(times, "time")) + ": it is " + clock.words()
                        + " now, which go on as if nobody had set it",
                "nothing is replayed earlier or later for it; where times in databases must be those of the clock,"
                        + " start live anew");
    }

    @Override
    public void captures(final CaptureShare share, final boolean isLess) {
        clear();
        tellShare(console, share, isLess);
    }

    static void tellShare(final Console console, final CaptureShare share, final boolean isLess) {
        if (isLess) {
            Failures.say(
                    console,
                    "packets come faster than they are read: " + share.words() + " of the flows is captured from now"
                            + " on, each whole; of the others those that are open end here",
                    "capture less: --port, --host, --sample or a filter expression; or a larger ring: --ring-bytes");
        } else {
            console.err()
                    .println("tcpreplay-j: there is room again: of the flows that begin " + share.words()
                            + (share.ratio() < 1 ? " is" : " are") + " captured from now on");
        }
    }

    @Override
    public void othersComeInStill() {
        clear();
        Failures.say(
                console,
                "the kernel takes no longer filter: what is given up comes into the ring still, and costs time there",
                "give a shorter one: fewer hosts, or networks instead");
    }

    static void tellDropped(final Console console, final long packets) {
        Failures.say(
                console,
                "the kernel dropped " + Human.count(packets, "packet") + ", for the ring was full",
                "capture less: --port, --host or a filter expression; or a larger ring: --ring-bytes");
    }

    private void say(final String line) {
        clear();
        console.err().println("tcpreplay-j: " + Human.safe(line));
    }

    private void clear() {
        if (progress != null) {
            progress.close();
        }
    }

    int exit() {
        final IndexedCapture capture = captured;
        if (capture == null || !fault().isEmpty()) {
            return ExitCode.BUG.code();
        }
        if (end.isAsked()) {
            return ExitCode.ofSignal(end.signal());
        }
        return target.exit(
                ended().equals("interface") || (reader != null && reader.isLacking())
                        ? ExitCode.INCOMPLETE
                        : target.exit());
    }

    private String ended() {
        return end.isAsked() ? "signal" : reader != null && reader.isGone() ? "interface" : "time";
    }

    private String fault() {
        if (captured == null || reader == null) {
            return "nothing was captured";
        }
        final String fault = reader.fault();
        return fault.isEmpty() ? captured.ledger().fault() : fault;
    }

    /** The last lines: what became of the packets, and what the database holds now. */
    void summary() throws IOException {
        final IndexedCapture capture = captured;
        final LiveReader from = reader;
        final LiveFiles databases = files;
        if (capture == null || from == null || databases == null) {
            return;
        }
        if (!fault().isEmpty()) {
            Failures.say(console, "a fault of ours: " + fault(), "please report it with the lines below");
        }
        target.tellCrossed(console);
        if (json) {
            writeJson(databases, capture, from);
            return;
        }
        print(capture.name() + ": live, " + Human.bytes(capture.bytes()) + " in "
                + Human.duration(capture.elapsedNs()));
        print("  kernel   " + from.seen() + " passed the filter = "
                + capture.ledger().packets() + " read + " + from.drops() + " dropped");
        if (from.clock().steps() > 0) {
            print("  clock    " + from.clock().summary());
        }
        report.print(capture.ledger());
        if (from.shedder().flows() > 0) {
            final FlowShedder shed = from.shedder();
            print("  shed     " + Human.count(shed.flows(), "flow") + " = " + (shed.flows() - shed.flowsCut())
                    + " that began + " + shed.flowsCut() + " cut while open, " + Human.count(shed.packets(), "packet")
                    + ": the ring, or what waited for the disk, was more than half full");
        }
        print(databases.words());
        target.print(exit(), console.out());
        if (target.isThere()) {
            print("loss       " + loss(capture.ledger(), from).words());
        }
    }

    private Loss loss(final IndexLedger ledger, final LiveReader from) {
        return new Loss(
                from.seen(),
                ledger.packets() - ledger.shed(),
                ledger.tcpRequests() * target.copies(),
                target.requestsReplayed(),
                from.shedder().flows());
    }

    private void writeJson(final LiveFiles databases, final IndexedCapture capture, final LiveReader from)
            throws IOException {
        try (JsonGenerator generator = Json.generator(console.out())) {
            generator.writeStartObject();
            databases.write(generator);
            generator.writeStringField("payloadKept", options.assembler().kept().label());
            generator.writeStringField("interface", capture.name());
            generator.writeStringField("capture", CaptureMode.of(args).word());
            generator.writeObjectFieldStart("kernel");
            generator.writeNumberField("passed", from.seen());
            generator.writeNumberField("dropped", from.drops());
            generator.writeEndObject();
            from.clock().write(generator);
            report.write(generator, capture.ledger());
            generator.writeNumberField("flowsShed", from.shedder().flows());
            generator.writeNumberField("flowsCut", from.shedder().flowsCut());
            generator.writeNumberField("bytes", capture.bytes());
            generator.writeNumberField("elapsedNs", capture.elapsedNs());
            if (target.isThere()) {
                loss(capture.ledger(), from).write(generator);
            }
            target.write(generator);
            generator.writeStringField("ended", ended());
            generator.writeNumberField("exit", exit());
            generator.writeEndObject();
            generator.writeRaw('\n');
        }
    }

    private void print(final String line) {
        if (!json) {
            console.out().println(Human.safe(line));
        }
    }
}
