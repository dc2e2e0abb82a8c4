package io.tcpreplayj.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class HttpTextTest {
    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] gzip(final String text) throws IOException {
        final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes(text));
        }
        return packed.toByteArray();
    }

    private static byte[] joined(final byte[]... parts) {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (final byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static String shown(final byte[] bytes, final boolean whole) {
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(text, true, StandardCharsets.UTF_8);
        new HttpText(ByteBuffer.wrap(bytes), whole, out).print();
        return text.toString(StandardCharsets.UTF_8);
    }

    private static String shown(final String text) {
        return shown(bytes(text), true);
    }

    @Test
    void pipelinedMessages_areTakenApart() {
        assertThat(shown("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\n\r\n"))
                .isEqualTo("POST /a HTTP/1.1\nContent-Length: 3\n\nabc\nGET /b HTTP/1.1\nHost: x\n\n");
    }

    @Test
    void chunks_areTakenOff() {
        final String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assertThat(shown(head + "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nT: 1\r\n\r\n"))
                .endsWith("\n\n[chunked]\nabcdefg\n");
        assertThat(shown(head + "3\r\nabc\r\n4\r\nde")).endsWith("\n\n[chunked, not whole]\nabcde\n");
        assertThat(shown(head + "nonsense\r\n")).endsWith("[chunked, not whole]\nnonsense\\r\\n\n");
    }

    @Test
    void gzip_isUndoneWhenWhole() throws IOException {
        final byte[] packed = gzip("hello, world\n");
        final byte[] head =
                bytes("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + packed.length + "\r\n\r\n");
        assertThat(shown(joined(head, packed), true))
                .endsWith("[gzip of " + packed.length + " bytes]\nhello, world\\n\n");
        final byte[] cut = joined(head, java.util.Arrays.copyOf(packed, 12));
        assertThat(shown(cut, false))
                .contains("[12 of " + packed.length + " bytes, gzip not decoded]\n00000000  1f 8b");
        final byte[] damaged = packed.clone();
        damaged[packed.length - 6] ^= 1;
        assertThat(shown(joined(head, damaged), true)).contains("[gzip not decoded]\n00000000  1f 8b");
    }

    @Test
    void bodyWithoutALength_goesToTheEnd() {
        assertThat(shown("HTTP/1.0 200 OK\r\n\r\nall of it")).isEqualTo("HTTP/1.0 200 OK\n\nall of it\n");
        assertThat(shown(bytes("HTTP/1.0 200 OK\r\n\r\nsome"), false)).endsWith("[the rest is not kept]\nsome\n");
        assertThat(shown("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"))
                .endsWith(": 9\n\n");
    }

    @Test
    void whatIsNoMessage_isShownAsItIs_andNothingThatATerminalObeys() {
        assertThat(shown("\u001b[2J\r\n")).isEqualTo("\\x1b[2J\\r\\n\n");
        assertThat(shown("GET / HTTP/1.1\r\nX: \u001b[2J\u009b\r\n\r\n"))
                .isEqualTo("GET / HTTP/1.1\nX: \\x1b[2J\\x9b\n\n");
        assertThat(shown("GET / HTTP/1.1\r\nHost")).isEqualTo("GET / HTTP/1.1\nHost\n");
    }

    @Test
    void anyBytes_endAndPrintOnlyAscii() {
        final Random random = new Random(11);
        final String[] words = {
            "GET / HTTP/1.1\r\n",
            "HTTP/1.1 200 OK\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 5\r\n",
            "Content-Encoding: gzip\r\n",
            "\r\n",
            "5\r\n",
            "0\r\n",
            "hello",
            "\u001b",
            "\n",
            "fffffff\r\n"
        };
        for (int i = 0; i < 20_000; i++) {
            final StringBuilder text = new StringBuilder();
            for (int word = random.nextInt(12); word > 0; word--) {
                text.append(words[random.nextInt(words.length)]);
            }
            assertThat(shown(bytes(text.toString()), random.nextBoolean())).matches("[ -~\n]*");
        }
    }
}
