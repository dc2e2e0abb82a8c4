package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientHeaders;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LikenessTest {
    private static final ClientHeaders CAPTURED = new ClientHeaders(0x8000_0001, 46, 57);
    private static final long MS = 1_000_000L;

    private static FlowScript script(final ClientHeaders headers) {
        return Scripts.flow()
                .send("request;")
                .after(MS)
                .answer("answer;")
                .after(MS)
                .rst()
                .headers(headers)
                .build();
    }

    /** DSCP and hop limit of each packet that a session sends, as "46/57". */
    private static List<String> marks(final FlowScript script, final Likeness likeness, final boolean v6) {
        final Scene scene = new Scene(script, TcpConfig.defaults(1500).like(likeness), v6);
        final List<String> marks = new ArrayList<>();
        scene.session.connect(Scene.ISS, Scene.TS_OFFSET, scene.nowNs, scene.nowNs);
        final SegmentSink sink = (session, segment) -> {
            final PacketView packet = scene.packets.view(scene.packets.bytes(segment, scene.client, scene.target));
            marks.add(packet.dscp() + "/" + packet.hopLimit());
            return true;
        };
        scene.session.poll(sink, scene.nowNs);
        scene.quietly("SA", 0, 1, 65_535, Scene.SYN_ACK_OPTIONS, "");
        scene.session.poll(sink, scene.nowNs);
        scene.quietly("PA", 1, 9, 512, Scene.NO_OPTIONS, "answer;");
        scene.session.poll(sink, scene.nowNs);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
        // SYN, request, RST.
        assertThat(marks).hasSize(3);
        return marks;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tf47_dscpAndHopLimit_areOursUnlessAskedFor(final boolean v6) {
        assertThat(marks(script(CAPTURED), Likeness.NONE, v6)).containsOnly("0/64");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tf47_dscpAndHopLimit_asCaptured(final boolean v6) {
        final Likeness captured = new Likeness(AckStyle.RFC, false, false, Likeness.CAPTURED, Likeness.CAPTURED);
        assertThat(marks(script(CAPTURED), captured, v6)).containsOnly("46/57");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tf47_dscpAndHopLimit_asGiven(final boolean v6) {
        assertThat(marks(script(CAPTURED), new Likeness(AckStyle.RFC, false, false, 63, 255), v6))
                .containsOnly("63/255");
    }

    @Test
    void tf47_flowWhoseHeadersAreUnknown_hasOurs() {
        final Likeness captured = new Likeness(AckStyle.RFC, false, true, Likeness.CAPTURED, Likeness.CAPTURED);
        assertThat(marks(script(ClientHeaders.UNKNOWN), captured, false)).containsOnly("0/64");
    }

    @Test
    void tf03_capturedSequenceNumber_onlyWhenAskedForAndKnown() {
        final Likeness preserving = new Likeness(AckStyle.RFC, false, true, 0, Likeness.USUAL_HOP_LIMIT);
        assertThat(preserving.issOf(CAPTURED, 7)).isEqualTo(0x8000_0001);
        assertThat(preserving.issOf(ClientHeaders.UNKNOWN, 7)).isEqualTo(7);
        assertThat(Likeness.NONE.issOf(CAPTURED, 7)).isEqualTo(7);
    }
}
