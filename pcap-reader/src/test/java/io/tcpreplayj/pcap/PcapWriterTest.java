package io.tcpreplayj.pcap;

import static io.tcpreplayj.pcap.Recorded.line;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.testdata.PcapOracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapNativeException;

final class PcapWriterTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadBackByUsAndByLibpcap() throws IOException, PcapNativeException, NotOpenException {
        final Path file = folder.resolve("written.pcap");
        final SplittableRandom random = new SplittableRandom(3);
        final List<String> wanted = new ArrayList<>();
        final ByteBuffer buffer = ByteBuffer.allocateDirect(300_000);
        try (PcapWriter writer = PcapWriter.create(file, 1)) {
            for (int i = 0; i < 300; i++) {
                final byte[] packet = new byte[i == 7 ? 256 * 1024 : random.nextInt(3000)];
                random.nextBytes(packet);
                buffer.put(5, packet);
                final long timeNs = 1_795_400_140_000_000_000L + random.nextInt(2_000_000_000);
                writer.onPacket(buffer, 5, packet.length, packet.length + 10, timeNs, 1);
                wanted.add(line(timeNs, 1, packet.length + 10, packet));
            }
        }

        assertThat(Recorded.of(CaptureFiles.open(file)).packets).isEqualTo(wanted);
        final List<String> byLibpcap = new ArrayList<>();
        PcapOracle.read(file, (timeNs, origlen, packet) -> byLibpcap.add(line(timeNs, 1, origlen, packet)));
        assertThat(byLibpcap).isEqualTo(wanted);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void flushedPacketsCanBeReadWhileTheWriterIsOpen() throws IOException {
        final Path file = folder.resolve("growing.pcap");
        try (PcapWriter writer = PcapWriter.create(file, 101)) {
            writer.onPacket(ByteBuffer.allocate(3), 0, 3, 3, 5, 101);
            writer.flush();
            assertThat(Recorded.of(CaptureFiles.open(file)).packets).hasSize(1);
        }
    }

    @Test
    void packetsThatCannotBeHeldAreRefused() throws IOException {
        try (PcapWriter writer = PcapWriter.create(folder.resolve("refused.pcap"), 101)) {
            final ByteBuffer buffer = ByteBuffer.allocate(300_000);
            assertThatThrownBy(() -> writer.onPacket(buffer, 0, 3, 3, 5, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.onPacket(buffer, 0, 300_000, 3, 5, 101))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.onPacket(buffer, 0, -1, 3, 5, 101))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
