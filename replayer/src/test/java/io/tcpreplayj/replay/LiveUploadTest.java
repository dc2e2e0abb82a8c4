package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.replay.script.Scripts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that send a hundred times as much as there is memory for what waits to be sent. */
@Timeout(120)
final class LiveUploadTest {
    private static final int BYTES = 300 << 20;
    /** So much is captured before the target has it. */
    private static final long AHEAD_BYTES = 1 << 19;
    /** A segmentation-offloaded one, as cards hand them over. */
    private static final int SEGMENT_BYTES = 32 << 10;

    private static final String ANSWER = "HTTP/1.1 204 No Content\r\n\r\n";

    private final CRC32C sum = new CRC32C();
    private final ClientRow row = new ClientRow();
    private long sent;
    private int exchange = -1;
    private long gate;

    /** Half of 4 MiB is for what waits to be sent. */
    private static LiveReplay replay(final SinkTarget target) throws IOException {
        return LiveReplay.start(LiveScene.options(target.endpoint(), "socket", 1, 100), Replay.Progress.NONE);
    }

    private static void open(final FlowObserver observer, final FlowRecord flow) {
        observer.onOpened(
                new OpenFlow(flow.id(), flow.client(), flow.server(), 0, 0, false, true, flow.app(), flow.opening()));
    }

    private void asks(final FlowObserver observer, final byte[] text) {
        observer.onRow(
                1,
                row.data(ClientEvents.PSH, 0, text, 0, text.length)
                        .at(exchange, gate, 0, 0)
                        .server(gate, -1, -1));
        sum.update(text);
        sent += text.length;
    }

    private void closes(final FlowObserver observer, final FlowRecord flow) {
        observer.onRow(1, row.closing(ClientEvents.FIN).at(exchange, gate, 0, 0).server(gate, -1, -1));
        observer.onEnded(flow);
    }

    @Test
    void anUpload_isReplayedWhole() throws Exception {
        final byte[] head =
                ("POST / HTTP/1.1\r\nContent-Length: " + BYTES + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        final FlowRecord flow = Scripts.flow()
                .id(1)
                .app(FlowRecord.App.HTTP)
                .send("POST")
                .answer(ANSWER)
                .fin()
                .build()
                .flow();
        try (SinkTarget target = new SinkTarget("127.0.0.1", BYTES + head.length, ANSWER);
                LiveReplay replay = replay(target)) {
            open(replay.observer(), flow);
            exchange = 0;
            asks(replay.observer(), head);
            final byte[] segment = new byte[SEGMENT_BYTES];
            for (int at = 0; at < BYTES; at += SEGMENT_BYTES) {
                Arrays.fill(segment, (byte) (at / SEGMENT_BYTES));
                asks(replay.observer(), segment);
                target.await(sent - AHEAD_BYTES);
            }
            gate = ANSWER.length();
            closes(replay.observer(), flow);
            final LiveResult result = replay.finish(() -> {});
            assertThat(result.lost()).isEmpty();
            assertThat(result.replay().requests()).isEqualTo(new ReplayResult.Requests(1, 1, 1, 0));
            assertThat(result.replay().responses().matched()).isOne();
            assertThat(result.replay().bytes().clientPlanned()).isEqualTo(sent);
            assertThat(target.taken()).isEqualTo(sent);
            assertThat(target.sum()).isEqualTo(sum.getValue());
        }
    }

    /** What is kept of each request and its answer counts as well, however short they are. */
    @Test
    void aConnectionThatAsksForEver_isReplayedWhole() throws Exception {
        final int requests = 10_000;
        final FlowRecord flow =
                Scripts.flow().id(1).send("x").answer(1).fin().build().flow();
        try (SinkTarget target = new SinkTarget("127.0.0.1", 8, "!");
                LiveReplay replay = replay(target)) {
            open(replay.observer(), flow);
            for (int request = 0; request < requests; request++) {
                exchange++;
                asks(replay.observer(), String.format("%08d", request).getBytes(StandardCharsets.US_ASCII));
                target.await(sent - 800);
                gate++;
                replay.observer().onAnswer(1, exchange, 1, 0, 0, -1, new byte[256]);
            }
            closes(replay.observer(), flow);
            final LiveResult result = replay.finish(() -> {});
            assertThat(result.lost()).isEmpty();
            assertThat(result.replay().requests())
                    .isEqualTo(new ReplayResult.Requests(requests, requests, requests, 0));
            assertThat(result.captured().requests()).isEqualTo(requests);
            assertThat(result.captured().requestsAfterEnd()).isZero();
            assertThat(target.sum()).isEqualTo(sum.getValue());
        }
    }
}
