package io.tcpreplayj.flow.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class DnsQueriesTest {
    private final DnsQueries queries = new DnsQueries();

    private static ByteBuffer message(final int id, final int flags, final char name) {
        return ByteBuffer.wrap(HexFormat.of()
                .parseHex(String.format("%04x%04x00010000000000000" + "1%02x0000010001", id, flags, (int) name)));
    }

    private int ask(final int id, final char name) {
        final ByteBuffer bytes = message(id, 0x0100, name);
        return queries.onClient(bytes, 0, bytes.limit());
    }

    private int answer(final int id, final char name) {
        final ByteBuffer bytes = message(id, 0x8180, name);
        return queries.onServer(bytes, 0, bytes.limit());
    }

    @Test
    void answersOutOfOrder_findTheirQueries() {
        assertThat(ask(1, 'a')).isZero();
        assertThat(ask(1, 'b')).as("the same id, another question").isEqualTo(1);
        assertThat(ask(2, 'a')).isEqualTo(2);
        assertThat(answer(2, 'a')).isEqualTo(2);
        assertThat(answer(1, 'b')).isEqualTo(1);
        assertThat(answer(1, 'A')).isZero();
        assertThat(answer(1, 'a')).as("once more").isEqualTo(DnsQueries.NONE);
        assertThat(queries.size()).isEqualTo(3);
    }

    @Test
    void queryThatComesAgain_isTheSame_untilItWasAnswered() {
        assertThat(ask(1, 'a')).isZero();
        assertThat(ask(1, 'a')).isZero();
        assertThat(answer(1, 'a')).isZero();
        assertThat(ask(1, 'a')).isEqualTo(1);
        assertThat(queries.size()).isEqualTo(2);
    }

    @Test
    void answerWithoutQuestion_isKnownByItsId_ifThatIsOneQuerys() {
        final ByteBuffer formErr = ByteBuffer.wrap(HexFormat.of().parseHex("000181810000000000000000"));
        ask(1, 'a');
        assertThat(queries.onServer(formErr, 0, 12)).isZero();
        ask(1, 'b');
        ask(1, 'c');
        assertThat(queries.onServer(formErr, 0, 12)).isEqualTo(DnsQueries.NONE);
    }

    @Test
    void queryThatIsForgotten_waitsNoMore() {
        ask(1, 'a');
        ask(2, 'a');
        ask(3, 'a');
        queries.forgetBefore(2);
        assertThat(answer(1, 'a')).isEqualTo(DnsQueries.NONE);
        assertThat(answer(2, 'a')).isEqualTo(DnsQueries.NONE);
        assertThat(answer(3, 'a')).isEqualTo(2);
        assertThat(ask(1, 'a')).as("asked again, it is another").isEqualTo(3);
    }

    @Test
    void whatIsNoMessage_isNoQuery() {
        assertThat(queries.onClient(ByteBuffer.allocate(3), 0, 3)).isEqualTo(DnsQueries.NONE);
        assertThat(queries.onServer(ByteBuffer.allocate(3), 0, 3)).isEqualTo(DnsQueries.NONE);
        assertThat(answer(1, 'a')).as("nobody asked").isEqualTo(DnsQueries.NONE);
    }
}
