package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.linux.CaptureRing;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.CpuQuota;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections that never end, and more of them than {@code live} has time for. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiveShedIT {
    private static final int PORT = 8080;
    private static final int TARGET_PORT = 8081;
    private static final int CONNECTIONS = 200;
    private static final String FILTER = "tcp port " + PORT;
    private static final String OTHER_CLIENT = "10.91.1.9";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final long RING_BYTES = 64_000_000;
    private static final int BLOCK_TIMEOUT_MS = 100;
    private static final int ROUNDS_AFTERWARDS = 40;

    /** More than a kernel takes. */
    private static final int INSTRUCTIONS = 5000;

    private Path directory;
    private Lab lab;
    private Nginx nginx;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "kill");
        lab = Lab.pair();
        lab.client().address("veth0", OTHER_CLIENT + "/24");
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
    }

    @AfterAll
    void stop() {
        if (nginx != null) {
            nginx.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    /** Lets whoever assembles flows take in half of what is asked, and not more, however fast or slow this machine is. */
    private static final class Slow implements FlowObserver {
        private final BlockingQueue<Integer> turns = new SynchronousQueue<>();
        private volatile boolean isFast;
        private int left;

        /** Everybody has asked once more; returns when it has taken in half of what was asked before. */
        void goOn() throws InterruptedException {
            assertThat(turns.offer(CONNECTIONS / 2, PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }

        @Override
        public boolean onOpened(final OpenFlow flow) {
            return true;
        }

        @Override
        public void onRow(final long flow, final ClientRow row) {
            try {
                while (left == 0 && !isFast) {
                    final Integer more = turns.poll(10, TimeUnit.MILLISECONDS);
                    left = more == null ? 0 : more;
                }
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
            left--;
        }

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
        public void onEnded(final FlowRecord flow) {}
    }

    /** Of the interface nothing is to be said here. */
    private static final class NoNotes implements LiveReader.Notes {
        @Override
        public void wentDown(final String name) {}

        @Override
        public void isGone(final String name) {}

        @Override
        public void dropped(final long packets) {}

        @Override
        public void clockWasSet(final ClockSteps clock, final long times) {}
    }

    private static final class Shares implements LiveReader.FilterNotes {
        private final Queue<String> words = new ConcurrentLinkedQueue<>();
        private int othersComeIn;

        @Override
        public void captures(final CaptureShare share, final boolean isLess) {
            words.add(share.words());
        }

        @Override
        public void othersComeInStill() {
            othersComeIn++;
        }
    }

    private LiveCapture ring(final Link link, final LiveFilter filter) throws Exception {
        return inServer(() -> CaptureRing.open(
                link,
                new CaptureRing.Settings(
                        filter.compile(CaptureRing.linktype(link)), RING_BYTES, BLOCK_TIMEOUT_MS, false)));
    }

    private <T> T inServer(final Callable<T> body) throws Exception {
        NetworkNamespace.enter(lab.server().name());
        try {
            return body.call();
        } finally {
            NetworkNamespace.leave();
        }
    }

    @Test
    void readerThatIsTooSlow_cutsSomeFlows_andHasTheOthersWhole() throws Exception {
        final LowArgs args = ArgumentParser.parse(Flags.LIVE, List.of());
        final LiveFilter filter = LiveFilter.of(args, FILTER);
        final Path database = directory.resolve("slow.tfdb");
        final Slow slow = new Slow();
        final Shares shares = new Shares();
        final Link link = inServer(() -> Link.byName("veth0"));
        final LiveCapture ring = ring(link, filter);
        try (LiveFiles files = LiveFiles.open(args, database);
                LiveReader reader = new LiveReader(ring, link, new NoNotes());
                ProgressLines silent = new ProgressLines(
                        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                        ProgressLines.Style.QUIET,
                        System::nanoTime)) {
            reader.share(filter, shares);
            final Indexer indexer =
                    new Indexer(files.writer(), IndexOptions.of(args, ""), reader.tallies(), () -> 0, true);
            indexer.writing(files);
            indexer.storeApart(WaitingRoom.ofHeap(), () -> {});
            indexer.shedding(reader.shedder());
            indexer.observe(slow);
            final Ending ending = new Ending(reader);
            final FutureTask<IndexedCapture> capture = new FutureTask<>(
                    () -> indexer.follow(reader, new FollowPace(Long.MAX_VALUE, ending::isAsked), silent));
            final Thread thread = new Thread(capture, "capture");
            thread.start();
            final int rounds;
            try (Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
                final long endNs = System.nanoTime() + PATIENCE.toNanos();
                while (shares.words.isEmpty() && System.nanoTime() < endNs) {
                    crowd.ask();
                    slow.goOn();
                }
                assertThat(shares.words).as("the ring got full").isNotEmpty();
                slow.isFast = true;
                for (int round = 0; round < ROUNDS_AFTERWARDS; round++) {
                    ending.awaitRoom();
                    crowd.ask();
                }
                ending.asked = true;
                rounds = crowd.requests() / CONNECTIONS;
                final IndexLedger ledger =
                        capture.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).ledger();
                assertThat(ledger.fault()).isEmpty();
            }
            assertThat(reader.fault()).isEmpty();
            assertThat(reader.drops())
                    .as("it gave way in time: " + shares.words)
                    .isZero();
            final long cut = reader.shedder().flowsCut();
            assertThat(reader.shedder().flows()).as("none began").isEqualTo(cut);
            assertThat(cut).as(shares.words.toString()).isBetween(CONNECTIONS / 3L, CONNECTIONS - 1L);
            check(database, rounds, cut);
        }
    }

    /** Told from another thread, which hears how full the ring is. */
    private static final class Ending {
        private final LiveReader reader;
        private final AtomicInteger looks = new AtomicInteger();
        private volatile double fill;
        private volatile boolean asked;

        Ending(final LiveReader reader) {
            this.reader = reader;
        }

        boolean isAsked() {
            fill = reader.fill();
            looks.incrementAndGet();
            return asked;
        }

        void awaitRoom() throws IOException, InterruptedException {
            final int before = looks.get();
            assertThat(Eventually.holds(PATIENCE, () -> looks.get() > before + 1 && fill < FlowShedder.FULL_ENOUGH))
                    .isTrue();
        }
    }

    private static void check(final Path database, final int rounds, final long cut) throws IOException {
        final List<FlowRecord> whole = new ArrayList<>();
        final List<FlowRecord> parts = new ArrayList<>();
        try (FlowDb db = FlowDb.open(database)) {
            db.forEach(flow -> (flow.requests() == rounds ? whole : parts).add(flow));
        }
        assertThat(whole.size() + parts.size()).isEqualTo(CONNECTIONS);
        assertThat((long) parts.size()).as("cut").isEqualTo(cut);
        for (final List<FlowRecord> flows : List.of(whole, parts)) {
            assertThat(flows).allSatisfy(flow -> {
                assertThat(flow.skipReason()).isNull();
                assertThat(flow.close()).isEqualTo(FlowRecord.Close.NONE);
                assertThat(flow.clientStream().gapBytes()).isZero();
                assertThat(flow.serverStream().gapBytes()).isZero();
                assertThat(flow.requests()).isBetween(1, rounds);
            });
        }
    }

    /** By each way in: the program for the kernel is another one. */
    @ParameterizedTest
    @CsvSource({"ring, veth0, 64m", "ring, any, 64m", "pcap, veth0, 64m", "raw, veth0, 4m"})
    void ringThatOverflowed_cutsOpenFlows_andGivesUpSomeThatBegin_whichIsCountedAndSaid(
            final String how, final String device, final String ringBytes) throws Exception {
        try (LiveProcess live = LiveProcess.start(
                        lab.server(),
                        directory.resolve(how + device + ".tfdb"),
                        "-i",
                        device,
                        "--capture",
                        how,
                        "--ring-bytes",
                        ringBytes,
                        FILTER);
                Crowd before = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
            before.ask();
            live.readsAll();
            assertThat(live.said()).contains(" 0 dropped by the kernel; ", CONNECTIONS + " open");
            live.signal("STOP");
            // Some 1.2 MB each, into 64 MB.
            for (int round = 0; round < 60; round++) {
                before.ask();
            }
            live.signal("CONT");
            live.says("packets come faster than they are read: 1/2 of the flows is captured from now on");
            final long readBefore = live.readsAll();
            try (Crowd behind = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS, OTHER_CLIENT)) {
                behind.ask();
                behind.ask();
                final LiveProcess.Summary summary = live.end("TERM");
                assertThat(summary.exit()).as(live.said()).isEqualTo(143);
                final long cut = summary.number("flowsCut");
                final long notBegun = summary.number("flowsShed") - cut;
                assertThat(cut).as(live.said()).isBetween(CONNECTIONS / 4L, CONNECTIONS * 3L / 4);
                assertThat(notBegun).as(live.said() + summary.json()).isBetween(CONNECTIONS / 4L, CONNECTIONS * 3L / 4);
                assertThat(summary.number("flows", "found")).isEqualTo(2 * CONNECTIONS - notBegun);
                assertThat(summary.number("kernel", "dropped")).isPositive();
                final List<FlowRecord> begun = new ArrayList<>();
                try (FlowDb db = FlowDb.open(live.database())) {
                    db.forEach(flow -> {
                        if (flow.client().toString().startsWith(OTHER_CLIENT)) {
                            begun.add(flow);
                        }
                    });
                }
                assertThat((long) begun.size()).isEqualTo(CONNECTIONS - notBegun);
                assertThat(summary.number("packets", "read") - readBefore)
                        .as("of the others the kernel lets in their SYNs alone")
                        .isEqualTo(notBegun
                                + begun.stream().mapToLong(LiveShedIT::packets).sum());
                assertThat(begun).allSatisfy(flow -> {
                    assertThat(flow.skipReason()).isNull();
                    assertThat(flow.requests()).isEqualTo(2);
                    assertThat(flow.serverStream().gapBytes()).isZero();
                });
            }
        }
    }

    /** The kernel hands over all of them, so what is cut is counted exactly. */
    @Test
    void ringThatOverflowed_cutsConversations_whichIsCountedAndSaid() throws Exception {
        try (LiveProcess live = LiveProcess.start(
                        lab.server(), directory.resolve("udp.tfdb"), "-i", "veth0", "udp port " + PORT);
                Speakers speakers = Speakers.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
            speakers.say(100);
            live.readsAll();
            live.signal("STOP");
            // 1.2 kB each, and 72 MB in all.
            for (int round = 0; round < 300; round++) {
                speakers.say(1_200);
            }
            live.signal("CONT");
            live.says("packets come faster than they are read: 1/2 of the flows is captured from now on");
            live.readsAll();
            speakers.say(100);
            live.readsAll();
            final LiveProcess.Summary summary = live.end("TERM");
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
            assertThat(summary.number("kernel", "dropped")).isPositive();
            assertThat(summary.number("flowsCut")).as(live.said()).isBetween(CONNECTIONS / 4L, CONNECTIONS * 3L / 4);
            assertThat(summary.number("flowsShed")).isEqualTo(summary.number("flowsCut"));
            assertThat(summary.number("flows", "found")).isEqualTo(CONNECTIONS);
            assertThat(summary.number("packets", "skipped", "shed"))
                    .isGreaterThanOrEqualTo(summary.number("flowsCut"))
                    .isEqualTo(summary.number("packets", "read") - summary.number("packets", "indexed"));
        }
    }

    /** Who sends packets on knows no open flows, and gives them up all the same. */
    @Test
    void ringThatOverflowed_cutsOpenFlows_alsoWhereTheyAreForwarded() throws Exception {
        final String door = "unix:" + directory.resolve("door");
        final Path database = directory.resolve("listened-web.tfdb");
        try (LiveProcess listener = LiveProcess.launch(
                lab.client(),
                directory.resolve("listened.tfdb"),
                List.of("--listen", door, "--sources", "1", "--record", directory + "/listened.tfdb"))) {
            listener.says("listening at");
            try (LiveProcess live = LiveProcess.launch(
                            lab.server(),
                            directory.resolve("forwarded"),
                            List.of(
                                    "-i",
                                    "veth0",
                                    "--forward",
                                    door,
                                    "--name",
                                    "web",
                                    "--spool",
                                    "" + directory,
                                    FILTER));
                    Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
                live.says("capturing on");
                crowd.ask();
                live.readsAll();
                live.signal("STOP");
                for (int round = 0; round < 60; round++) {
                    crowd.ask();
                }
                live.signal("CONT");
                live.says("packets come faster than they are read: 1/2 of the flows is captured from now on");
                live.readsAll();
                crowd.ask();
                live.readsAll();
                final LiveProcess.Summary sent = live.end("TERM");
                assertThat(sent.exit()).as(live.said()).isEqualTo(143);
                final Map<?, ?> receiver = (Map<?, ?>) ((List<?>) sent.json().get("receivers")).get(0);
                final long cut = ((Number) receiver.get("flowsShed")).longValue();
                assertThat(cut).as(live.said()).isBetween(CONNECTIONS / 4L, CONNECTIONS * 3L / 4);
                final LiveProcess.Summary summary = listener.summary();
                assertThat(summary.exit()).as(listener.said()).isEqualTo(8);
                final Map<?, ?> source = (Map<?, ?>) ((List<?>) summary.json().get("sources")).get(0);
                assertThat(List.of(source.get("flowsCut"), receiver.get("flowsCut")))
                        .as("those end there as well, each told of by one packet")
                        .containsOnly((int) cut);
                assertThat(summary.number("loss", "packetsCaptured"))
                        .as("dropped by the kernel and given up, all that was not received was told")
                        .isEqualTo(sent.number("kernel", "passed"));
                assertThat(summary.number("loss", "packetsReceived"))
                        .isEqualTo(((Number) receiver.get("taken")).longValue() - cut);
                assertThat(sent.number("packets", "selected") - ((Number) receiver.get("shed")).longValue())
                        .isEqualTo(summary.number("loss", "packetsReceived") + cut);
            }
        }
        try (FlowDb db = FlowDb.open(database)) {
            assertThat(db.size()).isEqualTo(CONNECTIONS);
        }
    }

    /**
     * As CPUQuota= of a unit does it. The clients' requests are answered meanwhile; of a flow that is cut the target is asked what
     * was captured, and its connection closes.
     */
    @Test
    void processorTimeThatIsRationed_costsFlows_whichAreReplayedUpToThere_andHoldsUpNobody() throws Exception {
        CpuQuota.need();
        try (Nginx target = Nginx.small(lab.client(), directory.resolve("target"), TARGET_PORT);
                LiveProcess live = LiveProcess.start(
                        lab.server(),
                        directory.resolve("quota.tfdb"),
                        "-i",
                        "veth0",
                        "--port",
                        Integer.toString(PORT),
                        "--ring-bytes",
                        "256m",
                        "--target",
                        Lab.CLIENT_V4 + ":" + TARGET_PORT);
                Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
            crowd.ask();
            live.readsAll();
            try (CpuQuota quota = CpuQuota.of(live.pid(), 1_000, 50_000)) {
                assertThat(Eventually.holds(PATIENCE, () -> {
                            crowd.ask();
                            return live.said().contains("packets come faster than they are read: 1/2");
                        }))
                        .as(live.said())
                        .isTrue();
                assertThat(quota.throttled()).isPositive();
            }
            live.readsAll();
            final LiveProcess.Summary summary = live.end("TERM");
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
            assertThat(summary.number("flowsCut")).isBetween(CONNECTIONS / 4L, (long) CONNECTIONS);
            assertThat(summary.number("flowsShed")).isEqualTo(summary.number("flowsCut"));
            assertThat(((Map<?, ?>) summary.json().get("loss")).get("requestsReplayed"))
                    .as("what those asked behind is in no sum")
                    .isNull();
            assertThat(summary.number("loss", "flowsShed")).isEqualTo(summary.number("flowsShed"));
            assertThat(summary.number("flows", "found")).isEqualTo(CONNECTIONS);
            final long dropped = summary.number("kernel", "dropped");
            assertThat(summary.number("kernel", "passed")).isEqualTo(summary.number("packets", "read") + dropped);
            assertThat(CONNECTIONS - summary.number("replay", "flows", "replayed"))
                    .as("but for what the kernel tore: " + summary.json())
                    .isBetween(0L, dropped);
            assertThat(target.requests().size())
                    .isGreaterThanOrEqualTo((int) summary.number("replay", "requests", "answered"));
        }
    }

    /** Some of what passes is lost whenever somebody asks; and any filter is longer than the kernel takes. */
    private static final class Overflowing implements LiveCapture {
        private final LiveCapture ring;
        private int lost;

        Overflowing(final LiveCapture ring) {
            this.ring = ring;
        }

        @Override
        public void filter(final PacketFilter filter) throws IOException {
            ring.filter(PacketFilter.compiled(
                    ByteBuffer.allocate(INSTRUCTIONS * Long.BYTES).order(ByteOrder.nativeOrder()), SNAPLEN));
        }

        @Override
        public long drops() {
            return lost++;
        }

        @Override
        public int linktype() {
            return ring.linktype();
        }

        @Override
        public int poll(final PacketHandler handler, final int limit) throws IOException {
            return ring.poll(handler, limit);
        }

        @Override
        public double fill() throws IOException {
            return ring.fill();
        }

        @Override
        public boolean wentDown() throws IOException {
            return ring.wentDown();
        }

        @Override
        public void stop() throws IOException {
            ring.stop();
        }

        @Override
        public void count() throws IOException {
            ring.count();
        }

        @Override
        public long seen() {
            return ring.seen();
        }

        @Override
        public int[] fds() {
            return ring.fds();
        }

        @Override
        public void close() {
            ring.close();
        }
    }

    @Test
    void shareThatTheKernelCannotTell_isSaidOnce_andStillCaptured() throws Exception {
        final LiveFilter filter = LiveFilter.of(ArgumentParser.parse(Flags.LIVE, List.of()), FILTER);
        final Link link = inServer(() -> Link.byName("veth0"));
        final Shares shares = new Shares();
        try (LiveReader reader = new LiveReader(new Overflowing(ring(link, filter)), link, new NoNotes())) {
            reader.share(filter, shares);
            assertThat(Eventually.holds(PATIENCE, () -> {
                        reader.poll((buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {}, CONNECTIONS);
                        return shares.words.size() > 1;
                    }))
                    .isTrue();
            assertThat(shares.words).startsWith("1/2", "1/4");
            assertThat(shares.othersComeIn).isOne();
            assertThat(reader.shedder().keeping()).isLessThanOrEqualTo(FlowHash.RANGE / 4);
        }
    }

    private static long packets(final FlowRecord flow) {
        return flow.clientStream().packets() + flow.serverStream().packets();
    }
}
