package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.TcpFlags;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Streams of isolated bytes: all that is kept of them is bounded, so that each segment costs the same however many came
 * before, and what is given up is counted.
 */
@Execution(ExecutionMode.CONCURRENT)
final class StreamLimitsTest {
    private static final int SEGMENTS = 60_000;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "backwards {0}, cut by the snaplen {1}, frozen after each segment {2}")
    @CsvSource({"false,false,false", "true,false,false", "false,true,false", "true,true,false", "false,true,true"})
    void everySecondByteMissing_isAGapOfThatManyBytes(
            final boolean backwards, final boolean cut, final boolean frozen) {
        final FlowAssembler.AssemblerOptions options = FlowAssembler.AssemblerOptions.DEFAULT;
        final Conversation conversation = new Conversation(
                frozen ? options.spillingTo(new FlowAssembler.Spill(folder, 0, Long.MAX_VALUE)) : options);
        final int segments = frozen ? SEGMENTS / 4 : SEGMENTS;
        conversation.handshake();
        for (int i = 0; i < segments; i++) {
            final int offset = 3 * (backwards ? segments - i : i);
            conversation.send(conversation
                    .fromClient()
                    .seq(conversation.clientIsn + 2 + offset)
                    .ack(conversation.serverIsn + 1)
                    .payload("ab")
                    .cutTo(cut ? 1 : 2));
        }
        final FlowRecord flow =
                conversation.client(3 * segments + 4, 0, "", TcpFlags.FIN).only();
        final FlowCounters counters = conversation.assembler.counters();
        assertThat(counters.get(FlowCounter.HOLES_FORGOTTEN)).isGreaterThan(segments / 4);
        assertThat(counters.get(FlowCounter.NEW_BYTES)).isEqualTo(2L * segments);
        assertThat(flow.clientStream().bytes()).isEqualTo(2L * segments);
        assertThat(flow.clientStream().capturedBytes()).isEqualTo((cut ? 1L : 2L) * segments);
        assertThat(flow.clientStream().gapBytes()).isEqualTo(segments + 4L);
        assertThat(flow.skipReason()).isEqualTo(FlowRecord.SkipReason.GAP);
    }
}
