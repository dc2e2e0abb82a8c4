package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.nio.file.Path;

/** Commits one capture after the other and says so on stdout, until it is killed. */
final class CrashingWriter {
    static final int FLOWS_A_COMMIT = 200;

    private CrashingWriter() {}

    public static void main(final String[] args) throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(Path.of(args[0]))) {
            while (true) {
                final int capture = writer.nextCaptureId();
                final long first = writer.nextFlowId();
                for (long id = first; id < first + FLOWS_A_COMMIT; id++) {
                    flow(id, capture).writeTo(writer);
                }
                writer.commit(SampleFlows.capture(capture, FLOWS_A_COMMIT));
                System.out.println(capture);
            }
        }
    }

    static FlowAndBytes flow(final long id, final int capture) {
        return id % 3 == 0 ? SampleFlows.odd(id, capture, id) : SampleFlows.http(id, capture, (int) (id % 8), 64);
    }
}
