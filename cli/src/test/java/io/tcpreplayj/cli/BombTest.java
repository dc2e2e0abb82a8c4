package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Half a megabyte that inflates to half a gigabyte, in a process whose memory could not hold a tenth of it. */
final class BombTest {
    private static final int RECORDS = 2048;
    private static final int CAPLEN = 256 * 1024;

    @TempDir
    private static Path dir;

    private static Path bomb = Path.of("");

    /** A run of the program in a process of its own. */
    private record Result(int exit, String said) {}

    @BeforeAll
    static void make() throws IOException {
        bomb = dir.resolve("bomb.pcap.gz");
        final ByteBuffer record = ByteBuffer.allocate(16 + CAPLEN);
        record.putInt(8, CAPLEN).putInt(12, CAPLEN);
        try (OutputStream out = new GZIPOutputStream(new BufferedOutputStream(Files.newOutputStream(bomb)), 1 << 16)) {
            out.write(new TinyCapture().connection(0x0a000002, 40000, 80).bytes());
            for (int i = 0; i < RECORDS; i++) {
                out.write(record.array());
            }
        }
        assertThat(Files.size(bomb)).isLessThan(1 << 20);
    }

    private static Result index(final String... words) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(Jvm.running("-Xmx40m", "-XX:MaxDirectMemorySize=8m"));
        command.addAll(List.of("index", "--db", dir.resolve("x.tfdb").toString()));
        command.addAll(List.of(words));
        Files.deleteIfExists(dir.resolve("x.tfdb"));
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), said);
    }

    @Test
    void streamsThrough() throws IOException, InterruptedException {
        final Result result = index(bomb.toString());
        assertThat(result.exit()).as(result.said()).isZero();
        assertThat(result.said()).contains("packets  " + (8 + RECORDS) + " read = 8 indexed + " + RECORDS + " skipped");
    }

    @Test
    void endsWhereItIsToldTo() throws IOException, InterruptedException {
        final Result result = index("--max-bytes", "20m", bomb.toString());
        assertThat(result.exit()).as(result.said()).isEqualTo(8);
        assertThat(result.said())
                .contains("bomb.pcap.gz: goes on behind byte 20000000, where it was to end (packet ")
                .contains("; 1 flow before it was indexed")
                .contains("hint: allow more with --max-bytes");
    }
}
