package io.tcpreplayj.flow.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DnsMessageTest {
    private static final String QUERY = "1a2b0100 0001000000000000 03777777 07 4578616d706c65 03636f6d 00 001c 0001";

    private final DnsMessage message = new DnsMessage();

    private boolean read(final String hex) {
        final byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        return message.read(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    @Test
    void query_isRead() {
        assertThat(read(QUERY)).isTrue();
        assertThat(message.id()).isEqualTo(0x1a2b);
        assertThat(message.isResponse()).isFalse();
        assertThat(message.nameText()).isEqualTo("www.example.com.");
        assertThat(DnsNames.type(message.type())).isEqualTo("AAAA");
        assertThat(message.isStrictQuery(33)).isTrue();
        assertThat(message.isStrictQuery(34)).as("a byte behind it").isFalse();
    }

    @Test
    void answer_isRead() {
        assertThat(read("1a2b8383 0001 0002 0000 0000 0161 00 0001 0001")).isTrue();
        assertThat(message.isResponse()).isTrue();
        assertThat(message.isTruncated()).isTrue();
        assertThat(DnsNames.rcode(message.rcode())).isEqualTo("NXDOMAIN");
        assertThat(message.answers()).isEqualTo(2);
        assertThat(message.question()).isEqualTo(new DnsQuestion(0x1a2b, 1, 1, "a."));
    }

    @Test
    void questionIsTheSame_howeverItIsSpelled() {
        assertThat(read(QUERY)).isTrue();
        final DnsQuestion lower = message.question();
        assertThat(read(QUERY.replace("03777777", "03575777"))).isTrue();
        assertThat(message.question()).isEqualTo(lower);
    }

    @Test
    void answerWithoutQuestion_isRead() {
        assertThat(read("1a2b8181 0000 0000 0000 0000")).isTrue();
        assertThat(message.hasQuestion()).isFalse();
        assertThat(DnsNames.rcode(message.rcode())).isEqualTo("FORMERR");
    }

    @Test
    void whatIsNoLetter_isEscaped() {
        assertThat(read("00000100 0001000000000000 04 2e1b5b6d 00 0001 0001")).isTrue();
        assertThat(message.nameText()).isEqualTo("\\046\\027\\091m.");
    }

    @ParameterizedTest
    @CsvSource({
        "0000, shorter than the header",
        "00000100 0001000000000000, no question",
        "00000100 0002000000000000 00 0001 0001 00 0001 0001, two questions",
        "00000100 0001000000000000 03 6161, a label beyond the end",
        "00000100 0001000000000000 0161, no end of the name",
        "00000100 0001000000000000 0161 00 0001 00, half a class",
        "00000100 0001000000000000 40 00 0001 0001, a label of another kind",
        "00000100 0001000000000000 c0, half a pointer",
        "00000100 0001000000000000 c00c 0001 0001, a pointer to itself",
        "00000100 0001000000000000 c00e 0001 0001, a pointer forwards",
        "00000100 0001000000000000 0161 c00c 0001 0001, a pointer to what was read",
        "00000100 0001000000000000 c000 0001 0001, a pointer into the header"
    })
    void hostileNames_areNone(final String hex, final String what) {
        assertThat(read(hex)).as(what).isFalse();
    }

    @Test
    void nameEndsAt255Octets() {
        final String label = "3f" + "61".repeat(63);
        final String end = "00 0001 0001";
        assertThat(read("00000100 0001000000000000" + label.repeat(3) + "3d" + "61".repeat(61) + end))
                .isTrue();
        assertThat(read("00000100 0001000000000000" + label.repeat(4) + end)).isFalse();
    }

    @Test
    void everyMutantAndEveryCut_isReadOrRefused() {
        final byte[] whole = HexFormat.of().parseHex(QUERY.replace(" ", ""));
        final SplittableRandom random = new SplittableRandom(0x5eed_0053L);
        for (int i = 0; i < 100_000; i++) {
            final byte[] mutant = whole.clone();
            for (int change = 0; change < 3; change++) {
                mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
            }
            final int length = random.nextInt(mutant.length + 1);
            // A byte too far is an exception.
            if (message.read(ByteBuffer.wrap(mutant, 0, length).slice(), 0, length)) {
                assertThat(message.nameText().length()).isLessThanOrEqualTo(4 * 255);
            }
        }
    }
}
