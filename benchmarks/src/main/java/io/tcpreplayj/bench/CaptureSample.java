package io.tcpreplayj.bench;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.PcapWriter;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** One capture of {@value #PACKETS} packets as a temporary file, in each of the formats. */
final class CaptureSample implements AutoCloseable {
    static final int PACKETS = 100_000;
    private static final int ANSWER_BYTES = 3_000;

    private final Path file;

    private CaptureSample(final Path file) {
        this.file = file;
    }

    /** Takes the packets of the sample and stops at {@link #PACKETS}, in the midst of a connection or not. */
    private static void write(final PacketHandler out) {
        final int[] written = {0};
        final Traffic traffic = new Traffic(
                (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                    if (written[0]++ < PACKETS) {
                        out.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
                    }
                },
                false);
        final ByteBuffer request = Traffic.request();
        final ByteBuffer answer = Traffic.answer(ANSWER_BYTES);
        for (int i = 0; written[0] < PACKETS; i++) {
            final Traffic.Connection connection = traffic.connection(i).open();
            for (int exchange = 0; exchange < 8; exchange++) {
                connection.exchange(request, answer);
            }
            connection.close();
        }
    }

    static CaptureSample pcap() {
        try {
            final Path file = Files.createTempFile("benchmark", ".pcap");
            try (PcapWriter writer = PcapWriter.create(file, Linktype.RAW)) {
                write(writer);
            }
            return new CaptureSample(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static CaptureSample gzip() {
        try (CaptureSample plain = pcap()) {
            final Path file = Files.createTempFile("benchmark", ".pcap.gz");
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
                Files.copy(plain.file, out);
            }
            return new CaptureSample(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static CaptureSample pcapng() {
        try {
            final Path file = Files.createTempFile("benchmark", ".pcapng");
            try (DataOutputStream out =
                    new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
                // draft-ietf-opsawg-pcapng 4.1, 4.2: a section, an interface of raw packets in microseconds.
                block(out, 0x0a0d_0d0a, 0x1a2b_3c4d, 1 << 16, -1, -1);
                block(out, 1, Linktype.RAW << 16, 0);
                write((buffer, offset, caplen, origlen, captureTimeNs, linktype) ->
                        enhancedPacket(out, buffer, offset, caplen, captureTimeNs / 1_000));
            }
            return new CaptureSample(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void block(final DataOutputStream out, final int type, final int... body) throws IOException {
        final int length = 12 + 4 * body.length;
        out.writeInt(type);
        out.writeInt(length);
        for (final int word : body) {
            out.writeInt(word);
        }
        out.writeInt(length);
    }

    private static void enhancedPacket(
            final DataOutputStream out, final ByteBuffer buffer, final int offset, final int caplen, final long ticks) {
        final int length = 32 + (caplen + 3 & ~3);
        final byte[] packet = new byte[length - 32];
        buffer.get(offset, packet, 0, caplen);
        try {
            out.writeInt(6);
            out.writeInt(length);
            out.writeInt(0);
            out.writeLong(ticks);
            out.writeInt(caplen);
            out.writeInt(caplen);
            out.write(packet);
            out.writeInt(length);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path file() {
        return file;
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
