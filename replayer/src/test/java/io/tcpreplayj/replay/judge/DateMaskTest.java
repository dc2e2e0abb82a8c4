package io.tcpreplayj.replay.judge;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class DateMaskTest {
    private static final String THEN = "Sun, 06 Nov 1994 08:49:37 GMT";
    private static final String NOW = "Wed, 31 Dec 2025 23:59:59 GMT";
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: %s\r\nContent-Length: 2\r\n\r\nhi";

    private final DateMask mask = new DateMask();

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static long digest(final String text) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes(text));
        return crc.getValue();
    }

    /** In packets of so many bytes. */
    private long masked(final String live, final int packet) {
        final CRC32C crc = new CRC32C();
        final byte[] bytes = bytes(live);
        for (int from = 0; from < bytes.length; from += packet) {
            final ByteBuffer buffer = ByteBuffer.wrap(bytes, from, Math.min(packet, bytes.length - from));
            mask.update(crc, buffer, from);
            assertThat(buffer.hasRemaining()).isFalse();
        }
        return crc.getValue();
    }

    private void aim(final String recorded) {
        mask.aim(bytes(recorded));
    }

    @Test
    void shouldSumAnotherDateAsTheRecordedOne() {
        aim(ANSWER.formatted(THEN));
        assertThat(masked(ANSWER.formatted(NOW), 1500)).isEqualTo(digest(ANSWER.formatted(THEN)));
    }

    @Test
    void shouldSumTheSameHoweverTheAnswerIsCutIntoPackets() {
        aim(ANSWER.formatted(THEN));
        final int length = ANSWER.formatted(NOW).length();
        for (int packet = 1; packet <= length; packet++) {
            assertThat(masked(ANSWER.formatted(NOW), packet))
                    .as("packets of " + packet)
                    .isEqualTo(digest(ANSWER.formatted(THEN)));
        }
    }

    @Test
    void shouldFindTheFieldInAnyCaseAndWithAnySpace() {
        final String recorded = "HTTP/1.1 200 OK\r\ndAte:\t " + THEN + "\r\n\r\n";
        aim(recorded);
        assertThat(masked(recorded.replace(THEN, NOW), 7)).isEqualTo(digest(recorded));
    }

    @Test
    void shouldSumAllOtherBytesAsTheyCome() {
        final String recorded = ANSWER.formatted(THEN);
        aim(recorded);
        for (int i = 0; i < recorded.length(); i++) {
            final StringBuilder live = new StringBuilder(ANSWER.formatted(NOW));
            live.setCharAt(i, '!');
            assertThat(masked(live.toString(), 1500)).as("byte " + i).isNotEqualTo(digest(recorded));
        }
    }

    @Test
    void shouldNotHideADateAtAnotherPlace() {
        aim(ANSWER.formatted(THEN));
        final String moved = "HTTP/1.1 200 OK\r\nDate: " + NOW + "\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhi";
        assertThat(moved).hasSameSizeAs(ANSWER.formatted(THEN));
        assertThat(masked(moved, 1500)).isNotEqualTo(digest(ANSWER.formatted(THEN)));
    }

    @Test
    void shouldNotHideAnotherFieldInTheDatesPlace() {
        aim(ANSWER.formatted(THEN));
        final String live = ANSWER.formatted("x\r\nX-Injected: " + "y".repeat(THEN.length() - 15));
        assertThat(live).hasSameSizeAs(ANSWER.formatted(THEN));
        assertThat(masked(live, 1500)).isNotEqualTo(digest(ANSWER.formatted(THEN)));
    }

    @Test
    void shouldLeaveTheSumAloneWhereTheRecordedHeadHoldsNoDate() {
        final String body = "HTTP/1.1 200 OK\r\n\r\nas text:\r\nDate: " + THEN;
        assertSumsAsItCame(body);
        assertSumsAsItCame("HTTP/1.1 200 OK\r\nDate: now\r\n\r\n" + THEN);
        assertSumsAsItCame("FTP\r\nDate: " + THEN + "\r\n\r\n");
        assertSumsAsItCame("");
    }

    private void assertSumsAsItCame(final String recorded) {
        aim(recorded);
        assertThat(masked(recorded.replace(THEN, NOW), 1500)).isEqualTo(digest(recorded.replace(THEN, NOW)));
    }

    @Test
    void shouldLeaveTheSumAloneWhereTheHeadWasCutWithinTheDate() {
        final String recorded = ANSWER.formatted(THEN);
        final int end = recorded.indexOf("GMT") + 3;
        aim(recorded.substring(0, end - 1));
        assertThat(masked(ANSWER.formatted(NOW), 1500)).isEqualTo(digest(ANSWER.formatted(NOW)));
        aim(recorded.substring(0, end));
        assertThat(masked(ANSWER.formatted(NOW), 1500)).isEqualTo(digest(recorded));
    }

    @Test
    void shouldForgetTheAnswerBefore() {
        aim(ANSWER.formatted(THEN));
        aim("");
        assertThat(masked(ANSWER.formatted(NOW), 1500)).isEqualTo(digest(ANSWER.formatted(NOW)));
    }

    @Test
    void shouldCorrectTheSumOfAnAnswerThatWasThereBeforeTheRecordedOne() {
        aim(ANSWER.formatted(THEN));
        final byte[] live = bytes(ANSWER.formatted(NOW));
        assertThat(mask.correct(digest(ANSWER.formatted(NOW)), live, live.length, live.length))
                .isEqualTo(digest(ANSWER.formatted(THEN)));
        final String other = ANSWER.formatted(NOW).replace("hi", "ho");
        assertThat(mask.correct(digest(other), bytes(other), live.length, live.length))
                .isNotEqualTo(digest(ANSWER.formatted(THEN)));
        final String noDate = ANSWER.formatted("Wed; 31 Dec 2025 23:59:59 GMT");
        assertThat(mask.correct(digest(noDate), bytes(noDate), live.length, live.length))
                .isNotEqualTo(digest(ANSWER.formatted(THEN)));
    }

    @Test
    void shouldNotCorrectWhatWasNotKept() {
        aim(ANSWER.formatted(THEN));
        final byte[] live = bytes(ANSWER.formatted(NOW));
        assertThat(mask.correct(7, live, ANSWER.indexOf("%s") + 28, live.length))
                .isEqualTo(7);
        aim("no answer of HTTP");
        assertThat(mask.correct(7, live, live.length, live.length)).isEqualTo(7);
    }
}
