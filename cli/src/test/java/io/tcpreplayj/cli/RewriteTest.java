package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R21: what {@code --rewrite} says before anything is sent. */
final class RewriteTest {
    @TempDir
    private Path directory;

    private Run dryRun(final String request, final String... rules) throws IOException {
        final byte[] answer = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        final Path capture = new TinyCapture()
                .exchange(40000, request.getBytes(StandardCharsets.US_ASCII), answer, -1)
                .write(directory.resolve("one.pcap"));
        final List<Object> words =
                new ArrayList<>(List.of("replay", "-q", capture, "--target", "127.0.0.1:9", "--dry-run"));
        words.addAll(List.of("--transport", "socket", "--copies", "3"));
        for (final String rule : rules) {
            words.addAll(List.of("--rewrite", rule));
        }
        return new Run().main(words.toArray());
    }

    @Test
    void plan_showsTheRequestsThatWouldBeSent_andWhatWasNotFound() throws IOException {
        final Run run = dryRun(
                "GET http://prod.example/a HTTP/1.1\r\nHost: prod.example\r\n\r\n",
                "header:host=staging.example",
                "text://prod.example/=//staging.example/",
                "header:Hots=secret");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("; 2 places in 1 flow rewritten; nothing there for --rewrite header:Hots\n")
                .contains("  GET staging.example http://staging.example/a\n")
                .doesNotContain("prod", "secret");
    }

    @Test
    void whatCannotBeChanged_isNotSentEither() throws IOException {
        final Run run = dryRun("no HTTP: a@prod.example\r\n", "text:@prod=@staging");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .contains("--rewrite text:@prod: in flow 1 that stands where other bytes must be as many")
                .contains("hint: give as many bytes as it has, or leave the flow out: --where 'id != 1'");
    }

    @Test
    void whatIsNoRule_isRefused() throws IOException {
        final Run run = dryRun("GET / HTTP/1.1\r\n\r\n", "Host: staging");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .contains("--rewrite: \"Host: staging\" is no rule: header:NAME=VALUE and text:FROM=TO are");
    }
}
