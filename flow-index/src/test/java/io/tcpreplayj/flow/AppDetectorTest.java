package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord.App;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AppDetectorTest {
    /** ~ stands for CR LF, @ for a zero byte; ^X for the byte 1, ^V for 22, ^C for 3. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP     | GET / HTTP/1.1~~          | ''",
                "HTTP     | POST /a?b HTTP/1.0~~      | ''",
                "HTTP     | GET /not-yet-whole        | ''",
                "UNKNOWN  | GET key~                  | ''",
                "UNKNOWN  | get key1~                 | ''",
                "HTTP2    | PRI * HTTP/2.0~~SM~~      | ''",
                "TLS      | ^V^C^C@@^X                | ''",
                "UNKNOWN  | ^V^C^C@@^C                | ''",
                "REDIS    | *1~$4~PING~               | ''",
                "UNKNOWN  | *1~PING~                  | ''",
                "SSH      | SSH-2.0-x~                | ''",
                "SSH      | SSH-2.0-x~                | SSH-2.0-y~",
                "SMTP     | EHLO x~                   | 220 ready~",
                "UNKNOWN  | USER x~                   | 220 ready~",
                "POSTGRES | @@@(@^C@@user@            | ''",
                "UNKNOWN  | @@@(@^X@@user@            | ''",
                "MYSQL    | x                         | J@@@%5.7",
                "UNKNOWN  | x                         | J@@@%abc",
                "UNKNOWN  | ''                        | ''"
            })
    void names(final App app, final String client, final String greeting) {
        final byte[] bytes = bytes(client);
        assertThat(AppDetector.detect(bytes, bytes.length, bytes(greeting))).isEqualTo(app);
    }

    private static byte[] bytes(final String text) {
        return text.replace("~", "\r\n")
                .replace('@', '\0')
                .replace("^X", "\u0001")
                .replace("^V", "\u0016")
                .replace("^C", "\u0003")
                .replace('%', '\n')
                .getBytes(StandardCharsets.ISO_8859_1);
    }
}
