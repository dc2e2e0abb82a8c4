package io.tcpreplayj.pcap;

import static io.tcpreplayj.pcap.Recorded.line;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.testdata.PcapOracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
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

final class PcapngWriterTest {
    @TempDir
    Path folder;

    /** Writes packets of random lengths, each third of another link type when there are several. */
    private static List<String> write(final PcapngWriter writer, final int... linktypes) {
        final SplittableRandom random = new SplittableRandom(4);
        final List<String> wanted = new ArrayList<>();
        final ByteBuffer buffer = ByteBuffer.allocateDirect(300_000);
        for (int i = 0; i < 300; i++) {
            final byte[] packet = new byte[i == 7 ? 256 * 1024 : i < 20 ? i : random.nextInt(3000)];
            random.nextBytes(packet);
            buffer.put(5, packet);
            final long timeNs = 1_795_400_140_000_000_000L + random.nextInt(2_000_000_000);
            final int linktype = linktypes[i % linktypes.length];
            writer.onPacket(buffer, 5, packet.length, packet.length + 10, timeNs, linktype);
            wanted.add(line(timeNs, linktype, packet.length + 10, packet));
        }
        return wanted;
    }

    @Test
    void whatIsWrittenIsReadBackByUsAndByLibpcap() throws IOException, PcapNativeException, NotOpenException {
        final Path file = folder.resolve("written.pcapng");
        final List<String> wanted;
        try (PcapngWriter writer = PcapngWriter.create(file)) {
            wanted = write(writer, 1);
        }
        assertThat(Recorded.of(CaptureFiles.open(file)).packets).isEqualTo(wanted);
        final List<String> byLibpcap = new ArrayList<>();
        PcapOracle.read(file, (timeNs, origlen, packet) -> byLibpcap.add(line(timeNs, 1, origlen, packet)));
        assertThat(byLibpcap).isEqualTo(wanted);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void eachLinktypeIsAnInterface() throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final List<String> wanted;
        try (PcapngWriter writer = PcapngWriter.to(Channels.newChannel(bytes))) {
            wanted = write(writer, 1, 101, 113, 276, 228, 0);
        }
        final Recorded read = Recorded.of(bytes.toByteArray());
        assertThat(read.format).isEqualTo("pcapng");
        assertThat(read.damage).isNull();
        assertThat(read.packets).isEqualTo(wanted);
    }

    @Test
    void aFileWithoutPacketsIsACapture() throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PcapngWriter.to(Channels.newChannel(bytes)).close();
        final Recorded read = Recorded.of(bytes.toByteArray());
        assertThat(read.packets).isEmpty();
        assertThat(read.damage).isNull();
    }

    @Test
    void flushedPacketsCanBeReadWhileTheWriterIsOpen() throws IOException {
        final Path file = folder.resolve("growing.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(file)) {
            writer.onPacket(ByteBuffer.allocate(3), 0, 3, 3, 5, 101);
            writer.flush();
            assertThat(Recorded.of(CaptureFiles.open(file)).packets).hasSize(1);
        }
    }

    @Test
    void packetsThatCannotBeHeldAreRefused() throws IOException {
        try (PcapngWriter writer = PcapngWriter.create(folder.resolve("refused.pcapng"))) {
            final ByteBuffer buffer = ByteBuffer.allocate(300_000);
            assertThatThrownBy(() -> writer.onPacket(buffer, 0, 300_000, 3, 5, 101))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.onPacket(buffer, 0, -1, 3, 5, 101))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.onPacket(buffer, 0, 3, 3, 5, 0x1_0000))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
