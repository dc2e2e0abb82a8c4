package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Floods;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Captures that are larger than the heap. Each run has 64 MiB, which it would exceed several times if all open flows stayed in
 * memory; the sizes of {@code benchmarks/index-memory.sh} are the full ones.
 */
final class IndexMemoryTest {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    /** Writes a capture to a stream. */
    @FunctionalInterface
    private interface Flood {
        void write(OutputStream to) throws IOException;
    }

    @TempDir
    Path folder;

    @Test
    void halfOpenFlows_aSynFlood() throws Exception {
        index(to -> Floods.halfOpen(to, 300_000), "300000 found = 0 replayable + 300000 not: unestablished 300000");
    }

    @Test
    void dnsQueriesOfAsManyClients_eachWithItsAnswer() throws Exception {
        index(to -> Floods.queries(to, 200_000), "200000 found = 200000 replayable + 0 not");
        final String flows =
                flows("--where", "app == dns && requests == 1 && clientPackets == 1 && serverPackets == 1");
        assertThat(flows).isEqualTo("200000\n");
    }

    @Test
    void manyFlowsAtTheSameTime_eachIsWhole() throws Exception {
        final int requests = 3;
        index(to -> Floods.simultaneous(to, 60_000, requests), "60000 found = 60000 replayable + 0 not");
        final String flows = flows(
                "--where",
                "clientBytes == " + requests * Floods.REQUEST.length()
                        + " && serverBytes == " + requests * Floods.ANSWER.length() + " && requests == " + requests
                        + " && close == half && app == http");
        assertThat(flows).isEqualTo("60000\n");
    }

    @Test
    void uploadLargerThanTheHeap_isThereToTheLastByte() throws Exception {
        final int segments = 150_000;
        index(to -> Floods.upload(to, (long) segments * Floods.SEGMENT), "1 found = 1 replayable + 0 not");
        final CRC32C digest = new CRC32C();
        final byte[] segment = new byte[Floods.SEGMENT];
        Arrays.fill(segment, (byte) 'u');
        for (int i = 0; i < segments; i++) {
            digest.update(segment);
        }
        assertThat(flows("--where", "clientDigest == " + String.format("%08x", digest.getValue())))
                .isEqualTo("1\n");
        assertThat(Commands.tcpreplayj("verify").in(folder).run().exit()).isZero();
        replayIsRefused();
    }

    /** R17: a replay keeps what its clients send in memory. */
    private void replayIsRefused() {
        final Exec.Result result = Commands.tcpreplayj("replay", "--target", "127.0.0.1:1", "--dry-run")
                .jvm("-Xmx64m")
                .in(folder)
                .run();
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr()).contains("send more than the ").contains("TCPREPLAYJ_HEAP=");
    }

    @Test
    void uploadLargerThanAFlowCanBe_isListedAndNotKept() throws Exception {
        index(to -> Floods.upload(to, 1_100_000_000L), "1 found = 0 replayable + 1 not: capacity 1");
        assertThat(Files.size(folder.resolve("flows.tfdb"))).isLessThan(2_000);
        assertThat(flows("--where", "reason == capacity && clientBytes > 1100000000"))
                .isEqualTo("1\n");
    }

    private void index(final Flood flood, final String expected) throws Exception {
        final Path pipe = folder.resolve("flood.pcap");
        assertThat(Exec.run(folder, Map.of(), LIMIT, List.of("mkfifo", pipe.toString()))
                        .exit())
                .isZero();
        final Thread writer = new Thread(() -> {
            try (OutputStream to = Files.newOutputStream(pipe)) {
                flood.write(to);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        final Exec.Result result = Commands.tcpreplayj("index", "-q", pipe.toString())
                .jvm("-Xmx64m")
                .in(folder)
                .within(LIMIT)
                .run();
        writer.join();
        assertThat(result.stderr()).isEmpty();
        assertThat(result.stdout()).contains(expected);
        assertThat(result.exit()).isZero();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("flood.pcap", "flows.tfdb");
        }
    }

    private String flows(final String... selection) {
        final String[] words = Stream.concat(Stream.of("flows", "--count"), Arrays.stream(selection))
                .toArray(String[]::new);
        return Commands.tcpreplayj(words).in(folder).run().stdout();
    }
}
