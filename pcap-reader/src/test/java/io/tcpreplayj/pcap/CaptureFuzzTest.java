package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever a file holds, reading it ends: with packets that lie inside the buffer, and at worst one named damage. */
final class CaptureFuzzTest {
    private static final long SEED = 0x5eed_0002L;
    private static final int MUTANTS = Integer.getInteger("tcpreplayj.fuzz", 200_000);

    /** Values that framing fields lie with. */
    private static final int[] LIES = {0, 1, 3, 12, 0xff, 0x7fff, 0xffff, 262_144, 262_145, 1 << 20, 1 << 30, -1};

    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final PacketView view = new PacketView();
    private long packets;
    private int damaged;

    private static byte[] pcap(final ByteOrder order, final int magic) {
        final CaptureBytes capture = CaptureBytes.pcap(order, magic, 101);
        for (int i = 0; i < 4; i++) {
            capture.record(i, i, 60, new byte[] {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 1, 1});
        }
        return capture.bytes();
    }

    private static byte[] pcapng(final ByteOrder order) {
        final byte[] packet = {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 1, 1};
        final CaptureBytes capture = CaptureBytes.pcapng(order);
        return capture.iface(101, 0, capture.part().option(9, new byte[] {9}).option(14, new byte[8]))
                .enhanced(0, 1, 14, packet)
                .block(5, capture.part().u32(0).u32(0).u32(0))
                .simple(14, packet)
                .obsolete(0, 2, 14, packet)
                .section(ByteOrder.BIG_ENDIAN)
                .iface(1)
                .enhanced(0, 3, 60, packet)
                .bytes();
    }

    @Test
    void everyMutantEndsInPacketsAndAtMostOneDamage() throws IOException {
        final byte[][] seeds = {
            pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4),
            pcap(ByteOrder.BIG_ENDIAN, 0xa1b23c4d),
            pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2cd34),
            pcapng(ByteOrder.LITTLE_ENDIAN),
            pcapng(ByteOrder.BIG_ENDIAN)
        };
        final SplittableRandom random = new SplittableRandom(SEED);
        final MutantSource source = new MutantSource();
        for (int i = 0; i < MUTANTS; i++) {
            final byte[] mutant = seeds[random.nextInt(seeds.length)].clone();
            mutate(mutant, random);
            try {
                read(source, mutant);
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed " + SEED + " mutant " + i + ": " + HexFormat.of().formatHex(mutant), e);
            }
        }
        assertThat(packets).isGreaterThan(MUTANTS);
        assertThat(damaged).isBetween(MUTANTS / 10, MUTANTS);
    }

    private void read(final MutantSource source, final byte[] mutant) throws IOException {
        try (CaptureReader reader = source.of(mutant)) {
            int count;
            do {
                count = reader.poll(this::onPacket, 3);
            } while (count >= 0);
        } catch (final CaptureException e) {
            damaged++;
            assertThat(e.getMessage()).startsWith("mutant: ");
        }
    }

    private void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        if (caplen < 0 || caplen > 256 * 1024 || offset < 0 || offset + caplen > buffer.limit() || origlen < 0) {
            throw new AssertionError("packet outside the buffer");
        }
        decoder.decode(buffer, offset, caplen, origlen, linktype, view);
        packets++;
    }

    private static void mutate(final byte[] bytes, final SplittableRandom random) {
        final int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            // The first magic stays, so that the mutant is still taken for a capture.
            final int at = 4 + random.nextInt(bytes.length - 8);
            if (random.nextBoolean()) {
                bytes[at] ^= (byte) (1 << random.nextInt(8));
            } else {
                final int lie = LIES[random.nextInt(LIES.length)];
                final boolean little = random.nextBoolean();
                for (int b = 0; b < 4; b++) {
                    bytes[(at & ~3) + b] = (byte) (lie >>> (8 * (little ? b : 3 - b)));
                }
            }
        }
    }

    /** Opens readers without a new megabyte of direct memory for each. */
    private static final class MutantSource {
        private final ByteBuffer memory = ByteBuffer.allocateDirect(ByteWindow.CAPACITY);

        CaptureReader of(final byte[] bytes) throws IOException {
            final ByteWindow window =
                    new ByteWindow(new ChannelSource(Channels.newChannel(new ByteArrayInputStream(bytes))), memory);
            window.has(4);
            return memory.getInt(0) == PcapngReader.SECTION_HEADER
                    ? new PcapngReader(window, "mutant")
                    : new PcapReader(window, "mutant");
        }
    }
}
