package io.tcpreplayj.intercept.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.intercept.feed.CuttingProxy;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.intercept.feed.FeedSocket;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends, over real sockets: what is handed in comes out once, in order and unchanged. */
@Execution(ExecutionMode.CONCURRENT)
final class RelayTest {
    private static final long PATIENCE_NS = Duration.ofSeconds(20).toNanos();
    private static final RelaySender.Spool SMALL = new RelaySender.Spool(null, 1 << 20);

    private final List<AutoCloseable> open = new ArrayList<>();
    private final BlockingQueue<RelaySource> sources = new LinkedBlockingQueue<>();
    private final ByteBuffer packet = ByteBuffer.allocate(100_000);

    @TempDir
    private Path scratch;

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    /** Knows packet {@code n} by its time, and checks that it is the next one and whole. */
    private static final class Expected implements PacketHandler {
        private long next;

        @Override
        public void onPacket(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            assertThat(captureTimeNs).isEqualTo(next);
            assertThat(caplen).isEqualTo(length(next));
            assertThat(origlen).isEqualTo(caplen + 5);
            assertThat(linktype).isEqualTo(Linktype.ETHERNET);
            assertThat(buffer.getLong(offset)).isEqualTo(next * 7);
            next++;
        }
    }

    private static int length(final long number) {
        return 64 + (int) (number * 131 % 1400);
    }

    private void send(final RelaySender sender, final long from, final long to) {
        for (long number = from; number < to; number++) {
            packet.putLong(3, number * 7);
            sender.onPacket(packet, 3, length(number), length(number) + 5, number, Linktype.ETHERNET);
            if (number % 50 == 0) {
                sender.flush();
            }
        }
        sender.flush();
    }

    private static void receive(final RelaySource source, final Expected expected, final long count)
            throws InterruptedException {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (expected.next < count && System.nanoTime() < deadlineNs) {
            if (source.poll(expected, 1000) == 0) {
                source.await(10);
            }
        }
        assertThat(expected.next).isGreaterThanOrEqualTo(count);
    }

    private RelayReceiver receiver(final FeedAddress address) throws IOException {
        final RelayReceiver receiver = RelayReceiver.open(address, null, sources::add);
        open.add(receiver);
        return receiver;
    }

    private RelaySender sender(final FeedAddress to, final RelaySender.Spool spool) throws IOException {
        final RelaySender sender = RelaySender.open(to, null, "web1 eth0", spool);
        open.add(sender);
        return sender;
    }

    private RelaySource source() throws InterruptedException {
        final RelaySource source = sources.poll(20, TimeUnit.SECONDS);
        assertThat(source).isNotNull();
        return source;
    }

    private FeedAddress unix() {
        return FeedAddress.unix(scratch.resolve("relay"));
    }

    private static FeedAddress loopback() {
        return FeedAddress.tcp(InetAddress.getLoopbackAddress(), 0);
    }

    @Test
    void packetsArriveOnceAndInOrder_andTheEndIsTold() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = sender(receiver.address(), new RelaySender.Spool(null, 16 << 20));
        final RelaySource source = source();
        assertThat(source.name()).isEqualTo("web1 eth0");
        final Expected expected = new Expected();
        for (int round = 0; round < 20; round++) {
            send(sender, round * 500L, round * 500L + 500);
            receive(source, expected, round * 500L + 500);
        }
        sender.noteLost(7);
        assertThat(sender.finish(5_000)).isTrue();
        assertThat(sender.taken()).isEqualTo(10_000);
        assertThat(sender.dropped()).isZero();
        assertThat(awaitEnd(source, expected)).isTrue();
        assertThat(source.packets()).isEqualTo(10_000);
        assertThat(source.expected() + source.lost()).isEqualTo(10_007);
        assertThat(source.lost()).isEqualTo(7);
        assertThat(source.hasParted()).isTrue();
        assertThat(source.aheadNs()).as("one clock, and the way").isBetween(-5_000_000_000L, 0L);
    }

    /** As the spool keeps it, which the line being cut has it send again. */
    @Test
    void packetWithWhichAFlowWasGivenUp_comesInItsPlace() throws Exception {
        final RelayReceiver receiver = receiver(loopback());
        final CuttingProxy proxy = new CuttingProxy(receiver.address());
        open.add(proxy);
        final RelaySender sender = sender(proxy.address(), new RelaySender.Spool(scratch, 1 << 20));
        for (int number = 0; number < 90; number++) {
            if (number % 3 == 1) {
                sender.onCut(packet, 3, 54, 1_000, number, Linktype.LINUX_SLL2);
            } else {
                sender.onPacket(packet, 3, 54, 1_000, number, Linktype.LINUX_SLL2);
            }
            if (number % 10 == 0) {
                sender.flush();
                proxy.cut();
            }
        }
        assertThat(sender.finish(20_000)).isTrue();
        final RelaySource source = source();
        final Cuts cuts = new Cuts();
        while (source.poll(cuts, 1000) >= 0) {
            source.await(10);
        }
        assertThat(cuts.seen).isEqualTo(90);
        assertThat(source.packets()).isEqualTo(90).isEqualTo(source.expected());
    }

    /** Each third packet. */
    private static final class Cuts implements PacketHandler {
        private int seen;

        @Override
        public void onPacket(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            assertThat(captureTimeNs).isEqualTo(seen);
            assertThat(linktype).isEqualTo(Linktype.LINUX_SLL2);
            assertThat(seen % 3).isNotEqualTo(1);
            seen++;
        }

        @Override
        public void onCut(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            assertThat(List.of(captureTimeNs, (long) caplen, (long) origlen, (long) linktype))
                    .containsExactly((long) seen, 54L, 1_000L, (long) Linktype.LINUX_SLL2);
            assertThat(seen % 3).isOne();
            seen++;
        }
    }

    /** Who was made before there were such packets takes them for packets, checks as many bytes and finds none of its links. */
    @Test
    void packetWithWhichAFlowWasGivenUp_isOfAnUnknownLinkToWhoKnowsOfNone() throws Exception {
        final RelayBatch batch = new RelayBatch();
        batch.add(packet, 3, 54, 1_000, 5, Linktype.ETHERNET | RelayFormat.CUT);
        final ByteBuffer bytes = batch.finish(1);
        RelayBatch.check(bytes);
        final int linktype = bytes.getInt(RelayFormat.BATCH_HEADER + 16);
        assertThat(PacketDecoder.openingTunnels().decode(packet, 3, 54, 1_000, linktype, new PacketView()))
                .isEqualTo(Verdict.UNKNOWN_LINKTYPE);
    }

    private static boolean awaitEnd(final RelaySource source, final Expected expected) throws InterruptedException {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (System.nanoTime() < deadlineNs) {
            if (source.poll(expected, 10) < 0) {
                return true;
            }
            source.await(10);
        }
        return false;
    }

    @Test
    void thirtyCuts_loseNothing() throws Exception {
        final RelayReceiver receiver = receiver(loopback());
        final CuttingProxy proxy = new CuttingProxy(receiver.address());
        open.add(proxy);
        final RelaySender sender = sender(proxy.address(), new RelaySender.Spool(scratch, 64 << 20));
        assertThat(scratch).isEmptyDirectory();
        final RelaySource source = source();
        final Expected expected = new Expected();
        for (int cut = 0; cut < 30; cut++) {
            send(sender, cut * 200L, cut * 200L + 200);
            receive(source, expected, cut * 200L + 1);
            proxy.cut();
        }
        receive(source, expected, 6_000);
        assertThat(sender.dropped()).isZero();
        assertThat(sender.reconnects()).isPositive();
        assertThat(sender.finish(5_000)).isTrue();
        assertThat(sources).isEmpty();
    }

    @Test
    void slowReceiver_makesTheSenderSpool_andWhatHasNoRoomIsCountedAtBothEnds() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = sender(receiver.address(), SMALL);
        final RelaySource source = source();
        // Nobody takes them: sixteen batches there, some in the socket, a megabyte here, and then it is full.
        send(sender, 0, 60_000);
        assertThat(sender.dropped()).isPositive();
        assertThat(sender.waiting()).isPositive().isLessThanOrEqualTo(1 << 20);

        final long[] last = {-1};
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (source.packets() + sender.dropped() < 60_000 && System.nanoTime() < deadlineNs) {
            source.poll(
                    (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                        assertThat(captureTimeNs).isGreaterThan(last[0]);
                        last[0] = captureTimeNs;
                    },
                    100);
        }
        assertThat(source.packets() + sender.dropped()).isEqualTo(60_000);
        assertThat(sender.finish(5_000)).isTrue();
        assertThat(awaitEnd(source, new Expected())).isTrue();
        assertThat(source.lost()).isEqualTo(sender.dropped());
        assertThat(source.expected() + source.lost()).isEqualTo(60_000);
    }

    @Test
    void severalSources_areKeptApart() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final RelaySender one = sender(receiver.address(), SMALL);
        final RelaySource first = source();
        final RelaySender two = sender(receiver.address(), SMALL);
        final RelaySource second = source();
        send(one, 0, 100);
        send(two, 0, 200);
        receive(second, new Expected(), 200);
        receive(first, new Expected(), 100);
    }

    @Test
    void sourcesThatLeft_makeRoomForOthers() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final FeedSocket socket = FeedSocket.connect(receiver.address(), null);
        open.add(socket);
        final RelayConnection there = new RelayConnection(socket, receiver, System::nanoTime);
        final List<RelaySource> all = new ArrayList<>();
        while (all.size() < RelayReceiver.MAX_SOURCES) {
            all.add(receiver.enter(newSource(), there));
        }
        assertThatThrownBy(() -> receiver.enter(newSource(), there)).hasMessageContaining("64 sources");
        all.get(7).part();
        receiver.enter(newSource(), there);
        assertThatThrownBy(() -> receiver.enter(newSource(), there)).hasMessageContaining("64 sources");
        there.close();
        receiver.enter(newSource(), there);
        assertThat(all.get(0).poll(new Expected(), 1))
                .as("the first that was away")
                .isEqualTo(-1);
    }

    @Test
    void whoEntersWhileTheDoorCloses_isRefused() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final FeedSocket socket = FeedSocket.connect(receiver.address(), null);
        open.add(socket);
        final RelayConnection late = new RelayConnection(socket, receiver, System::nanoTime);
        receiver.close();
        assertThatThrownBy(() -> receiver.enter(newSource(), late)).hasMessageContaining("the end");
        assertThat(sources).isEmpty();
    }

    @Test
    void lineThatIsOver_keepsNothingMore_andItsSumsHold() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = sender(receiver.address(), SMALL);
        send(sender, 0, 100);
        final Expected expected = new Expected();
        receive(source(), expected, 100);
        assertThat(sender.finish(5_000)).isTrue();
        send(sender, 100, 200);
        assertThat(sender.waiting()).isZero();
        assertThat(sender.captured()).isEqualTo(200);
        assertThat(sender.taken() + sender.dropped()).isEqualTo(200);
        sender.close();
        sender.close();
    }

    private static RelayHello newSource() {
        return new RelayHello(UUID.randomUUID(), 0, 0, 0, 0, "web1");
    }

    @Test
    void receiverStartedAnew_goesOnWhereTheOneBeforeEnded() throws Exception {
        final Expected expected = new Expected();
        final RelayReceiver first = receiver(unix());
        final RelaySender sender = sender(first.address(), SMALL);
        send(sender, 0, 100);
        final RelaySource before = source();
        receive(before, expected, 100);
        await(() -> sender.taken() == 100);
        first.close();
        send(sender, 100, 300);
        receiver(unix());
        final RelaySource after = source();
        assertThat(after.id()).isEqualTo(before.id());
        assertThat(after.before()).isEqualTo(100);
        after.goOnAt(100);
        receive(after, expected, 300);
        assertThat(sender.finish(5_000)).isTrue();
        assertThat(awaitEnd(after, expected)).isTrue();
        assertThat(after.packets()).isEqualTo(200);
        assertThat(after.expected()).isEqualTo(200);
        assertThat(sender.taken()).isEqualTo(300);
    }

    @Test
    void whatAReceiverRecordedAndCouldNotSaySo_isLeftOutByTheNext() throws Exception {
        final Expected expected = expectedFrom(130);
        final RelaySource source = new RelaySource(new RelayHello(UUID.randomUUID(), 0, 2, 100, 0, "web1"), 0);
        source.goOnAt(130);
        for (int number = 3; number <= 5; number++) {
            final RelayBatch batch = new RelayBatch();
            for (long n = (number - 1) * 50L; n < number * 50L; n++) {
                packet.putLong(3, n * 7);
                batch.add(packet, 3, length(n), length(n) + 5, n, Linktype.ETHERNET);
            }
            source.put(batch.finish(number));
        }
        receive(source, expected, 250);
        assertThat(source.packets()).isEqualTo(120);
        source.onCounts(new RelayCounts(260, 10, 0), 0);
        assertThat(source.expected()).isEqualTo(120);
        assertThat(source.lost()).isEqualTo(10);
    }

    @Test
    void sourceThatSaysMoreWasTakenThanWas_andOneThatFailed_areRefused() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final FeedSocket socket = FeedSocket.connect(receiver.address(), null);
        open.add(socket);
        final RelayConnection connection = new RelayConnection(socket, receiver, System::nanoTime);
        final RelayHello hello = newSource();
        receiver.enter(hello, connection);
        assertThatThrownBy(() -> receiver.enter(new RelayHello(hello.source(), 0, 3, 30, 0, "web1"), connection))
                .hasMessageContaining("3 batches were taken");
        source().fail("No space left on device");
        assertThatThrownBy(() -> receiver.enter(hello, connection)).hasMessage("No space left on device");
        assertThatThrownBy(() -> {
                    final ByteBuffer bytes = ByteBuffer.allocate(200);
                    new RelayHello(hello.source(), 0, 3, 2, 0, "web1").encode(bytes);
                    RelayHello.decode(bytes.flip());
                })
                .hasMessageContaining("2 packets in 3 batches");
    }

    /** A HELLO that TCP had to send again, and again. */
    @Test
    void clockOfASource_isTheOneThatItHas_howeverLongItsFirstWordTook() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final AtomicBoolean isSaid = new AtomicBoolean();
        open.add(RelaySender.open(
                receiver.address(),
                null,
                "web1 eth0",
                SMALL,
                () -> SteadyClock.nowNs() - (isSaid.getAndSet(true) ? 0 : 60_000_000_000L)));
        final RelaySource source = source();
        await(() -> source.aheadNs() > -5_000_000_000L);
        assertThat(source.aheadNs()).isLessThanOrEqualTo(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE})
    void clockThatNoHostHas_isRefused(final long nowNs) {
        final ByteBuffer hello = ByteBuffer.allocate(200);
        new RelayHello(UUID.randomUUID(), nowNs, 0, 0, 0, "web1").encode(hello);
        assertThatThrownBy(() -> RelayHello.decode(hello.flip()))
                .isInstanceOf(FeedException.class)
                .hasMessageEndingWith(", at " + nowNs);
        final ByteBuffer counts = ByteBuffer.allocate(RelayCounts.BYTES);
        new RelayCounts(2, 1, nowNs).encode(counts);
        assertThatThrownBy(() -> RelayCounts.decode(counts.flip()))
                .isInstanceOf(FeedException.class)
                .hasMessageEndingWith(", at " + nowNs);
    }

    @Test
    void whatAnEarlierReceiverTookAndDidNotRecord_isNotExpectedHere_norWhatItWasToldIsLost() throws Exception {
        final RelaySource source = new RelaySource(new RelayHello(UUID.randomUUID(), 0, 2, 100, 5, "web1"), 0);
        source.goOnAt(70);
        assertThat(source.begin()).isEqualTo(100);
        source.onCounts(new RelayCounts(258, 8, 0), 0);
        assertThat(source.expected()).isEqualTo(150);
        assertThat(source.lost()).isEqualTo(3);
    }

    @Test
    void sourceThatFailedInSilence_isToldWhy_andDoesNotPart() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = sender(receiver.address(), SMALL);
        send(sender, 0, 100);
        final RelaySource source = source();
        await(() -> sender.taken() == 100);
        source.fail("No space left on device");
        await(sender::isOver);
        assertThat(sender.trouble()).isEqualTo("No space left on device");
        assertThat(sender.finish(5_000)).isFalse();
        assertThat(source.hasParted()).isFalse();
    }

    @Test
    void sourceThatFailed_isToldWhy_andComesNoMore() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = sender(receiver.address(), SMALL);
        source().fail("No space left on device");
        send(sender, 0, 100);
        await(sender::isOver);
        assertThat(sender.trouble()).isEqualTo("No space left on device");
    }

    @Test
    void howFarACaptureIs_isKnownOnlyWhileItIsHeardOf() throws Exception {
        final RelayReceiver receiver = receiver(loopback());
        final CuttingProxy proxy = new CuttingProxy(receiver.address());
        open.add(proxy);
        final RelaySender sender = sender(proxy.address(), SMALL);
        final RelaySource source = source();
        send(sender, 0, 100);
        receive(source, new Expected(), 100);
        final long onceNs = System.nanoTime();
        await(() -> source.heardNs() > onceNs);
        proxy.mute();
        // What was on its way when it was muted may still come.
        await(() -> System.nanoTime() - source.heardNs() > 2_000_000_000L);
        final long lastNs = source.heardNs();
        send(sender, 100, 200);
        await(() -> sender.reconnects() > 0);
        receive(source, expectedFrom(100), 200);
        await(() -> source.heardNs() > lastNs);
    }

    private static Expected expectedFrom(final long next) {
        final Expected expected = new Expected();
        expected.next = next;
        return expected;
    }

    /** A store in memory, but for what a test makes of it. */
    private static class OddStore implements SpoolStore {
        private final SpoolStore memory = SpoolStore.memory(1 << 20);

        @Override
        public final long capacity() {
            return memory.capacity();
        }

        @Override
        public void write(final long position, final ByteBuffer from) throws IOException {
            memory.write(position, from);
        }

        @Override
        public void read(final long position, final ByteBuffer into) throws IOException {
            memory.read(position, into);
        }

        @Override
        public final void close() {
            memory.close();
        }
    }

    @Test
    void spoolThatIsDamaged_isTheEndOfTheLine_andSaid() throws Exception {
        final SpoolStore damaged = new OddStore() {
            @Override
            public void read(final long position, final ByteBuffer into) throws IOException {
                super.read(position, into);
                into.putInt(0, -1);
            }
        };
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = RelaySender.open(receiver.address(), null, "web1 eth0", damaged, SteadyClock::nowNs);
        open.add(sender);
        send(sender, 0, 10);
        await(sender::isOver);
        assertThat(sender.trouble()).isEqualTo("the spool is damaged at its byte 0");
        assertThat(sender.finish(5_000)).isFalse();
    }

    @Test
    void spoolThatCannotBeWritten_isSaid_andIsNoTroubleOfTheLine() throws Exception {
        final boolean[] full = {true};
        final SpoolStore store = new OddStore() {
            @Override
            public void write(final long position, final ByteBuffer from) throws IOException {
                if (full[0]) {
                    throw new IOException("No space left on device");
                }
                super.write(position, from);
            }
        };
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = RelaySender.open(receiver.address(), null, "web1 eth0", store, SteadyClock::nowNs);
        open.add(sender);
        send(sender, 0, 10);
        assertThat(sender.spoolTrouble()).isEqualTo("No space left on device");
        assertThat(sender.trouble()).isEmpty();
        assertThat(sender.dropped()).isEqualTo(10);
        full[0] = false;
        send(sender, 10, 20);
        assertThat(sender.spoolTrouble()).isEmpty();
        receive(source(), expectedFrom(10), 20);
        assertThat(sender.finish(5_000)).isTrue();
    }

    @Test
    void whoReadsTheSpoolSlowly_doesNotHoldUpTheCapture() throws Exception {
        final CountDownLatch reading = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final boolean[] wasInTime = {true};
        final SpoolStore slow = new OddStore() {
            @Override
            public void read(final long position, final ByteBuffer into) throws IOException {
                reading.countDown();
                try {
                    wasInTime[0] &= goOn.await(20, TimeUnit.SECONDS);
                } catch (final InterruptedException e) {
                    throw new IOException(e);
                }
                super.read(position, into);
            }
        };
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = RelaySender.open(receiver.address(), null, "web1 eth0", slow, SteadyClock::nowNs);
        open.add(sender);
        send(sender, 0, 10);
        assertThat(reading.await(20, TimeUnit.SECONDS)).isTrue();
        // These come back though a read goes on.
        send(sender, 10, 20);
        assertThat(sender.fill()).isPositive();
        goOn.countDown();
        receive(source(), new Expected(), 20);
        assertThat(sender.finish(5_000)).isTrue();
        assertThat(wasInTime[0]).isTrue();
    }

    private static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean() && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    @Test
    void cutBetweenTheLastPacketAndTheGoodbye_isMended() throws Exception {
        final RelayReceiver receiver = receiver(loopback());
        final CuttingProxy proxy = new CuttingProxy(receiver.address());
        open.add(proxy);
        for (int round = 0; round < 4; round++) {
            final RelaySender sender = sender(proxy.address(), SMALL);
            final RelaySource source = source();
            send(sender, 0, 100);
            proxy.cut();
            assertThat(sender.finish(20_000)).isTrue();
            receive(source, new Expected(), 100);
            assertThat(awaitEnd(source, new Expected())).isTrue();
            assertThat(source.hasParted()).isTrue();
        }
    }

    @Test
    void lineThatSaysNothing_isGivenUp_andOneThatIsMerelySlowIsNot() throws Exception {
        final RelayReceiver receiver = receiver(loopback());
        final CuttingProxy proxy = new CuttingProxy(receiver.address());
        open.add(proxy);
        // Nobody polls: the receiver waits for room, and says that it is there.
        final RelaySender slow = sender(receiver.address(), new RelaySender.Spool(null, 64 << 20));
        send(slow, 0, 20_000);
        final RelaySource ofSlow = source();
        await(() -> slow.fill() > 0);
        final RelaySender muted = sender(proxy.address(), SMALL);
        final RelaySource ofMuted = source();
        proxy.mute();
        send(muted, 0, 100);
        await(() -> muted.reconnects() > 0);
        assertThat(slow.reconnects()).isZero();
        receive(ofMuted, new Expected(), 100);
        receive(ofSlow, new Expected(), 20_000);
        assertThat(slow.finish(5_000)).isTrue();
        assertThat(slow.dropped()).isZero();
    }

    @Test
    void nobodyThere_isToldAtOnce() {
        assertThatThrownBy(() -> sender(FeedAddress.tcp(InetAddress.getLoopbackAddress(), 1), SMALL))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:1");
    }

    @Test
    void strangersAtTheDoor_disturbNobody() throws Exception {
        final RelayReceiver receiver = receiver(loopback());
        final RelaySender sender = sender(receiver.address(), new RelaySender.Spool(null, 16 << 20));
        final InetSocketAddress port = (InetSocketAddress) receiver.address().socket();
        final Expected expected = new Expected();
        final RelaySource source = source();
        for (int i = 0; i < 200; i++) {
            final Socket stranger = new Socket(port.getAddress(), port.getPort());
            open.add(stranger);
            send(sender, i * 10L, i * 10L + 10);
        }
        receive(source, expected, 2_000);
        assertThat(receiver.turnedAway()).isPositive();
    }

    @Test
    void longestPacket_isCutToABatch() throws Exception {
        final RelayReceiver receiver = receiver(unix());
        final RelaySender sender = sender(receiver.address(), new RelaySender.Spool(null, 8 << 20));
        final ByteBuffer jumbo = ByteBuffer.allocate(300_000);
        sender.onPacket(jumbo, 0, 300_000, 300_000, 5, Linktype.RAW);
        sender.flush();
        final int[] lengths = new int[2];
        final RelaySource source = source();
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (lengths[0] == 0 && System.nanoTime() < deadlineNs) {
            source.poll(
                    (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                        lengths[0] = caplen;
                        lengths[1] = origlen;
                    },
                    1);
        }
        assertThat(lengths).containsExactly(RelayFormat.MAX_CAPLEN, 300_000);
    }

    @Test
    void damagedBatches_areRefused() throws Exception {
        final RelayBatch whole = new RelayBatch();
        whole.add(packet, 0, 100, 100, 1, Linktype.RAW);
        whole.add(packet, 0, 50, 60, 2, Linktype.RAW);
        final ByteBuffer good = whole.finish(1);
        RelayBatch.check(good);
        int refused = 0;
        for (int at = 0; at < good.limit(); at++) {
            for (final int flip : new int[] {0x01, 0x80, 0xff}) {
                final ByteBuffer bad =
                        ByteBuffer.allocate(good.limit()).put(good.duplicate()).flip();
                bad.put(at, (byte) (bad.get(at) ^ flip));
                try {
                    RelayBatch.check(bad);
                    int next = RelayFormat.BATCH_HEADER;
                    for (int left = RelayBatch.count(bad); left > 0; left--) {
                        next = RelayBatch.handOver(bad, next, (buffer, offset, caplen, origlen, time, linktype) -> {
                            assertThat(offset + caplen).isLessThanOrEqualTo(bad.limit());
                        });
                    }
                } catch (final FeedException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void protocolPage_saysTheSame() throws IOException {
        final String page = Files.readString(Path.of("PROTOCOL.md"));
        assertThat(page)
                .contains("of RELAYED at most " + String.format(Locale.ROOT, "%,d", RelayFormat.MAX_BATCH_BYTES))
                .contains(RelayReceiver.MAX_SOURCES + " hosts")
                .contains("Bit " + Integer.numberOfTrailingZeros(RelayFormat.CUT) + " of a linktype");
        assertThat(RelayFormat.BATCH_HEADER).isEqualTo(8 + 4);
        assertThat(RelayFormat.PACKET_HEADER).isEqualTo(8 + 4 + 4 + 4);
    }
}
