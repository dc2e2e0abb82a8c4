package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSink;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Flows that another thread stores are stored as they would be by one. */
class FlowRelayTest {
    private static final int FLOWS = 5000;
    private static final int ROOM = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Test
    void flowsAreStoredElsewhere_alsoThoseLargerThanTheRoom_allInOrder() throws IOException {
        final List<FlowRecord> flows = flows();
        final List<Long> stored = new ArrayList<>();
        final Set<String> largeOnes = new HashSet<>();
        try (FlowRelay relay = new FlowRelay(
                (flow, clientBytes) -> {
                    stored.add(flow.id());
                    if (clientBytes.remaining() > ROOM) {
                        largeOnes.add(Thread.currentThread().getName());
                    }
                },
                new WaitingRoom(ROOM))) {
            for (final FlowRecord flow : flows) {
                relay.onFlow(flow, ByteBuffer.allocate(flow.id() % 1000 == 0 ? 1_200_000 : 10));
            }
            relay.flush();
        }
        assertThat(stored).isEqualTo(LongStream.rangeClosed(1, FLOWS).boxed().toList());
        assertThat(largeOnes).containsOnly("store");
        assertThatNobodyIsLeft();
    }

    @Test
    void failureOfTheOtherThread_failsTheOwnerWhereItAsks_notWhereItHandsOver() throws IOException {
        final IllegalStateException failure = new IllegalStateException("disk full");
        final List<Long> tried = new ArrayList<>();
        final FlowSink full = (flow, clientBytes) -> {
            tried.add(flow.id());
            throw failure;
        };
        final List<FlowRecord> flows = flows();
        try (FlowRelay relay = new FlowRelay(full, new WaitingRoom(ROOM))) {
            flows.forEach(flow -> relay.onFlow(flow, ByteBuffer.allocate(1000)));
            assertThatThrownBy(relay::flush).isSameAs(failure);
            assertThatThrownBy(relay::refuseFailure).isSameAs(failure);
            relay.onFlow(flows.get(0), ByteBuffer.allocate(ROOM));
        }
        assertThat(tried).containsExactly(1L);
        assertThatNobodyIsLeft();
    }

    @Test
    void closedInTheMidst_doesWhatItWasGiven_andEndsItsThread() throws IOException {
        final List<FlowRecord> flows = flows();
        final List<Object> done = new ArrayList<>();
        final CountDownLatch disk = new CountDownLatch(1);
        try (FlowRelay relay = new FlowRelay((flow, clientBytes) -> done.add(flow.id()), new WaitingRoom(ROOM))) {
            relay.then(() -> awaitZero(disk));
            for (int i = 0; i < 10; i++) {
                relay.onFlow(flows.get(i), ByteBuffer.allocate(1000));
            }
            relay.then(() -> done.add("committed"));
            // Not before its end has begun: until then the disk stands still.
            final Thread owner = Thread.currentThread();
            new Thread(() -> {
                        awaitState(owner, Thread.State.WAITING);
                        disk.countDown();
                    })
                    .start();
        }
        assertThat(done).hasSize(11).endsWith("committed");
        assertThatNobodyIsLeft();
    }

    private static void awaitState(final Thread thread, final Thread.State state) {
        try {
            assertThat(Eventually.holds(PATIENCE, () -> thread.getState() == state))
                    .isTrue();
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void relaysInOneRoom_waitForEachOther_andSayHowFarTheyAre() throws Exception {
        final List<FlowRecord> flows = flows();
        final List<Long> done = new ArrayList<>();
        final CountDownLatch disk = new CountDownLatch(1);
        final CountDownLatch told = new CountDownLatch(3);
        final WaitingRoom room = new WaitingRoom(ROOM);
        try (FlowRelay slow = new FlowRelay((flow, clientBytes) -> awaitZero(disk), new WaitingRoom(ROOM));
                FlowRelay other = new FlowRelay((flow, clientBytes) -> done.add(flow.id()), new WaitingRoom(ROOM))) {
            slow.waitIn(room, () -> {});
            other.waitIn(room, told::countDown);
            slow.onFlow(flows.get(0), ByteBuffer.allocate(2 * ROOM));
            assertThat(other.fill()).as("of both").isEqualTo(1);
            final Thread owner = new Thread(() -> other.onFlow(flows.get(1), ByteBuffer.allocate(ROOM)));
            owner.start();
            awaitZero(told);
            assertThat(owner.isAlive()).isTrue();
            disk.countDown();
            owner.join();
            other.flush();
        }
        assertThat(done).containsExactly(2L);
        assertThat(room.fill()).isZero();
    }

    /** Who captures must not wait for a disk that stands still, and must not fill the memory either. */
    @Test
    void whileTheOtherThreadIsHeldUp_theOwnerIsNot_untilThereIsNoRoom() throws Exception {
        final List<Object> done = new ArrayList<>();
        final CountDownLatch disk = new CountDownLatch(1);
        final List<FlowRecord> flows = flows();
        final ByteBuffer bytes = ByteBuffer.allocate(100_000);
        try (FlowRelay relay = new FlowRelay((flow, clientBytes) -> done.add(flow.id()), new WaitingRoom(ROOM))) {
            relay.onFlow(flows.get(0), bytes);
            relay.then(() -> {
                awaitZero(disk);
                done.add("committed");
            });
            assertThat(relay.isIdle()).isFalse();
            for (int i = 1; i < 10; i++) {
                relay.onFlow(flows.get(i), bytes);
            }
            assertThat(relay.fill()).as("a batch is waiting").isBetween(0.5, 1.0);
            final Thread owner = new Thread(() -> flows.subList(10, 20).forEach(flow -> relay.onFlow(flow, bytes)));
            owner.start();
            assertThat(Eventually.holds(PATIENCE, () -> owner.getState() == Thread.State.TIMED_WAITING))
                    .as("there is room for ten")
                    .isTrue();
            assertThat(done).containsExactly(1L);
            disk.countDown();
            owner.join();
            relay.flush();
            assertThat(relay.isIdle()).isTrue();
            assertThat(relay.fill()).isZero();
        }
        final List<Object> wanted = new ArrayList<>(List.of(1L, "committed"));
        LongStream.rangeClosed(2, 20).forEach(wanted::add);
        assertThat(done).isEqualTo(wanted);
    }

    private static void awaitZero(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failureOfACommit_failsTheOwner_andNothingIsCommittedBehindIt() throws Exception {
        final List<String> done = new ArrayList<>();
        try (FlowRelay relay = new FlowRelay((flow, clientBytes) -> {}, new WaitingRoom(ROOM))) {
            relay.then(() -> {
                throw new IOException("disk full");
            });
            assertThatThrownBy(() -> {
                        relay.then(() -> done.add("committed"));
                        relay.flush();
                    })
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("disk full");
        }
        assertThat(done).isEmpty();
        assertThatNobodyIsLeft();
    }

    private static void assertThatNobodyIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("store");
    }

    private static List<FlowRecord> flows() throws IOException {
        final TinyCapture capture = new TinyCapture();
        for (int i = 0; i < FLOWS; i++) {
            capture.connection(2 + i, 1000, 80);
        }
        final List<FlowRecord> flows = new ArrayList<>();
        final Reassembler reassembler = new Reassembler();
        final PacketView view = new PacketView();
        try (FlowAssembler assembler =
                        new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, (flow, clientBytes) -> flows.add(flow));
                CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(capture.bytes()), "tiny.pcap")) {
            int packets = 0;
            while (packets >= 0) {
                packets = reader.poll(
                        (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                            reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, view);
                            assembler.onSegment(view, captureTimeNs);
                        },
                        1000);
            }
            assembler.finish();
        }
        return flows;
    }
}
