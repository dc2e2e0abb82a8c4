package io.tcpreplayj.flow;

import static io.tcpreplayj.flow.Conversation.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.TcpFlags;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Gates, think times and exchanges as {@link ClientEvents} and {@link Exchanges} define them. */
final class ThinkTimeTest {
    private final Conversation conversation = new Conversation();

    @Test
    void capturedAtTheClient_isTheTimeSinceTheLastServerByte() {
        final FlowRecord flow = conversation
                .syn()
                .after(20)
                .synAck()
                .client(0, 0, "")
                .after(5)
                .client(0, 0, "one")
                .after(20)
                .server(0, 3, "aaaa")
                .server(4, 3, "bbbb")
                .client(3, 8, "")
                .after(30)
                .client(3, 8, "two")
                .client(6, 8, "more")
                .only();
        assertThat(flow.opening().capturedAtServer()).isFalse();
        assertThat(flow.opening().roundTripNs()).isEqualTo(21 * MS);
        assertThat(flow.events().delayNs(0)).as("since established").isEqualTo(5 * MS);
        assertThat(flow.events().delayNs(1)).as("since bbbb, not since the ACK").isEqualTo(31 * MS);
        assertThat(flow.events().delayNs(2))
                .as("no new server byte: since the row before")
                .isEqualTo(MS);
        assertThat(flow.exchanges().size()).isEqualTo(2);
        assertThat(flow.exchanges().eventCount(1)).isEqualTo(2);
    }

    @Test
    void capturedAtTheServer_isLessOneRoundTrip() {
        final FlowRecord flow = conversation
                .syn()
                .synAck()
                .after(20)
                .client(0, 0, "")
                .client(0, 0, "one")
                .server(0, 3, "answer")
                .after(50)
                .client(3, 6, "two")
                .only();
        assertThat(flow.opening().capturedAtServer()).isTrue();
        assertThat(flow.events().delayNs(0)).isEqualTo(MS);
        assertThat(flow.events().delayNs(1)).isEqualTo((50 - 21) * MS);
    }

    @Test
    void capturedAtTheServer_gateIsWhatTheClientHadSeen() {
        // The second answer leaves before the client has seen the first one whole.
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "one")
                .server(0, 3, "aaaa")
                .server(4, 3, "bbbb")
                .client(3, 4, "two")
                .server(8, 6, "cc")
                .client(6, 10, "", TcpFlags.FIN)
                .only();
        assertThat(flow.events().gate(1)).isEqualTo(4);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(4);
        assertThat(flow.exchanges().responseBytes(1)).isEqualTo(6);
        assertThat(new String(flow.exchanges().head(1), StandardCharsets.US_ASCII))
                .isEqualTo("bbbbcc");
        assertThat(flow.exchanges().digest(1)).isNotEqualTo(-1);
    }

    @Test
    void gateInTheMiddleOfAServerSegment_cutsTheAnswerThere() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "one")
                .server(0, 3, "aaabbb")
                .client(3, 3, "two")
                .client(6, 6, "")
                .only();
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(3);
        assertThat(new String(flow.exchanges().head(1), StandardCharsets.US_ASCII))
                .isEqualTo("bbb");
    }

    @Test
    void reorderedClientSegments_rowsInStreamOrderWithTheirOwnTimes() {
        conversation.handshake();
        final long startNs = conversation.nowNs - 2 * MS;
        conversation.client(3, 0, "def").client(0, 0, "abc");
        final FlowRecord flow = conversation.only();
        assertThat(conversation.clientBytes).containsExactly("abcdef");
        assertThat(flow.events().sentNs(0) + startNs).isEqualTo(conversation.nowNs);
        assertThat(flow.events().sentNs(1) + startNs).isEqualTo(conversation.nowNs - MS);
    }

    @Test
    void retransmittedAnswer_keepsTheTimesOfTheFirstCopy() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "one")
                .server(0, 3, "answer")
                .after(300)
                .server(0, 3, "answer")
                .client(3, 6, "two")
                .only();
        assertThat(flow.exchanges().lastResponseNs(0)).isEqualTo(4 * MS);
        assertThat(flow.events().delayNs(1)).isEqualTo(301 * MS);
    }

    @Test
    void serverFin_countsAsOneByteOfTheGate() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "one")
                .server(0, 3, "answer")
                .server(6, 3, "", TcpFlags.FIN)
                .after(7)
                .client(3, 7, "", TcpFlags.FIN)
                .only();
        assertThat(flow.events().kind(1)).isEqualTo(ClientEvents.FIN);
        assertThat(flow.events().gate(1)).isEqualTo(7);
        assertThat(flow.events().delayNs(1)).isEqualTo(7 * MS);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(6);
    }

    @Test
    void serverGreeting_belongsToNoExchange() {
        final FlowRecord flow = conversation
                .handshake()
                .server(0, 0, "hello")
                .client(0, 5, "one")
                .server(5, 3, "answer")
                .client(3, 11, "", TcpFlags.RST)
                .only();
        assertThat(flow.exchanges().size()).isEqualTo(1);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(6);
        assertThat(flow.events().kind(1)).isEqualTo(ClientEvents.RST);
    }

    @Test
    void holeInAnAnswer_spoilsThatAnswerAlone() {
        final FlowRecord flow = conversation
                .handshake()
                .client(0, 0, "one")
                .server(4, 3, "lost head")
                .client(3, 13, "two")
                .server(13, 6, "whole")
                .client(6, 18, "", TcpFlags.FIN)
                .only();
        assertThat(flow.skipReason()).isNull();
        assertThat(flow.serverStream().gapBytes()).isEqualTo(4);
        assertThat(flow.exchanges().responseBytes(0)).isEqualTo(13);
        assertThat(flow.exchanges().digest(0)).isEqualTo(-1);
        assertThat(flow.exchanges().digest(1)).isNotEqualTo(-1);
    }
}
