package io.tcpreplayj.replay.protocol;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import io.tcpreplayj.replay.script.FlowScript;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** Input: the length of the requests in two bytes, the requests, the responses. */
public final class HttpResponseFramingFuzz {
    private static final int HEAD = 2;
    private static final FlowRecord FLOW = flow();

    private HttpResponseFramingFuzz() {}

    private static FlowRecord flow() {
        try (FlowDb db = FlowDb.open(Seeds.testdata("flowdb").resolve("v1.tfdb"))) {
            return Objects.requireNonNull(db.flow(1));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, HttpResponseFramingFuzz::frame);
    }

    private static void frame(final byte[] input) {
        if (input.length < HEAD) {
            return;
        }
        final int requests = Math.min((input[0] & 0xff) << 8 | (input[1] & 0xff), input.length - HEAD);
        final int from = HEAD + requests;
        final HttpResponseFraming whole = framing(input, requests);
        feed(whole, input, from, input.length, input.length);
        final HttpResponseFraming split = framing(input, requests);
        int at = from;
        for (int piece = 1; at < input.length; piece = piece * 5 % 97) {
            final int to = Math.min(input.length, at + piece);
            feed(split, input, at, to, to);
            at = to;
        }
        if (whole.sure() != split.sure() || whole.completeResponses() != split.completeResponses()) {
            throw new AssertionError("whole: " + whole.completeResponses() + ' ' + whole.sure() + ", in pieces: "
                    + split.completeResponses() + ' ' + split.sure());
        }
        // The tap cut packets: whatever is missing, nothing is counted twice and nothing goes wrong.
        final HttpResponseFraming holed = framing(input, requests);
        for (at = from; at < input.length; at += 50) {
            final int to = Math.min(input.length, at + 50);
            feed(holed, input, at, Math.max(at, to - (input[at] & 7)), to);
        }
    }

    private static HttpResponseFraming framing(final byte[] input, final int requests) {
        return new HttpResponseFraming(
                new FlowScript(FLOW, ByteBuffer.wrap(input, HEAD, requests).slice()));
    }

    private static void feed(
            final HttpResponseFraming framing,
            final byte[] input,
            final int from,
            final int availableTo,
            final int to) {
        final long before = framing.completeResponses();
        framing.onResponseBytes(ByteBuffer.wrap(input), from, to - from, availableTo - from, 0);
        if (framing.completeResponses() < before || framing.completeResponses() > before + to - from) {
            throw new AssertionError("complete: " + before + ", then " + framing.completeResponses());
        }
    }

    public static List<byte[]> seeds() {
        final String get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        return List.of(
                seed(get + get, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 304 Not\r\n\r\n"),
                seed("HEAD / HTTP/1.1\r\n\r\n" + get, "HTTP/1.1 200 OK\nContent-Length: 7\n\nHTTP/1.0 200 OK\n\nabc"),
                seed(
                        get,
                        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"),
                seed("CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nabc"),
                seed(
                        "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nHEAD ",
                        "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\n"),
                seed(
                        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHEAD \r\n0\r\n\r\n" + get,
                        "HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\nabc"));
    }

    private static byte[] seed(final String requests, final String responses) {
        return Seeds.join(
                new byte[] {(byte) (requests.length() >> 8), (byte) requests.length()},
                Seeds.ascii(requests),
                Seeds.ascii(responses));
    }
}
