package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.replay.ReplayRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RequestPreviewTest {
    @TempDir
    private Path directory;

    private static List<String> of(final Path file) throws IOException {
        try (FlowDb db = FlowDb.open(file)) {
            final List<FlowRecord> flows = new ArrayList<>();
            db.forEach(flows::add);
            return RequestPreview.of(db, flows, ReplayRules.DEFAULT);
        }
    }

    @Test
    void firstTenRequests_areNamedWithHostAndPath() throws IOException {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final List<String> lines = of(Path.of(recorded.database()));
        assertThat(lines).hasSize(11).doesNotHaveDuplicates().endsWith("…");
        assertThat(lines.subList(0, 10)).allMatch(line -> line.matches("(GET|POST|HEAD) \\S+ /\\S*"));
        assertThat(lines.get(0)).isEqualTo("GET 10.92.1.2:8080 /page1.html");
    }

    /** What a capture holds is not for a terminal as it is. */
    @Test
    void hostileRequest_isShownHarmlessAndShort() throws IOException {
        final String path = "/\u001b[2J" + "x".repeat(300);
        assertThat(ofOne("GET " + path + " HTTP/1.1\r\nHost: a\u0007b\r\n\r\n"))
                .containsExactly("GET a\\x07b /\\x1b[2J" + "x".repeat(95) + "…");
    }

    @Test
    void whatIsNotHttp_isNamedByItsProtocol() throws IOException {
        assertThat(ofOne("hello there\r\n")).containsExactly("bytes of unknown to a server at port 80");
    }

    private List<String> ofOne(final String request) throws IOException {
        final byte[] answer = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        final Path capture = new TinyCapture()
                .exchange(40000, request.getBytes(StandardCharsets.US_ASCII), answer, -1)
                .write(directory.resolve("one.pcap"));
        final Path db = directory.resolve("one.tfdb");
        assertThat(new Run().main("index", "-q", "--db", db, capture).exit()).isZero();
        return of(db);
    }
}
