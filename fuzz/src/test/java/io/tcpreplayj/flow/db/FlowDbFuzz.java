package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_PAYLOAD_LENGTH_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_DATABASE_ID_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Input: a flow database. Its checksums are set right before it is opened, or no mutant would get beyond the first one:
 * this is the file of somebody who wants to do harm, not one that was damaged.
 */
public final class FlowDbFuzz {
    private static final Path FILE = temporary();
    private static final FileChannel CHANNEL = channel();

    private FlowDbFuzz() {}

    private static Path temporary() {
        try {
            final Path file = Files.createTempFile("fuzz", ".tfdb");
            file.toFile().deleteOnExit();
            return file;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileChannel channel() {
        try {
            return FileChannel.open(FILE, StandardOpenOption.WRITE);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(final byte[] input) throws IOException {
        final byte[] sealed = seal(input.clone());
        write(sealed);
        Limits.run(sealed, bytes -> readAll());
    }

    private static void readAll() throws IOException {
        try (FlowDb db = FlowDb.open(FILE)) {
            final List<Long> ids = new ArrayList<>();
            db.forEachSummary(flow -> flow.id() >= 0);
            db.forEach(flow -> ids.add(flow.id()));
            if (ids.size() != db.size()) {
                throw new AssertionError(ids.size() + " flows of " + db.size());
            }
            for (final long id : ids) {
                if (db.flow(id) == null || db.clientBytes(id).remaining() > CHANNEL.size()) {
                    throw new AssertionError("flow " + id + " is not there, or larger than the file");
                }
            }
        } catch (final CorruptFlowDbException | FlowDbVersionException e) {
            if (e.getMessage() == null) {
                throw new AssertionError("no message", e);
            }
        }
    }

    static FlowDb open(final byte[] file) throws IOException {
        write(file);
        return FlowDb.open(FILE);
    }

    private static void write(final byte[] file) throws IOException {
        FileIo.writeFully(CHANNEL, ByteBuffer.wrap(file), 0);
        // Not to 0 and before: ext4 would write what comes then to the disk each time (auto_da_alloc).
        CHANNEL.truncate(file.length);
    }

    /** Sets the header's checksum and that of each block, as far as their lengths lead. */
    private static byte[] seal(final byte[] file) {
        final ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < HEADER_LENGTH) {
            return file;
        }
        final CRC32C crc = new CRC32C();
        crc.update(file, 0, HEADER_CRC32C_OFFSET);
        bytes.putInt(HEADER_CRC32C_OFFSET, (int) crc.getValue());
        final BlockChecksum checksum = new BlockChecksum(new DatabaseId(
                bytes.getLong(HEADER_DATABASE_ID_OFFSET), bytes.getLong(HEADER_DATABASE_ID_OFFSET + Long.BYTES)));
        int at = HEADER_LENGTH;
        while (file.length - at >= BLOCK_LENGTH) {
            final int length = bytes.getInt(at + BLOCK_PAYLOAD_LENGTH_OFFSET);
            if (length < 0 || length > file.length - at - BLOCK_LENGTH) {
                break;
            }
            final ByteBuffer payload = ByteBuffer.wrap(file, at + BLOCK_LENGTH, length);
            bytes.putInt(at + BLOCK_CRC32C_OFFSET, checksum.of(at, bytes.getLong(at), payload));
            at += BLOCK_LENGTH + length;
        }
        return file;
    }

    /** The golden databases, and one with three commits made of recordings. */
    public static List<byte[]> seeds() throws IOException {
        final Path folder = Files.createTempDirectory("fuzz");
        final Path file = folder.resolve("seed.tfdb");
        try {
            int capture = 0;
            for (final byte[] recorded : Seeds.smallCaptures(".pcap").subList(0, 3)) {
                index(file, recorded, capture++);
            }
            final List<byte[]> seeds = new ArrayList<>();
            seeds.add(Files.readAllBytes(file));
            try (Stream<Path> golden = Files.list(Seeds.testdata("flowdb"))) {
                for (final Path each : golden.sorted().toList()) {
                    seeds.add(Files.readAllBytes(each));
                }
            }
            return seeds;
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }

    private static void index(final Path file, final byte[] recorded, final int capture) throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file, new DatabaseId(1, 2));
                CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(recorded), "seed")) {
            final FlowAssembler assembler = new FlowAssembler(
                    capture, writer.nextFlowId(), new FlowAssembler.AssemblerOptions(false, 32), writer);
            final PacketDecoder decoder = new PacketDecoder();
            final PacketView view = new PacketView();
            reader.poll(
                    (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                        if (decoder.decode(buffer, offset, caplen, origlen, linktype, view) == Verdict.TCP) {
                            assembler.onSegment(view, captureTimeNs);
                        }
                    },
                    Integer.MAX_VALUE);
            assembler.finish();
            writer.commit(new CaptureInfo(capture, "seed", recorded.length, capture, 1, 0, 1, 1, false));
        }
    }
}
