package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.relay.RelayReceiver;
import io.tcpreplayj.intercept.relay.RelaySource;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** {@code live --listen}: what other hosts capture, each into a database of its own, and all of it to one target. */
final class LiveListen implements AutoCloseable {
    /** A clock that is so far off is worth a word: its database has the times of it. */
    private static final long MOST_AHEAD_NS = 1_000_000_000L;

    private static final String SOURCE = "source";
    private static final int MOST_SOURCES = 1_000_000;

    /** Of a source's name in a file's, which may have 255. */
    private static final int MOST_OF_NAME = 80;

    private final LowArgs args;
    private final Console console;
    private final LiveTarget target;
    private final Path named;
    private final long durationNs;
    private final long wanted;
    private final boolean quiet;
    private final LedgerReport report;
    private final List<SourceRun> runs = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final OrderlyEnd end;
    private final DiskWatch disk;
    private final WaitingRoom room = WaitingRoom.ofHeap();
    private final RelayMetrics metrics;
    private @Nullable SharedObserver observer;
    private volatile Replay.@Nullable Snapshot replayed;

    private LiveListen(final LowArgs args, final Console console, final LiveTarget target) {
        this.args = args;
        this.console = console;
        this.target = target;
        named = DatabasePath.of(args, args.value(Flags.RECORD), console);
        durationNs = LiveCommand.durationNs(args);
        final String sources = args.value(Flags.SOURCES);
        wanted = sources == null ? Long.MAX_VALUE : Units.count(Flags.SOURCES, sources, 1, MOST_SOURCES);
        quiet = args.has(Flags.QUIET);
        metrics = RelayMetrics.of(args, this::say);
        end = new OrderlyEnd(target::stop, this::tellInterrupted);
        disk = new DiskWatch(
                console,
                "where they fill their room, packets stay at the hosts that captured them",
                "take less (--port, --host, --sample), or record elsewhere: --record");
        report = new LedgerReport(
                IndexOptions.of(args, String.join(" ", args.operands()))
                        .assembler()
                        .kept(),
                this::print);
    }

    static int run(final LowArgs args, final Console console) throws IOException {
        if (args.has(Flags.CAPTURE_INTERFACE)) {
            throw new UserException(
                    "--listen takes what other hosts capture, and -i captures here",
                    "start two of them; live -i INTERFACE --forward sends to the one that listens");
        }
        final FeedAddress address = FeedAddresses.parse(
                Flags.RECEIVE, String.valueOf(args.value(Flags.RECEIVE)), new HostPort(InetAddress::getAllByName));
        final FeedKeys keys = LiveCommand.keys(args, List.of(address), "listening");
        try (LiveTarget target = LiveTarget.of(args);
                LiveListen here = new LiveListen(args, console, target)) {
            return here.listen(address, keys);
        }
    }

    private int listen(final FeedAddress address, final @Nullable FeedKeys keys) throws IOException {
        final FlowObserver told = target.start(new Banner());
        if (told != null) {
            observer = new SharedObserver(told);
        }
        final long beganNs = System.nanoTime();
        final boolean isTime = Signals.during(end::interrupt, this::askAll, this::tellNothingToReload, () -> {
            final boolean time = serve(address, keys, beganNs);
            join();
            target.finish(() -> {});
            return time;
        });
        metrics.finish(this::count);
        return summary(System.nanoTime() - beganNs, isTime);
    }

    /** Lets sources in until it is the end; returns whether that was a matter of time. */
    private boolean serve(final FeedAddress address, final @Nullable FeedKeys keys, final long beganNs)
            throws IOException {
        try (RelayReceiver receiver = RelayReceiver.open(address, keys, this::onSource)) {
            if (!quiet) {
                say("listening at " + receiver.address() + ", recording into " + LiveFiles.beside(named, "SOURCE"));
            }
            return awaitEnd(beganNs);
        }
    }

    /** On the thread of its connection. */
    private synchronized void onSource(final RelaySource source) {
        final Path database = databaseOf(source.name());
        final SourceRun run = new SourceRun(source, database, args, this::say, report);
        final FlowObserver told = observer == null ? null : observer.of(runs.size(), source::aheadNs);
        final Thread thread = new Thread(() -> run.run(told, room), "source-" + runs.size());
        thread.setDaemon(true);
        runs.add(run);
        threads.add(thread);
        if (!quiet) {
            say(source.name() + " sends what it captures; recorded into " + database);
            if (Math.abs(source.aheadNs()) > MOST_AHEAD_NS) {
                say("warning: the clock of " + source.name() + " is " + Human.duration(Math.abs(source.aheadNs()))
                        + (source.aheadNs() > 0 ? " ahead" : " behind")
                        + ": its requests are replayed as if it were not, and recorded by it");
            }
        }
        thread.start();
    }

    /** One that nobody writes now: a host that starts anew goes on in its own. */
    private Path databaseOf(final String source) {
        final String whole = source.strip().replaceAll("[^A-Za-z0-9._-]+", "-");
        final String word = whole.substring(0, Math.min(whole.length(), MOST_OF_NAME));
        for (int number = 1; ; number++) {
            final Path path = LiveFiles.beside(named, number == 1 ? word : word + "-" + number);
            boolean isFree = true;
            for (int i = 0; i < runs.size(); i++) {
                isFree &= !runs.get(i).named().equals(path) || !threads.get(i).isAlive();
            }
            if (isFree) {
                return path;
            }
        }
    }

    /** Returns whether it is the time that is over. */
    private boolean awaitEnd(final long beganNs) throws IOException {
        while (!end.isAsked() && !haveAllParted() && failure() == null) {
            if (System.nanoTime() - beganNs >= durationNs) {
                return true;
            }
            disk.look(room.fill(), () -> {});
            metrics.tell(this::count);
            FollowPace.rest();
        }
        return false;
    }

    /** Hosts, each with a database of its own, and not their runs: one that was started anew counts once. */
    private synchronized boolean haveAllParted() {
        final Set<Path> over = new HashSet<>();
        final Set<Path> here = new HashSet<>();
        for (int i = 0; i < runs.size(); i++) {
            final SourceRun run = runs.get(i);
            if (threads.get(i).isAlive()) {
                here.add(run.named());
            } else if (run.hasParted() || !run.trouble().isEmpty()) {
                over.add(run.named());
            }
        }
        over.removeAll(here);
        return over.size() >= wanted;
    }

    private synchronized @Nullable Throwable failure() {
        for (int i = 0; i < runs.size(); i++) {
            final Throwable failure =
                    threads.get(i).isAlive() ? null : runs.get(i).failure();
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    private void join() throws IOException {
        for (final Thread thread : threads()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while the last packets were indexed");
            }
        }
        Failures.rethrow(failure());
    }

    private synchronized List<Thread> threads() {
        return List.copyOf(threads);
    }

    private synchronized void count(final PrometheusText text) {
        text.counters(
                        "sent_packets_total",
                        "Packets that were sent here, as their source says.",
                        SOURCE,
                        by(SourceRun::expected))
                .counters(
                        "lost_packets_total", "Packets lost there, as their source says.", SOURCE, by(SourceRun::lost))
                .gauges(
                        "here",
                        "1 until a source has said that this was all.",
                        SOURCE,
                        by(run -> run.hasParted() ? 0 : 1))
                .gauge("waiting_room_ratio", "Flows that wait for the disk, of what there is room for.", room.fill());
        new ReplayedLive(replayed, target.moment(), target.udp()).addTo(text);
    }

    private Map<String, Long> by(final ToLongFunction<SourceRun> figure) {
        return RelayMetrics.by(runs, SourceRun::name, figure);
    }

    private synchronized void askAll() {
        runs.forEach(SourceRun::ask);
        if (runs.isEmpty()) {
            say("no source has come yet");
        }
        final String words = target.words(replayed);
        if (!words.isEmpty()) {
            say(words.substring(2));
        }
    }

    private void tellNothingToReload() {
        say("nothing to reload: what is captured is for live --forward to say, at the other end");
    }

    private void tellInterrupted() {
        if (!quiet) {
            say("interrupted, ending in order; once more to stop at once");
        }
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
            say(line);
        }
    }

    private Loss loss() {
        long captured = 0;
        long received = 0;
        long requests = 0;
        for (final SourceRun run : runs) {
            captured += run.received() + run.lost() + run.missing();
            received += run.received() - run.shed();
            requests += run.requests();
        }
        return new Loss(captured, received, requests * target.copies(), target.requestsReplayed());
    }

    private synchronized int summary(final long elapsedNs, final boolean isTime) throws IOException {
        final Loss loss = loss();
        final String fault = runs.stream()
                .map(SourceRun::fault)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
        if (!fault.isEmpty()) {
            Failures.say(console, "a fault of ours: " + fault, "please report it with the lines below");
        }
        final int exit = exit(loss, fault);
        target.tellCrossed(console);
        final String ended = end.isAsked() ? "signal" : isTime ? "time" : "sources";
        if (args.has(Flags.JSON)) {
            writeJson(loss, elapsedNs, ended, exit);
            return exit;
        }
        print(Human.count(runs.size(), "source") + " in " + Human.duration(elapsedNs));
        for (final SourceRun run : runs) {
            run.print(this::print);
        }
        target.print(exit, console.out());
        print("loss       " + loss.words());
        return exit;
    }

    private int exit(final Loss loss, final String fault) {
        if (!fault.isEmpty()) {
            return ExitCode.BUG.code();
        }
        if (end.isAsked()) {
            return ExitCode.ofSignal(end.signal());
        }
        final boolean isWhole =
                loss.isNone() && runs.stream().allMatch(run -> run.trouble().isEmpty());
        return target.exit(isWhole ? target.exit() : ExitCode.INCOMPLETE);
    }

    private void writeJson(final Loss loss, final long elapsedNs, final String ended, final int exit)
            throws IOException {
        try (JsonGenerator json = Json.generator(console.out())) {
            json.writeStartObject();
            json.writeArrayFieldStart("sources");
            for (final SourceRun run : runs) {
                run.write(json);
            }
            json.writeEndArray();
            loss.write(json);
            target.write(json);
            json.writeNumberField("elapsedNs", elapsedNs);
            json.writeStringField("ended", ended);
            json.writeNumberField("exit", exit);
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private void say(final String line) {
        console.err().println("tcpreplay-j: " + Human.safe(line));
    }

    private void print(final String line) {
        if (!args.has(Flags.JSON)) {
            console.out().println(Human.safe(line));
        }
    }

    @Override
    public void close() {
        metrics.close();
    }
}
