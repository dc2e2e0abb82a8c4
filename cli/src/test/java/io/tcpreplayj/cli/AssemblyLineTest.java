package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowSink;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

    /** What is put together from fragments lies in memory that the next datagram is put into. */
    @Test
    void segmentsInFragments_keepTheirBytes() throws IOException {
        final byte[] capture = manyBuffersOf(new TinyCapture().inFragments(16));
        assertThat(flowsOf(capture, true)).hasSize(10_001).isEqualTo(flowsOf(capture, false));
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
        final FlowSink sink = (flow, clientBytes) -> flows.add(String.join(
                " ",
                flow.id() + " " + flow.client() + " " + flow.startNs() + " " + flow.endNs(),
                flow.clientStream() + " " + flow.serverStream() + " " + flow.handshake() + " " + flow.close()));
        try (FlowAssembler assembler = new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, sink);
                AssemblyLine line = new AssemblyLine(assembler, 0)) {
            if (split) {
                line.split();
            }
            feed(capture, line);
            line.drain().finish();
        }
        return flows;
    }

    private static void feed(final byte[] capture, final AssemblyLine line) throws IOException {
        final Reassembler reassembler = new Reassembler();
        final PacketHandler handler = (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
            if (reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, line.view())
                    == Verdict.TCP) {
                line.keep(buffer, captureTimeNs);
            }
        };
        try (CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(capture), "many.pcap")) {
            reader.readInto(line);
            while (reader.poll(handler, 1000) >= 0) {
                assertThat(reader.format()).isEqualTo("pcap");
            }
        }
    }
}
