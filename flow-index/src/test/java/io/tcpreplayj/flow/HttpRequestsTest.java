package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HttpRequestsTest {
    @Test
    void pipelinedRequests_countEach() {
        assertThat(positions("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b HTTP/1.0\r\n\r\n"))
                .containsExactly(0, 27);
    }

    @Test
    void bodies_areSkipped() {
        final String post = "POST / HTTP/1.1\r\ncontent-LENGTH: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n..";
        assertThat(positions(post + "GET / HTTP/1.1\r\n\r\n")).containsExactly(0, post.length());
    }

    @Test
    void chunks_extensionsAndTrailers_areSkipped() {
        final String chunks = "A;x=y\r\nGET / HTTP\r\n3\r\nabc\r\n0\r\nTrailer: GET\r\n\r\n";
        final String put = "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n" + chunks;
        assertThat(positions(put + "GET / HTTP/1.1\r\n\r\n")).containsExactly(0, put.length());
    }

    @Test
    void bareLineFeedsAndEmptyLinesBefore_areTolerated() {
        assertThat(positions("\r\nGET / HTTP/1.1\nHost: a\n\n\r\nGET / HTTP/1.1\n\n"))
                .containsExactly(2, 28);
    }

    @Test
    void garbage_endsTheCount() {
        assertThat(positions("GET / HTTP/1.1\r\n\r\nwhat is this\r\nGET / HTTP/1.1\r\n\r\n"))
                .containsExactly(0);
        assertThat(positions("GET /\r\n\r\n")).isEmpty();
    }

    @Test
    void cutHeadAndCutBody_countOnce() {
        assertThat(positions("GET / HTTP/1.1\r\nHost:")).containsExactly(0);
        assertThat(positions("PUT / HTTP/1.1\r\nContent-Length: 100\r\n\r\nshort"))
                .containsExactly(0);
        assertThat(positions("GET / HT")).isEmpty();
    }

    @Test
    void afterAnAgreedUpgrade_theRestIsOpaque() {
        final String upgrade = "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
        final String next = "GET / HTTP/1.1\r\n\r\n";
        assertThat(positions(upgrade + next, "HTTP/1.1 101 Switching")).containsExactly(0);
        assertThat(positions(upgrade + next, "HTTP/1.1 200 OK")).containsExactly(0, upgrade.length());
    }

    @Test
    void afterConnect_theRestIsOpaque_unlessRefused() {
        final String connect = "CONNECT host:443 HTTP/1.1\r\n\r\n";
        final String next = "GET / HTTP/1.1\r\n\r\n";
        assertThat(positions(connect + next, "HTTP/1.1 200 Connected")).containsExactly(0);
        assertThat(positions(connect + next, "")).containsExactly(0);
        assertThat(positions(connect + next, "HTTP/1.1 407 Proxy")).containsExactly(0, connect.length());
    }

    @Test
    void hugeLengths_endAtTheEndOfTheBytes() {
        assertThat(positions("PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nabc"))
                .containsExactly(0);
        assertThat(positions("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc"))
                .containsExactly(0);
    }

    private static List<Integer> positions(final String stream) {
        return positions(stream, "HTTP/1.1 200 OK");
    }

    private static List<Integer> positions(final String stream, final String answer) {
        final byte[] bytes = stream.getBytes(StandardCharsets.ISO_8859_1);
        final HttpRequests requests =
                new HttpRequests(ByteBuffer.wrap(bytes), position -> answer.getBytes(StandardCharsets.ISO_8859_1));
        final List<Integer> found = new ArrayList<>();
        for (int at = requests.nextRequest(); at >= 0; at = requests.nextRequest()) {
            found.add(at);
        }
        return found;
    }
}
