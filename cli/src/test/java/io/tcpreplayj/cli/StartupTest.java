package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user waits for before anything happens: help and errors must not load what only work needs. */
class StartupTest {
    private static final List<String> HEAVY = List.of(
            "com.esotericsoftware.",
            "com.sun.jna.",
            "org.pcap4j.",
            "me.tongfei.",
            "org.jline.",
            "com.fasterxml.",
            "org.agrona.",
            "com.github.luben.",
            "org.tukaani.",
            "org.HdrHistogram.");

    @ParameterizedTest
    @CsvSource({
        "--version,0",
        "--help,0",
        "help replay,0",
        "help filter,0",
        "index --help,0",
        "idnex,2",
        "flows --jsn,2",
        "replay,2",
        "replay --speed 0 --target 127.0.0.1:1,2"
    })
    void helpAndErrors_loadNoHeavyLibrary(final String line, final int expected)
            throws IOException, InterruptedException {
        final String loaded = classesLoadedBy(expected, line.split(" "));
        for (final String library : HEAVY) {
            assertThat(loaded).as(library).doesNotContain("] " + library);
        }
    }

    @Test
    void realWork_isSeenToLoadThem(@TempDir final Path dir) throws IOException, InterruptedException {
        final Path capture = new TinyCapture().connection(0x0a000002, 1, 80).write(dir.resolve("a.pcap"));
        final String db = dir.resolve("x.tfdb").toString();
        assertThat(classesLoadedBy(0, "index", "--json", "--db", db, capture.toString()))
                .contains("] com.esotericsoftware.", "] com.fasterxml.");
    }

    /** libpcap is for those who give an expression: without one, an index needs neither it nor what leads to it. */
    @Test
    void onlyAnExpressionLoadsLibpcap(@TempDir final Path dir) throws IOException, InterruptedException {
        final String capture = new TinyCapture()
                .connection(0x0a000002, 1, 80)
                .write(dir.resolve("a.pcap"))
                .toString();
        final String db = dir.resolve("x.tfdb").toString();
        assertThat(classesLoadedBy(0, "index", "--port", "80", "--from", "+1ms", "--db", db, capture))
                .doesNotContain(
                        "] org.pcap4j.", "] com.sun.jna.", "] org.slf4j.", "] com.github.luben.", "] org.tukaani.");
        assertThat(classesLoadedBy(0, "index", "--db", db + "2", capture, "tcp", "port", "80"))
                .contains("] org.pcap4j.", "] com.sun.jna.");
    }

    private static String classesLoadedBy(final int expectedExit, final String... words)
            throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(Jvm.running("-verbose:class"));
        command.addAll(List.of(words));
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String loaded = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(expectedExit);
        assertThat(loaded).contains("] io.tcpreplayj.cli.Main source:");
        return loaded;
    }
}
