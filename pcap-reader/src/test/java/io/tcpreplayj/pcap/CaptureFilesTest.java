package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CaptureFilesTest {
    private static final byte[] PACKET = {1, 2, 3};

    @TempDir
    Path folder;

    @Test
    void fileIsOpenedByItsContentNotItsName() throws IOException {
        final byte[] pcapng = CaptureBytes.pcapng(ByteOrder.BIG_ENDIAN)
                .iface(1)
                .enhanced(0, 1, 3, PACKET)
                .bytes();
        for (final String name : List.of("a.pcap", "b.gz", "c")) {
            final Path file = Files.write(folder.resolve(name), name.equals("c") ? CaptureBytes.gzip(pcapng) : pcapng);
            final Recorded recorded = Recorded.of(CaptureFiles.open(file));
            assertThat(recorded.format).isEqualTo("pcapng");
            assertThat(recorded.packets).hasSize(1);
        }
    }

    @Test
    void missingFileIsLeftToTheCaller() {
        assertThatThrownBy(() -> CaptureFiles.open(folder.resolve("none.pcap")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void directoryIsNamed() {
        assertThatThrownBy(() -> CaptureFiles.open(folder))
                .isInstanceOf(CaptureException.class)
                .hasMessage(folder + ": is a directory");
    }

    @Test
    void whatIsNoCaptureIsNamed() {
        final Map<String, String> kinds = Map.of(
                "68656c6c6f0a776f726c64", "not a capture but text",
                "504b0304aaaa", "not a capture but a zip archive",
                "7f454c460201", "not a capture but a program",
                "736e6f6f70000000", "not a capture but a snoop file (convert it with editcap)",
                "474d42550000", "not a capture but a Network Monitor file (convert it with editcap)",
                "0001020304050607ff", "not a capture but data that begins with 00 01 02 03 04 05 06 07",
                "425a6839", "data compressed by bzip2, which is not read directly",
                "04224d18", "data compressed by lz4, which is not read directly",
                "", "an empty file, not a capture");
        kinds.forEach((hex, kind) -> {
            final byte[] bytes = HexFormat.of().parseHex(hex);
            assertThatThrownBy(() -> Recorded.of(bytes)).as(hex).isInstanceOfSatisfying(CaptureException.class, e -> {
                assertThat(e).hasMessage("test.pcap: " + kind);
                assertThat(e.hint()).isNotEmpty();
            });
        });
    }

    @Test
    void plainCaptureLoadsNeitherZstdNorXz() throws IOException, InterruptedException {
        final byte[] pcap = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1)
                .record(1, 0, 3, PACKET)
                .bytes();
        final Path file = Files.write(folder.resolve("a.pcap"), pcap);
        final Path gzip = Files.write(folder.resolve("a.pcap.gz"), CaptureBytes.gzip(pcap));
        final Process process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Xshare:auto",
                        ReadAll.class.getName(),
                        file.toString(),
                        gzip.toString())
                .redirectErrorStream(true)
                .start();
        final String loaded = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(loaded).isZero();
        assertThat(loaded).contains("io.tcpreplayj.pcap.GzipSource").doesNotContain("com.github.luben", "org.tukaani");
    }

    /** What fits is read; what goes on is damage where it does, plain and compressed, whatever the block that is cut. */
    @Test
    void captureLongerThanAllowed_endsThere() throws IOException {
        final byte[] pcap = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1)
                .record(1, 0, 3, PACKET)
                .record(2, 0, 3, PACKET)
                .bytes();
        final CaptureBytes zeroes = CaptureBytes.pcapng(ByteOrder.LITTLE_ENDIAN).iface(1);
        zeroes.enhanced(0, 1, 3, PACKET).block(77, zeroes.part().raw(new byte[3_000_000]));
        for (final byte[] capture : List.of(pcap, zeroes.bytes())) {
            for (final byte[] form : List.of(capture, CaptureBytes.gzip(capture))) {
                final Path file = Files.write(folder.resolve("x"), form);
                assertThat(Recorded.of(CaptureFiles.open(file, capture.length)).damage)
                        .isNull();
                final Recorded cut = Recorded.of(CaptureFiles.open(file, capture.length - 1));
                assertThat(cut.packets).hasSize(1);
                assertThat(cut.damageMessage())
                        .contains("goes on behind byte " + (capture.length - 1) + ", where it was to end (packet 2)");
                assertThat(cut.damageHint()).isEqualTo("allow more with --max-bytes");
            }
        }
    }

    /** Reads the captures that it is given: the other process of the test above. */
    static final class ReadAll {
        private ReadAll() {}

        public static void main(final String[] files) throws IOException {
            for (final String file : files) {
                try (CaptureReader reader = CaptureFiles.open(Path.of(file))) {
                    if (reader.poll((b, o, c, l, t, k) -> {}, 100) != 1) {
                        throw new AssertionError(file);
                    }
                }
            }
        }
    }
}
