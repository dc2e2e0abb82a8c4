package io.tcpreplayj.flow;

import io.tcpreplayj.flow.db.StoredFlow;
import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import io.tcpreplayj.packet.PacketView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Input: how little memory there is, then a {@link SegmentProgram}. An assembler that has to freeze its flows makes the same
 * records of it as one that keeps them all in memory.
 */
public final class SpillFuzz {
    /** A flow takes 550 bytes before it has payload. */
    private static final int[] HOT_BYTES = {0, 600, 1_500, 4_000};

    private static final Path FOLDER = folder();

    private final List<byte[]> records = new ArrayList<>();
    private final FlowAssembler assembler;

    private SpillFuzz(final FlowAssembler.AssemblerOptions options) {
        assembler = new FlowAssembler(0, 1, options, this::onFlow);
    }

    private static Path folder() {
        final Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
    }

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, SpillFuzz::compare);
    }

    private static void compare(final byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        final FlowAssembler.AssemblerOptions options = new FlowAssembler.AssemblerOptions(false, 64);
        final int hotBytes = HOT_BYTES[(input[0] & 0xff) % HOT_BYTES.length];
        final SpillFuzz roomy = new SpillFuzz(options);
        final SpillFuzz tight =
                new SpillFuzz(options.spillingTo(new FlowAssembler.Spill(FOLDER, hotBytes, Long.MAX_VALUE)));
        final SegmentProgram program = new SegmentProgram(Arrays.copyOfRange(input, 1, input.length));
        try (FlowAssembler first = roomy.assembler;
                FlowAssembler second = tight.assembler) {
            PacketView segment = program.next();
            while (segment != null) {
                first.onSegment(segment, program.nowNs());
                second.onSegment(segment, program.nowNs());
                segment = program.next();
            }
            first.finish();
            second.finish();
            for (final FlowCounter counter : FlowCounter.values()) {
                if (first.counters().get(counter) != second.counters().get(counter)) {
                    throw new AssertionError(counter + ": " + first.counters().get(counter) + " in memory, "
                            + second.counters().get(counter) + " on disk");
                }
            }
        }
        if (!Arrays.deepEquals(roomy.records.toArray(), tight.records.toArray())) {
            throw new AssertionError("other records with " + hotBytes + " bytes of memory");
        }
    }

    private void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        final byte[] bytes = new byte[clientBytes.remaining()];
        clientBytes.get(clientBytes.position(), bytes);
        records.add(StoredFlow.encode(flow));
        records.add(bytes);
    }

    /** As {@link FlowAssemblerFuzz}, with no memory and with some. */
    public static List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        for (final byte[] program : SegmentProgram.seeds()) {
            seeds.add(Seeds.join(new byte[] {(byte) (seeds.size() % HOT_BYTES.length)}, program));
        }
        return seeds;
    }
}
