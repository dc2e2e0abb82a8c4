package io.tcpreplayj.bench;

import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDbWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Makes a database of many small flows, for {@code benchmarks/peers/flows-million.sh}: HTTP connections of one exchange,
 * each tenth of twelve, as the assembler makes them of packets. So many at a time, so memory does not grow with them but
 * for the directory.
 */
final class ManyFlows {
    private static final int BATCH = 1_000;
    private static final int ANSWER_BYTES = 200;

    private ManyFlows() {}

    /** Arguments: the file, which must not exist, and how many flows. */
    public static void main(final String[] words) throws IOException {
        final int flows = Integer.parseInt(words[1]);
        try (FlowDbWriter writer = FlowDbWriter.open(Path.of(words[0]))) {
            final ByteBuffer request = Traffic.request();
            final ByteBuffer answer = Traffic.answer(ANSWER_BYTES);
            for (int first = 0; first < flows; first += BATCH) {
                final Assembly assembly = new Assembly(first + 1L, writer);
                final Traffic traffic = new Traffic(assembly, false);
                for (int i = first; i < Math.min(flows, first + BATCH); i++) {
                    final Traffic.Connection connection = traffic.connection(i).open();
                    for (int exchange = i % 10 == 0 ? 12 : 1; exchange > 0; exchange--) {
                        connection.exchange(request, answer);
                    }
                    connection.acknowledge().close();
                }
                assembly.assembler.finish();
            }
            writer.commit(new CaptureInfo(0, "made-up.pcap", 1, 1, 1, 1, 1, flows, false));
        }
    }
}
