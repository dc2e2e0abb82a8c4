package io.tcpreplayj.testdata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GrowingLogTest {
    @Test
    void read_findsEachWholeLineOnce_inOrder(@TempDir final Path directory) throws IOException {
        final Path file = directory.resolve("access.log");
        final GrowingLog log = new GrowingLog(file);
        assertThat(log.read()).isEmpty();

        Files.writeString(file, line("/1") + line("/2").substring(0, 20));
        assertThat(log.read()).extracting(AccessLog.Entry::request).containsExactly("GET /1 HTTP/1.1");

        Files.writeString(file, line("/2").substring(20) + line("/3"), StandardOpenOption.APPEND);
        assertThat(log.read())
                .isEqualTo(log.read())
                .isEqualTo(AccessLog.read(file))
                .extracting(AccessLog.Entry::request)
                .containsExactly("GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "GET /3 HTTP/1.1");
    }

    private static String line(final String path) {
        return "1764200000.123 7 1 10.0.0.1 40000 8080 HTTP/1.1 \"GET " + path + " HTTP/1.1\" 200 80 30 250 - -\n";
    }
}
