package io.tcpreplayj.replay.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class LiveConversationTest {
    private static final long S_NS = 1_000_000_000L;

    private final LiveConversation conversation =
            new LiveConversation(1, new Endpoint(IpAddress.parse("127.0.0.1"), 53), true);

    private int asks(final int id, final long atNs) {
        final byte[] query = Conversations.query(id);
        return conversation.onClient(ByteBuffer.wrap(query), query.length, atNs);
    }

    private int answers(final int id, final long atNs) {
        final byte[] answer = Conversations.answer(Conversations.query(id), 3);
        return conversation.onServer(ByteBuffer.wrap(answer), 0, answer.length, atNs);
    }

    @Test
    void answerIsTold_withItsLatency_andOpensTheGate() {
        assertThat(asks(1, 0)).isZero();
        assertThat(asks(2, S_NS)).isEqualTo(1);
        assertThat(conversation.gate(7)).isZero();
        assertThat(answers(2, 3 * S_NS)).isEqualTo(1);
        assertThat(conversation.latencyNs()).isEqualTo(2 * S_NS);
        assertThat(conversation.rcode()).isEqualTo(3);
        assertThat(answers(2, 3 * S_NS)).as("once more").isEqualTo(DnsQueries.NONE);
        assertThat(conversation.gate(9)).isOne();
    }

    /** A forwarder keeps its port for ever, and asks for names that nobody answers. */
    @Test
    void queryWithoutAnAnswer_isForgotten() {
        for (int id = 0; id < 1_000; id++) {
            asks(id, id * S_NS);
        }
        assertThat(conversation.oldestOpen()).isEqualTo(970);
        assertThat(answers(969, 999 * S_NS)).isEqualTo(DnsQueries.NONE);
        assertThat(answers(970, 999 * S_NS)).isEqualTo(970);
        assertThat(conversation.latencyNs()).isEqualTo(29 * S_NS);
        assertThat(asks(1, 999 * S_NS)).as("asked again, it is another").isEqualTo(1_000);
        assertThat(conversation.oldestOpen()).isEqualTo(971);
    }
}
