package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowSink;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.pcap.WindowBuffers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Flows put together on a second thread are those of one. */
class AssemblyLineTest {
    private static final int CLIENT = 0x0a000002;

    @Test
    void twoThreads_sameFlowsAsOne() throws IOException {
        final byte[] capture = manyBuffersOf(new TinyCapture());
        assertThat(capture.length).as("more than all buffers together").isGreaterThan(4 << 20);
        assertThat(flowsOf(capture, true)).hasSize(10_001).isEqualTo(flowsOf(capture, false));
    }

    /** Whoever decides whether a packet is kept may look at what is there already. */
    @Test
    void packetInHand_isThereStill_whenTheOthersAreAssembled() throws IOException {
        final byte[] capture = manyBuffersOf(new TinyCapture());
        final List<String> flows = new ArrayList<>();
        try (FlowAssembler assembler = new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, into(flows));
                AssemblyLine line = new AssemblyLine(assembler, 0)) {
            final int[] packets = {0};
            feed(capture, line, () -> {
                if (packets[0]++ % 7 == 0) {
                    line.drain();
                }
            });
            line.drain().finish();
        }
        assertThat(flows).isEqualTo(flowsOf(capture, false));
    }

    /** What is put together from fragments lies in memory that the next datagram is put into. */
    @Test
    void segmentsInFragments_keepTheirBytes() throws IOException {
        final byte[] capture = manyBuffersOf(new TinyCapture().inFragments(16));
        assertThat(flowsOf(capture, true)).hasSize(10_001).isEqualTo(flowsOf(capture, false));
    }

    /** What waits for its acknowledgement for longer than buffers can be done without is copied in time. */
    @Test
    void answersThatAreAcknowledgedLate_keepTheirBytes() throws IOException {
        final byte[] request = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        final byte[] answer = new byte[3000];
        new Random(1).nextBytes(answer);
        final TinyCapture tiny = new TinyCapture();
        for (int port = 20_000; port < 20_500; port++) {
            tiny.unacknowledged(port, request, answer);
        }
        for (int i = 0; i < 27_000; i++) {
            tiny.connection(CLIENT + i, 1 + i, 80);
        }
        for (int port = 20_000; port < 20_500; port++) {
            // Also in the midst of a segment: the next answer begins there.
            tiny.acknowledged(port, request, port - 19_000);
        }
        final byte[] capture = tiny.bytes();
        assertThat(capture.length).as("more than all buffers together").isGreaterThan(11 << 20);
        final List<String> copied = new ArrayList<>();
        try (FlowAssembler assembler = new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, into(copied))) {
            final PacketView view = new PacketView();
            final Reassembler reassembler = new Reassembler();
            read(capture, used -> used, (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, view);
                assembler.onSegment(view, captureTimeNs);
            });
            assembler.finish();
        }
        assertThat(copied).hasSize(27_500);
        assertThat(flowsOf(capture, true)).isEqualTo(copied);
        assertThat(flowsOf(capture, false)).isEqualTo(copied);
    }

    @Test
    void failureOfTheOtherThread_failsTheOwner() throws IOException {
        final IllegalStateException failure = new IllegalStateException("disk full");
        final FlowSink full = (flow, clientBytes) -> {
            throw failure;
        };
        final byte[] capture = manyBuffersOf(new TinyCapture());
        try (FlowAssembler assembler = new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, full);
                AssemblyLine line = new AssemblyLine(assembler, 0)) {
            line.split();
            assertThatThrownBy(() -> {
                        feed(capture, line);
                        line.drain();
                    })
                    .isSameAs(failure);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("assembly");
    }

    /** The first tuple is used twice, so that a flow ends in the midst of it all. */
    private static byte[] manyBuffersOf(final TinyCapture capture) {
        capture.connection(CLIENT, 1, 80).connection(CLIENT, 1, 80, 77_777);
        for (int i = 1; i < 10_000; i++) {
            capture.connection(CLIENT + i, 1 + i, 80, 1_000 * i);
        }
        return capture.bytes();
    }

    private static List<String> flowsOf(final byte[] capture, final boolean split) throws IOException {
        final List<String> flows = new ArrayList<>();
        try (FlowAssembler assembler = new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, into(flows));
                AssemblyLine line = new AssemblyLine(assembler, 0)) {
            if (split) {
                line.split();
            }
            feed(capture, line);
            line.drain().finish();
        }
        return flows;
    }

    private static FlowSink into(final List<String> flows) {
        return (flow, clientBytes) -> {
            final StringBuilder answers = new StringBuilder();
            for (int i = 0; i < flow.exchanges().size(); i++) {
                answers.append(' ').append(flow.exchanges().digest(i));
                answers.append(' ').append(Arrays.hashCode(flow.exchanges().head(i)));
            }
            flows.add(String.join(
                    " ",
                    flow.id() + " " + flow.client() + " " + flow.startNs() + " " + flow.endNs(),
                    flow.clientStream() + " " + flow.serverStream() + " " + flow.handshake() + " " + flow.close(),
                    answers));
        };
    }

    private static void feed(final byte[] capture, final AssemblyLine line) throws IOException {
        feed(capture, line, () -> {});
    }

    private static void feed(final byte[] capture, final AssemblyLine line, final Runnable beforeKept)
            throws IOException {
        final Reassembler reassembler = new Reassembler();
        read(capture, line, (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
            if (reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, line.view())
                    == Verdict.TCP) {
                beforeKept.run();
                line.keep(buffer, captureTimeNs);
            }
        });
    }

    private static void read(final byte[] capture, final WindowBuffers buffers, final PacketHandler handler)
            throws IOException {
        try (CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(capture), "many.pcap")) {
            reader.readInto(buffers);
            while (reader.poll(handler, 1000) >= 0) {
                assertThat(reader.format()).isEqualTo("pcap");
            }
        }
    }
}
