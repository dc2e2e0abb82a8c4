package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that decode behind a CRC that holds, and yet contradict themselves. */
final class RecordCheckTest {
    private static final byte[] PAYLOAD = new byte[7];

    @TempDir
    private Path folder;

    private static FlowRecord flow(
            final int capture, final int requests, final ClientEvents rows, final Exchanges all) {
        return SampleFlows.with(SampleFlows.http(1, 0, 2).flow(), capture, requests, null, rows, all);
    }

    /** Two rows of data and a FIN. */
    private static ClientEvents rows(
            final int length, final int finLength, final int urgent, final long gate, final long delayNs) {
        return new ClientEvents(
                new byte[] {ClientEvents.DATA, ClientEvents.DATA, ClientEvents.FIN},
                new byte[] {0, ClientEvents.URG, 0},
                new int[] {4, length, finLength},
                new int[] {0, urgent, 0},
                new long[] {10, gate, 30},
                new long[] {0, delayNs, 0},
                new long[] {0, -5, -10});
    }

    private static ClientEvents soundRows() {
        return rows(3, 0, 1, 20, 0);
    }

    /** One exchange after one that covers the first row. */
    private static Exchanges exchanges(final int first, final int count, final int requests, final long bytes) {
        return new Exchanges(
                new int[] {0, first},
                new int[] {1, count},
                new int[] {1, requests},
                new long[] {0, bytes},
                new long[] {-1, -1},
                new long[] {-1, -1},
                new long[] {-1, -1},
                new byte[2][0]);
    }

    private static Exchanges soundExchanges() {
        return exchanges(1, 1, 1, 10);
    }

    private void write(final FlowRecord flow, final byte[] payload) throws IOException {
        Files.deleteIfExists(folder.resolve("crafted.tfdb"));
        try (FlowDbWriter writer = FlowDbWriter.open(folder.resolve("crafted.tfdb"))) {
            writer.onFlow(flow, ByteBuffer.wrap(payload));
            writer.commit(SampleFlows.capture(0, 1));
        }
    }

    private void refused(final FlowRecord flow, final byte[] payload, final String what) throws IOException {
        write(flow, payload);
        final Path file = folder.resolve("crafted.tfdb");
        try (FlowDb db = FlowDb.open(file)) {
            assertThatThrownBy(() -> db.flow(1)).satisfies(e -> isNamed(e, file, what));
            assertThatThrownBy(() -> db.clientBytes(1)).satisfies(e -> isNamed(e, file, what));
            assertThatThrownBy(() -> db.forEach(any -> {})).satisfies(e -> isNamed(e, file, what));
        }
    }

    private static void isNamed(final Throwable e, final Path file, final String what) {
        assertThat(e)
                .isInstanceOf(CorruptFlowDbException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(what)
                .hasMessageContaining("at byte ");
    }

    private void rowsRefused(final ClientEvents rows, final String what) throws IOException {
        refused(flow(0, 2, rows, soundExchanges()), PAYLOAD, what);
    }

    private void exchangesRefused(final Exchanges exchanges, final String what) throws IOException {
        refused(flow(0, 2, soundRows(), exchanges), PAYLOAD, what);
    }

    @Test
    void soundFlowWhoseTimesRunBackwards_isRead() throws IOException {
        write(flow(0, 2, soundRows(), soundExchanges()), PAYLOAD);
        try (FlowDb db = FlowDb.open(folder.resolve("crafted.tfdb"))) {
            assertThat(db.clientBytes(1).remaining()).isEqualTo(PAYLOAD.length);
        }
    }

    @Test
    void captureThatIsNotThere() throws IOException {
        refused(flow(99, 2, soundRows(), soundExchanges()), PAYLOAD, "capture id 99 of 1");
    }

    @Test
    void payloadShorterThanTheRows() throws IOException {
        refused(flow(0, 2, soundRows(), soundExchanges()), new byte[3], "rows of 7 bytes for a payload of 3");
    }

    @Test
    void replayableWithoutData() throws IOException {
        final FlowRecord empty = SampleFlows.http(1, 0, 0).flow();
        refused(SampleFlows.with(empty, 0, 0, null, empty.events(), empty.exchanges()), new byte[0], "no row of data");
    }

    @Test
    void negativeRequests() throws IOException {
        refused(flow(0, -1, soundRows(), soundExchanges()), PAYLOAD, "requests -1");
        exchangesRefused(exchanges(1, 1, -1, 10), "requests -1 of exchange 1");
    }

    @Test
    void negativeLengthGateOrDelay() throws IOException {
        rowsRefused(rows(-3, 0, 0, 20, 0), "length -3 of row 1");
        rowsRefused(rows(3, 2, 0, 20, 0), "length 2 of row 2 of kind 1");
        rowsRefused(rows(3, 0, -1, 20, 0), "urgent pointer -1");
        rowsRefused(rows(3, 0, 0, 9, 0), "gate 9 of row 1 after 10");
        rowsRefused(rows(3, 0, 0, 20, -1), "delay -1 of row 1");
    }

    @Test
    void exchangesThatDoNotFitTheRows() throws IOException {
        exchangesRefused(exchanges(0, 1, 1, 10), "exchange 1 of 1 rows from row 0");
        exchangesRefused(exchanges(-1, 1, 1, 10), "exchange 1 of 1 rows from row -1");
        exchangesRefused(exchanges(1, 0, 1, 10), "exchange 1 of 0 rows");
        exchangesRefused(exchanges(1, Integer.MAX_VALUE, 1, 10), "exchange 1 of 2147483647 rows");
        exchangesRefused(exchanges(1, 2, 1, 10), "exchange 1 over row 2 of kind 1");
        exchangesRefused(exchanges(1, 1, 1, -10), "response bytes -10");
    }
}
