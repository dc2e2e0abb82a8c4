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
    void smallFlowsAreStoredElsewhere_largeOnesHere_allInOrder() throws IOException {
        final List<FlowRecord> flows = flows();
        final List<Long> stored = new ArrayList<>();
        final Set<String> threads = new HashSet<>();
        try (FlowRelay relay = new FlowRelay(
                (flow, clientBytes) -> {
                    stored.add(flow.id());
                    threads.add(Thread.currentThread().getName() + " " + (clientBytes.remaining() > ROOM));
                },
                ROOM)) {
            for (final FlowRecord flow : flows) {
                relay.onFlow(flow, ByteBuffer.allocate(flow.id() % 1000 == 0 ? 1_200_000 : 10));
            }
            relay.flush();
        }
        assertThat(stored).isEqualTo(LongStream.rangeClosed(1, FLOWS).boxed().toList());
        final String owner = Thread.currentThread().getName();
        assertThat(threads).contains("store false", owner + " true").doesNotContain("store true");
        assertThatNobodyIsLeft();
    }

    @Test
    void failureOfTheOtherThread_failsTheOwner_andNothingIsStoredBehindIt() throws IOException {
        final IllegalStateException failure = new IllegalStateException("disk full");
        final List<Long> tried = new ArrayList<>();
        final FlowSink full = (flow, clientBytes) -> {
            tried.add(flow.id());
            throw failure;
        };
        final List<FlowRecord> flows = flows();
        try (FlowRelay relay = new FlowRelay(full, ROOM)) {
            assertThatThrownBy(() -> {
                        flows.forEach(flow -> relay.onFlow(flow, ByteBuffer.allocate(1000)));
                        relay.flush();
                    })
                    .isSameAs(failure);
        }
        assertThat(tried).containsExactly(1L);
        assertThatNobodyIsLeft();
    }

    @Test
    void closedInTheMidst_endsItsThread() throws IOException {
        final List<FlowRecord> flows = flows();
        try (FlowRelay relay = new FlowRelay((flow, clientBytes) -> {}, ROOM)) {
            flows.forEach(flow -> relay.onFlow(flow, ByteBuffer.allocate(1000)));
        }
        assertThatNobodyIsLeft();
    }

    /** Who captures must not wait for a disk that stands still, and must not fill the memory either. */
    @Test
    void whileTheOtherThreadIsHeldUp_theOwnerIsNot_untilThereIsNoRoom() throws Exception {
        final List<Object> done = new ArrayList<>();
        final CountDownLatch disk = new CountDownLatch(1);
        final List<FlowRecord> flows = flows();
        final ByteBuffer bytes = ByteBuffer.allocate(100_000);
        try (FlowRelay relay = new FlowRelay((flow, clientBytes) -> done.add(flow.id()), ROOM)) {
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
            assertThat(Eventually.holds(PATIENCE, () -> owner.getState() == Thread.State.WAITING))
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
        try (FlowRelay relay = new FlowRelay((flow, clientBytes) -> {}, ROOM)) {
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
