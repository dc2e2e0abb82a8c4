package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The size bound: client payload + 200 bytes a flow + 40 bytes an exchange, heads of answers on top. */
final class FlowDbSizeTest {
    private static final int FLOWS = 5_000;

    @TempDir
    private Path folder;

    private long overhead(final int minExchanges, final int maxExchanges, final int headBytes) throws IOException {
        final Path file = folder.resolve("size.tfdb");
        final Random random = new Random(7);
        long allowed = 0;
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            for (int id = 1; id <= FLOWS; id++) {
                final int exchanges = minExchanges + random.nextInt(maxExchanges - minExchanges + 1);
                final FlowAndBytes flow = SampleFlows.http(id, 0, exchanges, headBytes);
                flow.writeTo(writer);
                allowed += flow.bytes().length + 200L + 40L * exchanges;
                for (int i = 0; i < exchanges; i++) {
                    allowed += flow.flow().exchanges().head(i).length;
                }
            }
            writer.commit(SampleFlows.capture(0, FLOWS));
        }
        return Files.size(file) - allowed;
    }

    @Test
    void emptyFlowsStayBelowTheBound() throws IOException {
        assertThat(overhead(0, 0, 0)).isNegative();
    }

    @Test
    void flowsOfOneExchangeStayBelowTheBound() throws IOException {
        assertThat(overhead(1, 1, 0)).isNegative();
    }

    @Test
    void keepAliveFlowsStayBelowTheBound() throws IOException {
        assertThat(overhead(50, 100, 0)).isNegative();
    }

    @Test
    void headsComeOnTop() throws IOException {
        assertThat(overhead(1, 20, 256)).isNegative();
    }
}
