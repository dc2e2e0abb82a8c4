package io.tcpreplayj.testdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AccessLogTest {
    private static final String LINE =
            "1763856001.123 7 2 fd91:1::1 40123 8080 HTTP/1.1 \"GET /page2.html HTTP/1.1\" 200 "
                    + "81 121 353 \"curl/7.88.1\" \"-\" - OK";

    @Test
    void parse_recLine_givesItsFields() {
        assertThat(AccessLog.parse(LINE))
                .isEqualTo(
                        new AccessLog.Entry(7, 2, "fd91:1::1", 40123, 8080, "GET /page2.html HTTP/1.1", 200, 81, 121));
    }

    @Test
    void parse_emptyRequest_isARequest() {
        assertThat(AccessLog.parse(LINE.replace("GET /page2.html HTTP/1.1", "")).request())
                .isEmpty();
    }

    @Test
    void parse_otherFormat_isRefused() {
        assertThatThrownBy(() -> AccessLog.parse("10.0.0.1 - - [23/Nov/2026] \"GET / HTTP/1.1\" 200 5"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void requestsByConnection_sameTupleTwice_staysApart() {
        final AccessLog.Entry second = AccessLog.parse(LINE);
        final AccessLog.Entry first =
                AccessLog.parse(LINE.replace(" 7 2 ", " 7 1 ").replace("page2", "page1"));
        final AccessLog.Entry later = AccessLog.parse(LINE.replace(" 7 2 ", " 9 1 "));
        assertThat(AccessLog.requestsByConnection(List.of(second, later, first)))
                .isEqualTo(Map.of(
                        "fd91:1::1:40123#7", List.of("GET /page1.html HTTP/1.1", "GET /page2.html HTTP/1.1"),
                        "fd91:1::1:40123#9", List.of("GET /page2.html HTTP/1.1")));
    }
}
