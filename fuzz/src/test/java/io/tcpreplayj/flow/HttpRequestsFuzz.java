package io.tcpreplayj.flow;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Input: the length of what the server said first, that, the client's stream. */
public final class HttpRequestsFuzz {
    private HttpRequestsFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, HttpRequestsFuzz::walk);
    }

    private static void walk(final byte[] input) {
        final int said = input.length == 0 ? 0 : Math.min(input[0] & 0xff, input.length - 1);
        final byte[] greeting = Arrays.copyOfRange(input, Math.min(1, input.length), Math.min(1, input.length) + said);
        final byte[] client = Arrays.copyOfRange(input, Math.min(1 + said, input.length), input.length);
        if (AppDetector.detect(client, client.length, greeting) == null) {
            throw new AssertionError("no app");
        }
        final HttpRequests requests = new HttpRequests(ByteBuffer.wrap(client), position -> greeting);
        int before = -1;
        for (int at = requests.nextRequest(); at >= 0; at = requests.nextRequest()) {
            if (at <= before || at >= client.length) {
                throw new AssertionError("a request at " + at + " of " + client.length + " after one at " + before);
            }
            before = at;
        }
    }

    public static List<byte[]> seeds() {
        return List.of(
                Seeds.ascii("\0GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b HTTP/1.0\n\n"),
                Seeds.ascii("\0POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345GET / HTTP/1.1\r\n\r\n"),
                Seeds.ascii(
                        "\0PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2;x=y\r\nab\r\n0\r\nT: 1\r\n\r\nGET "
                                + "/ HTTP/1.1\r\n\r\n"),
                Seeds.ascii("\14HTTP/1.1 200CONNECT a:443 HTTP/1.1\r\n\r\nabc"),
                Seeds.ascii("\14HTTP/1.1 101GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\nabc"),
                Seeds.ascii("\7SSH-2.0SSH-2.0-x\r\n"),
                Seeds.ascii("\10220 helloEHLO a\r\n"),
                Seeds.ascii("\0*1\r\n$4\r\nPING\r\n"),
                Seeds.ascii("\0PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                Seeds.hex("00 16030100 c8010000c40303"),
                Seeds.hex("00 0000000804d2162f"),
                Seeds.hex("06 4a0000000a38"));
    }
}
