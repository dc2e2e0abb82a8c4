package io.tcpreplayj.replay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 9112 6.3, rule by rule. */
class HttpResponseFramingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nHEAD ";
    private static final String CHUNKED_POST =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHEAD \r\n0\r\n\r\n";
    private static final String CONNECT = "CONNECT a:443 HTTP/1.1\r\n\r\n";
    private static final String TWO = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    private static HttpResponseFraming framing(final String requests) {
        final FlowScript script =
                Scripts.flow().app(FlowRecord.App.HTTP).send(requests).build();
        return new HttpResponseFraming(script);
    }

    private static void feed(final HttpResponseFraming framing, final String bytes) {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
        framing.onResponseBytes(buffer, 0, bytes.length(), bytes.length(), 0);
    }

    static Stream<Arguments> responses() {
        return Stream.of(
                Arguments.of("content-length", GET, TWO, 1, true),
                Arguments.of("content-length, one byte missing", GET, TWO.substring(0, TWO.length() - 1), 0, true),
                Arguments.of("empty body", GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1, true),
                Arguments.of("field names in any case", GET, "HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:2 \r\n\r\nhi", 1, true),
                Arguments.of("bare line feeds", GET, "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 1, true),
                Arguments.of(
                        "chunked",
                        GET,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n1\r\n\n\r\n0\r\nT: 1\r\n\r\n",
                        1,
                        true),
                Arguments.of(
                        "chunked, last chunk missing",
                        GET,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n2\r\nhi\r\n",
                        0,
                        true),
                Arguments.of(
                        "chunked wins over a length",
                        GET,
                        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        1,
                        true),
                Arguments.of("204", GET, "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", 1, true),
                Arguments.of("304", GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 1, true),
                Arguments.of("HEAD", HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", 1, true),
                Arguments.of("HEAD in a body is none", POST + GET, TWO + TWO, 2, true),
                Arguments.of("HEAD in a chunk is none", CHUNKED_POST + GET, TWO + TWO, 2, true),
                Arguments.of(
                        "HEAD behind a body",
                        POST + HEAD + GET,
                        TWO + "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + TWO,
                        3,
                        true),
                Arguments.of("100 is no answer", POST, "HTTP/1.1 100 Continue\r\n\r\n", 0, true),
                Arguments.of("100 and the answer", POST, "HTTP/1.1 100 Continue\r\n\r\n" + TWO, 1, true),
                Arguments.of("three at once", GET + GET + GET, TWO + TWO + TWO, 3, true),
                Arguments.of("to the connection's end", GET, "HTTP/1.0 200 OK\r\n\r\n" + TWO, 0, true),
                Arguments.of(
                        "coded but not chunked",
                        GET,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",
                        0,
                        true),
                Arguments.of("upgrade", GET, "HTTP/1.1 101 Switching Protocols\r\n\r\n" + TWO, 0, false),
                Arguments.of("tunnel", CONNECT, "HTTP/1.1 200 OK\r\n\r\n" + TWO, 0, false),
                Arguments.of("refused tunnel", CONNECT, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", 1, true),
                Arguments.of("not HTTP", GET, "220 ready\r\n", 0, false),
                Arguments.of(
                        "two lengths",
                        GET,
                        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                        0,
                        false),
                Arguments.of("length is no number", GET, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, false),
                Arguments.of(
                        "length beyond all reason",
                        GET,
                        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                        0,
                        false),
                Arguments.of("no status", GET, "HTTP/1.1\r\n\r\n", 0, false),
                Arguments.of(
                        "no chunk size", GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0, false));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("responses")
    void shouldCountWholeResponsesHoweverTheBytesAreCut(
            final String name, final String requests, final String responses, final int complete, final boolean sure) {
        final HttpResponseFraming whole = framing(requests);
        feed(whole, responses);
        assertThat(whole.completeResponses()).isEqualTo(complete);
        assertThat(whole.sure()).isEqualTo(sure);
        for (long seed = 1; seed <= 20; seed++) {
            final Random random = new Random(seed);
            final HttpResponseFraming cut = framing(requests);
            for (int from = 0; from < responses.length(); ) {
                final int to = Math.min(responses.length(), from + 1 + random.nextInt(5));
                feed(cut, responses.substring(from, to));
                from = to;
            }
            assertThat(cut.completeResponses()).as("seed %d", seed).isEqualTo(complete);
            assertThat(cut.sure()).as("seed %d", seed).isEqualTo(sure);
        }
    }

    @Test
    void shouldPassOverUnseenBytesWithinABodyOnly() {
        final byte[] head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        final HttpResponseFraming inBody = framing(GET + GET);
        inBody.onResponseBytes(ByteBuffer.wrap(head), 0, head.length + 1000, head.length, 0);
        assertThat(inBody.completeResponses()).isEqualTo(1);
        feed(inBody, TWO);
        assertThat(inBody.completeResponses()).isEqualTo(2);
        assertThat(inBody.sure()).isTrue();

        final HttpResponseFraming inHead = framing(GET + GET);
        inHead.onResponseBytes(ByteBuffer.wrap(head), 0, head.length, head.length - 1, 0);
        assertThat(inHead.sure()).isFalse();

        final HttpResponseFraming beyond = framing(GET + GET);
        beyond.onResponseBytes(ByteBuffer.wrap(head), 0, head.length + 1001, head.length, 0);
        assertThat(beyond.sure()).isFalse();
    }

    @Test
    void shouldSurviveAnyBytes() {
        for (long seed = 1; seed <= 3_000; seed++) {
            final Random random = new Random(seed);
            final byte[] bytes = (TWO + TWO).getBytes(StandardCharsets.ISO_8859_1);
            for (int i = random.nextInt(8); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            final HttpResponseFraming framing = framing(GET + HEAD);
            framing.onResponseBytes(ByteBuffer.wrap(bytes), 0, bytes.length, bytes.length, 0);
            assertThat(framing.completeResponses()).as("seed %d", seed).isBetween(0L, 4L);
        }
    }
}
