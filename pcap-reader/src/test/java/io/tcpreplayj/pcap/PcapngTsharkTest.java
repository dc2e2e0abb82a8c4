package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of block in one file, in both byte orders: tshark sees the same times, lengths and interfaces. */
final class PcapngTsharkTest {
    private static final byte[] IP = HexFormat.of().parseHex("4500001400000000401100000a0000010a000002");
    private static final byte[] ETHERNET = HexFormat.of()
            .parseHex("0000000000000000000000000800" + HexFormat.of().formatHex(IP));
    private static final int TSRESOL = 9;
    private static final int TSOFFSET = 14;

    @TempDir
    Path folder;

    private static byte[] everyKindOfBlock() {
        final CaptureBytes capture = CaptureBytes.pcapng(ByteOrder.LITTLE_ENDIAN);
        final byte[] milliseconds = {3};
        final byte[] thousandAndTwentyFourths = {(byte) 0x8a};
        capture.iface(1, 0, capture.part().option(TSRESOL, new byte[] {9}))
                .iface(
                        101,
                        0,
                        capture.part().option(TSOFFSET, capture.part().i64(1000).bytes()))
                .block(10, capture.part().u32(0x544c534b).u32(12).raw("CLIENT_RAND ".getBytes(StandardCharsets.UTF_8)))
                .enhanced(0, 1_700_000_000_000_000_001L, 60, ETHERNET)
                .obsolete(1, 1_700_000_001_000_000L, 21, IP)
                .block(0x7777_0000, capture.part().u32(1).u32(2))
                .block(4, capture.part().u32(0))
                .section(ByteOrder.BIG_ENDIAN);
        capture.iface(101, 8, capture.part().option(TSRESOL, thousandAndTwentyFourths))
                .iface(1, 0, capture.part().option(TSRESOL, milliseconds))
                .enhanced(0, 1_700_000_002L * 1024 + 512, 20, IP)
                .enhanced(1, 1_700_000_003_004L, 34, ETHERNET)
                .block(5, capture.part().u32(0).u32(0).u32(0));
        return capture.bytes();
    }

    @Test
    void everyKindOfBlock_isReadAsTsharkReadsIt() throws IOException {
        Privileges.need("tshark");
        final Path file = Files.write(folder.resolve("all.pcapng"), everyKindOfBlock());
        final String seen = Exec.run(
                        "tshark",
                        "-r",
                        file.toString(),
                        "-T",
                        "fields",
                        "-e",
                        "frame.time_epoch",
                        "-e",
                        "frame.len",
                        "-e",
                        "frame.cap_len")
                .orThrow()
                .stdout();
        final List<String> ours = Recorded.of(CaptureFiles.open(file)).packets;
        assertThat(ours)
                .map(PcapngTsharkTest::asTsharkSaysIt)
                .isEqualTo(seen.lines().toList())
                .hasSize(4);
        assertThat(ours).map(line -> line.split(" ")[2]).containsExactly("1", "101", "101", "1");
    }

    private static String asTsharkSaysIt(final String packet) {
        final String[] words = packet.split(" ");
        final String ns = words[0];
        final int point = ns.length() - 9;
        return ns.substring(0, point) + "." + ns.substring(point) + "\t" + words[4] + "\t" + words[5].length() / 2;
    }

    /** They hold keys: how many there were is told, what is in them is not. */
    @Test
    void decryptionSecrets_areCountedAndSteppedOver() throws IOException {
        try (CaptureReader reader = CaptureFiles.open(Files.write(folder.resolve("s.pcapng"), everyKindOfBlock()))) {
            assertThat(reader.secretBlocks()).isZero();
            assertThat(reader.poll((b, o, c, l, t, k) -> {}, 100)).isEqualTo(4);
            assertThat(reader.secretBlocks()).isEqualTo(1);
        }
    }
}
