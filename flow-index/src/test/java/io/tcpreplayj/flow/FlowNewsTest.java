package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.TcpFlags;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an observer is told, and when. {@link Heard} compares it with the record. */
final class FlowNewsTest {
    private final Heard heard = new Heard();
    private final Conversation conversation = new Conversation(new FlowAssembler.AssemblerOptions(true, 16), heard);

    @BeforeEach
    void observe() {
        conversation.assembler.observe(heard);
    }

    private List<String> told() {
        final List<String> told = List.copyOf(heard.events);
        heard.events.clear();
        return told;
    }

    private void finish() {
        conversation.assembler.finish();
    }

    @Test
    void eachRow_isToldWithTheSegmentThatBringsIt() {
        conversation.handshake();
        assertThat(told()).isEmpty();
        conversation.client(0, 0, "GET ");
        assertThat(told()).containsExactly("opened 1", "row 1 'GET ' at 0 of 0");
        conversation.client(4, 0, "/");
        assertThat(told()).containsExactly("row 1 '/' at 0 of 0");
        conversation.client(5, 0, "", TcpFlags.FIN);
        assertThat(told()).containsExactly("row 1 '' at 0 of 0");
        finish();
        assertThat(told()).containsExactly("ended 1");
    }

    @Test
    void anAnswer_isToldWhenTheClientAsksForMore_beforeThatIs() {
        conversation.handshake().client(0, 0, "ask").server(0, 3, "answer").client(3, 6, "");
        told();
        conversation.client(3, 6, "more");
        assertThat(told()).containsExactly("answer 1 6", "row 1 'more' at 6 of 6");
        finish();
    }

    @Test
    void aGateBeforeWhatTheServerSent_saysSo() {
        conversation.handshake().client(0, 0, "ask").server(0, 3, "answer");
        told();
        conversation.client(3, 2, "more");
        assertThat(told()).containsExactly("answer 1 2", "row 1 'more' at 2 of 6");
        finish();
    }

    @Test
    void aGateThatIncludesTheServersFin_isBeyondItsBytes() {
        conversation.handshake().client(0, 0, "ask").server(0, 3, "answer", TcpFlags.FIN);
        told();
        conversation.client(3, 7, "", TcpFlags.FIN);
        assertThat(told()).containsExactly("row 1 '' at 7 of 6");
        finish();
    }

    @Test
    void rowsBehindAHole_waitUntilItIsFilled() {
        conversation.handshake().client(3, 0, "def").client(6, 0, "", TcpFlags.FIN);
        assertThat(told()).isEmpty();
        conversation.client(0, 0, "abc");
        assertThat(told())
                .containsExactly("opened 1", "row 1 'abc' at 0 of 0", "row 1 'def' at 0 of 0", "row 1 '' at 0 of 0");
        finish();
    }

    /** Before that the first segment seen may be one that overtook others. */
    @Test
    void withoutASyn_rowsAreTold_onceTheServerHasAcknowledgedTheFirst() {
        conversation.client(0, 0, "ask");
        assertThat(told()).isEmpty();
        conversation.server(0, 0, "");
        assertThat(told()).isEmpty();
        conversation.server(0, 3, "answer");
        assertThat(told()).containsExactly("opened 1", "row 1 'ask' at 0 of 6");
        conversation.client(3, 6, "more");
        assertThat(told()).containsExactly("answer 1 6", "row 1 'more' at 6 of 6");
        finish();
        assertThat(told()).containsExactly("ended 1");
    }

    @Test
    void aHoleThatIsNeverFilled_losesTheFlow() {
        conversation.handshake().client(0, 0, "abc").client(9, 0, "jkl");
        told();
        finish();
        assertThat(told()).containsExactly("lost 1 gap", "ended 1");
    }

    @Test
    void whoWantsNothing_hearsTheEndAlone() {
        heard.wanted = false;
        conversation.handshake().client(0, 0, "abc").server(0, 3, "d").client(3, 1, "e");
        finish();
        assertThat(told()).containsExactly("opened 1", "ended 1");
    }

    @Test
    void aTupleUsedAgain_endsTheFlowBefore() {
        conversation.handshake().client(0, 0, "abc");
        conversation.clientIsn += 100_000;
        conversation.serverIsn += 100_000;
        conversation.handshake().client(0, 0, "def");
        finish();
        assertThat(told())
                .containsExactly(
                        "opened 1", "row 1 'abc' at 0 of 0", "ended 1", "opened 2", "row 2 'def' at 0 of 0", "ended 2");
    }

    @Test
    void withoutPayload_thereIsNothingToHear() throws IOException {
        try (FlowAssembler blind =
                new FlowAssembler(0, 1, FlowAssembler.AssemblerOptions.DEFAULT.withoutPayload(), heard)) {
            assertThatThrownBy(() -> blind.observe(heard)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
