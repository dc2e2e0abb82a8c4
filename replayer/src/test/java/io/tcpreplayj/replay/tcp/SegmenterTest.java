package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import org.junit.jupiter.api.Test;

class SegmenterTest {
    /** Two rows of 100 and 2000 bytes; the second with URG, its pointer behind byte 1500. */
    private static FlowScript urgent() {
        final FlowScript plain = Scripts.flow()
                .send("a".repeat(100))
                .send("b".repeat(2000))
                .answer(1)
                .build();
        final FlowRecord f = plain.flow();
        final ClientEvents events = new ClientEvents(
                new byte[] {ClientEvents.DATA, ClientEvents.DATA},
                new byte[] {ClientEvents.PSH, ClientEvents.PSH | ClientEvents.URG},
                new int[] {100, 2000},
                new int[] {0, 1500},
                new long[2],
                new long[2],
                new long[2]);
        final FlowRecord flow = new FlowRecord(
                f.id(),
                f.captureId(),
                f.client(),
                f.server(),
                f.tunnel(),
                f.startNs(),
                f.endNs(),
                f.clientStream(),
                f.serverStream(),
                f.handshake(),
                f.close(),
                f.midstream(),
                f.app(),
                f.requests(),
                f.skipReason(),
                f.opening(),
                events,
                f.exchanges());
        return new FlowScript(flow, plain.clientBytes());
    }

    @Test
    void tf18_urgentPointerStaysAtItsOffset_whenTheSegmentIsCut() {
        final Scene scene = new Scene(urgent());
        scene.establish(new byte[] {2, 4, 3, (byte) 232}, 65535);
        assertThat(scene.expect("PA", 1, 1).urgent()).isZero();
        assertThat(scene.expect("AU", 101, 1).urgent()).isEqualTo(1500);
        assertThat(scene.expect("PAU", 1101, 1).urgent()).isEqualTo(500);
    }

    @Test
    void tf19_aTinyMss_isNotObeyedBelow48() {
        final Scene scene = new Scene(urgent());
        scene.establish(new byte[] {2, 4, 0, 1}, 65535);
        assertThat(scene.expect("A", 1, 1).payload()).hasSize(48);
    }
}
