package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.relay.RelaySender;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R16: what {@code live} makes of clocks that are set, or wrong. Packets come from here, with the stamps that such a clock would
 * give them; all that is behind them is real.
 */
@Timeout(60)
final class LiveClockTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long HOUR = 3_600_000_000_000L;
    /** What takes longer than that took the step for time that passed. */
    private static final long MOMENT = 60_000_000_000L;

    private static final int FIN = 1;
    private static final int PSH = 8;

    @TempDir
    private Path directory;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private ServerSocket target;

    @BeforeEach
    void start() throws IOException {
        target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(() -> {
            try {
                while (true) {
                    final Socket socket = target.accept();
                    daemon(() -> answer(socket));
                }
            } catch (final IOException e) {
                // Closed: the test is over.
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        target.close();
    }

    private static Thread daemon(final Runnable task) {
        final Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void answer(final Socket socket) {
        try (socket;
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                socket.getOutputStream().write((line + "!\n").getBytes(StandardCharsets.US_ASCII));
                heard.add(line);
            }
        } catch (final IOException e) {
            // The client says what it misses.
        }
    }

    private String target() {
        return "127.0.0.1:" + target.getLocalPort();
    }

    private void hears(final String line) throws InterruptedException {
        assertThat(heard.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isEqualTo(line);
    }

    /** One connection, as it is captured: lines, and answers with an exclamation mark. */
    private static final class Talk {
        private final InetAddress client = address("10.0.0.1");
        private final InetAddress server = address("10.0.0.2");
        private final int port;
        private final Consumer<HandMadeSegment> to;
        private int sent = 1;
        private int received = 1;

        Talk(final int port, final Consumer<HandMadeSegment> to) {
            this.port = port;
            this.to = to;
            to.accept(HandMadeSegment.syn(client, port, server, 80));
            fromServer(0, HandMadeSegment.SYN | HandMadeSegment.ACK, "");
            fromClient(HandMadeSegment.ACK, "");
        }

        private static InetAddress address(final String text) {
            try {
                return InetAddress.getByName(text);
            } catch (final UnknownHostException e) {
                throw new IllegalArgumentException(text, e);
            }
        }

        Talk asks(final String line) {
            fromClient(HandMadeSegment.ACK | PSH, line + "\n");
            sent += line.length() + 1;
            fromServer(received, HandMadeSegment.ACK | PSH, line + "!\n");
            received += line.length() + 2;
            return this;
        }

        void closes() {
            fromClient(HandMadeSegment.ACK | FIN, "");
            sent++;
            fromServer(received, HandMadeSegment.ACK | FIN, "");
            received++;
            fromClient(HandMadeSegment.ACK, "");
        }

        private void fromClient(final int flags, final String text) {
            to.accept(new HandMadeSegment(
                    client,
                    port,
                    server,
                    80,
                    1000 + sent,
                    9000 + received,
                    flags,
                    text.getBytes(StandardCharsets.US_ASCII)));
        }

        private void fromServer(final int from, final int flags, final String text) {
            to.accept(new HandMadeSegment(
                    server,
                    80,
                    client,
                    port,
                    9000 + from,
                    1000 + sent,
                    flags,
                    text.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    /** An interface whose packets come from the test, stamped by a clock that the test sets. */
    private static final class Stamped implements LiveCapture {
        private final ConcurrentLinkedQueue<HandMadeSegment> waiting = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<Long> stamps = new ConcurrentLinkedQueue<>();
        private final ByteBuffer packet = ByteBuffer.allocate(2_000);
        private volatile long aheadNs;
        private volatile boolean gone;
        private long seen;

        long clockNs() {
            return SteadyClock.nowNs() + aheadNs;
        }

        void comes(final HandMadeSegment segment) {
            stamps.add(clockNs());
            waiting.add(segment);
        }

        @Override
        public int linktype() {
            return Linktype.RAW;
        }

        @Override
        public int poll(final PacketHandler handler, final int limit) {
            final HandMadeSegment next = waiting.poll();
            if (next == null) {
                return 0;
            }
            final int length = next.write(packet, 0);
            handler.onPacket(packet, 0, length, length, stamps.remove(), Linktype.RAW);
            seen++;
            return 1;
        }

        @Override
        public double fill() {
            return 0;
        }

        @Override
        public boolean wentDown() {
            return gone;
        }

        @Override
        public void stop() {}

        @Override
        public void filter(final PacketFilter filter) {}

        @Override
        public void count() {}

        @Override
        public long seen() {
            return seen;
        }

        @Override
        public long drops() {
            return 0;
        }

        @Override
        public int[] fds() {
            return new int[0];
        }

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @ValueSource(longs = {0, HOUR, -HOUR})
    void clockThatIsSetWhileItCaptures_movesNothing_andIsSaidOnce(final long stepNs) throws Exception {
        final Path database = directory.resolve("set.tfdb");
        final LowArgs args = ArgumentParser.parse(
                Flags.LIVE,
                List.of(
                        "-i",
                        "none",
                        "--json",
                        "--target",
                        target(),
                        "--transport",
                        "socket",
                        "--record",
                        "x",
                        "--fail-on",
                        "behind.max>1us"));
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final Console console = new Console(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of(),
                false,
                false);
        final Stamped capture = new Stamped();
        final Thread client = daemon(() -> talk(capture, stepNs));
        try (LiveTarget to = LiveTarget.of(args)) {
            final LiveRun run = new LiveRun(IndexOptions.of(args, ""), "", console, args, to);
            run.ready();
            // Nobody has an interface of that number, so it is over when the capture says that something became of it.
            final Link none = new Link("none", Integer.MAX_VALUE, 1500, 0, false, true, false, 0);
            try (LiveFiles files = LiveFiles.open(args, database);
                    LiveReader reader =
                            new LiveReader(capture, none, run, new StampClock(SteadyClock::nowNs, capture::clockNs))) {
                run.record(reader, Long.MAX_VALUE, files, IndexCommand.progress(console, true));
            }
            run.summary();
            assertThat(run.exit())
                    .as("the interface is gone, and nothing leaves within a microsecond")
                    .isEqualTo(12);
        }
        client.join();
        assertThat(err.toString(StandardCharsets.UTF_8).split("--fail-on behind.max>1us: it was ", -1))
                .hasSize(2);
        final LiveProcess.Summary summary =
                new LiveProcess.Summary(0, JSON.std.mapFrom(out.toString(StandardCharsets.UTF_8)));
        assertThat(heard).as("all of them were heard in time").isEmpty();
        assertThat(summary.number("replay", "flows", "replayed")).isEqualTo(2);
        assertThat(summary.number("replay", "responses", "matched")).isEqualTo(3);
        assertThat(summary.number("replay", "behindNs", "max")).isBetween(0L, MOMENT);
        assertThat(summary.number("replay", "lagNs", "max")).isBetween(0L, MOMENT);
        assertThat(summary.number("clock", "steps")).isEqualTo(stepNs == 0 ? 0 : 1);
        assertThat(summary.number("clock", "aheadNs")).isBetween(stepNs - 1_000_000, stepNs + 1_000_000);
        assertThat(err.toString(StandardCharsets.UTF_8).split("the clock was set", -1))
                .hasSize(stepNs == 0 ? 1 : 2);
        if (stepNs != 0) {
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains("it is 1h00m " + (stepNs > 0 ? "ahead of" : "behind") + " the times of packets now");
        }
        wasRecorded(database, SteadyClock.nowNs(), 2);
    }

    /** Two connections, of which one stands when the clock is set. */
    private void talk(final Stamped capture, final long stepNs) {
        try {
            final Talk first = new Talk(40_000, capture::comes).asks("one");
            hears("one");
            capture.aheadNs = stepNs;
            first.asks("two");
            hears("two");
            first.closes();
            new Talk(40_001, capture::comes).asks("three").closes();
            hears("three");
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            capture.gone = true;
        }
    }

    /** Returns when it listens. */
    private Thread listener(final Path door, final Run run) throws IOException, InterruptedException {
        final Thread listener = daemon(() -> run.main(
                "live",
                "--json",
                "--listen",
                "unix:" + door,
                "--record",
                directory.resolve("all.tfdb"),
                "--target",
                target(),
                "--transport",
                "socket",
                "--sources",
                "1"));
        assertThat(Eventually.holds(PATIENCE, () -> Files.exists(door))).isTrue();
        return listener;
    }

    private static void wasRecorded(final Path database, final long aboutNs, final int flows) throws IOException {
        final List<FlowRecord> recorded = new ArrayList<>();
        try (FlowDb db = FlowDb.open(database)) {
            db.forEach(recorded::add);
        }
        assertThat(recorded).hasSize(flows).allSatisfy(flow -> {
            assertThat(flow.startNs()).isBetween(aboutNs - MOMENT, aboutNs + MOMENT);
            assertThat(flow.endNs() - flow.startNs()).isBetween(0L, MOMENT);
            assertThat(flow.skipReason()).isNull();
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {HOUR, -HOUR})
    void clockOfAnotherHostThatIsWrong_movesNothing_butWhatIsRecordedHasItsTimes(final long aheadNs) throws Exception {
        final Path door = directory.resolve("door");
        final Run run = new Run();
        final Thread listener = listener(door, run);
        final ByteBuffer packet = ByteBuffer.allocate(2_000);
        try (RelaySender sender = RelaySender.open(
                FeedAddress.unix(door),
                null,
                "web1",
                new RelaySender.Spool(null, 1 << 20),
                () -> SteadyClock.nowNs() + aheadNs)) {
            final Consumer<HandMadeSegment> captured = segment -> {
                final int length = segment.write(packet, 0);
                sender.onPacket(packet, 0, length, length, SteadyClock.nowNs() + aheadNs, Linktype.RAW);
                sender.flush();
            };
            final Talk talk = new Talk(40_000, captured).asks("one");
            hears("one");
            talk.asks("two").closes();
            hears("two");
            assertThat(sender.finish(PATIENCE.toMillis())).isTrue();
        }
        listener.join(PATIENCE.toMillis());
        final LiveProcess.Summary summary = new LiveProcess.Summary(run.exit(), JSON.std.mapFrom(run.out()));
        assertThat(summary.exit()).as(run.err()).isZero();
        assertThat(summary.number("replay", "flows", "replayed")).isOne();
        assertThat(summary.number("replay", "behindNs", "max")).isBetween(0L, MOMENT);
        assertThat(run.err())
                .contains("warning: the clock of web1 is ")
                .contains((aheadNs > 0 ? " ahead" : " behind") + ": its requests are replayed as if it were not");
        wasRecorded(directory.resolve("all-web1.tfdb"), SteadyClock.nowNs() + aheadNs, 1);
    }

    /** Its first word may have been lost on the way, and sent again: what waits there is not taken for new then. */
    @Test
    void clockOfAnotherHost_isFollowed_whenMoreIsKnownOfIt() throws Exception {
        final Path door = directory.resolve("door");
        final Run run = new Run();
        final Thread listener = listener(door, run);
        final ByteBuffer packet = ByteBuffer.allocate(2_000);
        final AtomicInteger said = new AtomicInteger();
        try (RelaySender sender = RelaySender.open(
                FeedAddress.unix(door),
                null,
                "web1",
                new RelaySender.Spool(null, 1 << 20),
                () -> SteadyClock.nowNs() - (said.getAndIncrement() == 0 ? HOUR : 0))) {
            // The one before the last is on its way, before all that is captured from now on.
            assertThat(Eventually.holds(PATIENCE, () -> said.get() > 2)).isTrue();
            new Talk(40_000, segment -> {
                        final int length = segment.write(packet, 0);
                        sender.onPacket(packet, 0, length, length, SteadyClock.nowNs() - 2 * MOMENT, Linktype.RAW);
                        sender.flush();
                    })
                    .asks("one")
                    .closes();
            hears("one");
            assertThat(sender.finish(PATIENCE.toMillis())).isTrue();
        }
        listener.join(PATIENCE.toMillis());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(new LiveProcess.Summary(run.exit(), JSON.std.mapFrom(run.out())).number("replay", "behindNs", "max"))
                .isBetween(2 * MOMENT, 3 * MOMENT);
    }

    /** The name is made of it: old databases stay older than new ones, whatever is done to the clock. */
    @Test
    void steadyClock_isTheTimeOfDay() throws IOException {
        final Path file = Files.createFile(directory.resolve("now"));
        assertThat(SteadyClock.nowNs() / 1_000_000)
                .isCloseTo(Files.getLastModifiedTime(file).toMillis(), within(60_000L));
    }
}
