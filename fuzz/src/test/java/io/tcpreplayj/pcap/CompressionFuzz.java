package io.tcpreplayj.pcap;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Input: a compressed file: gzip, zstd or xz. Whatever it claims, output comes in pieces that fit, until it ends. */
public final class CompressionFuzz {
    private static final ByteBuffer MEMORY = ByteBuffer.allocateDirect(ByteWindow.CAPACITY);
    private static final ByteBuffer OUTPUT = ByteBuffer.allocateDirect(1 << 16);

    /** A bomb goes on for as long as somebody reads. */
    private static final int ENOUGH_BYTES = 1 << 20;

    private static final byte XZ = (byte) 0xfd;

    private CompressionFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, CompressionFuzz::decompress);
    }

    private static void decompress(final byte[] input) throws IOException {
        final ByteWindow file =
                new ByteWindow(new ChannelSource(Channels.newChannel(new ByteArrayInputStream(input))), MEMORY);
        file.has(Integer.BYTES);
        try (ByteSource source = open(file)) {
            long total = 0;
            int count = 0;
            while (count >= 0 && total < ENOUGH_BYTES) {
                OUTPUT.clear();
                count = source.read(OUTPUT);
                if (count == 0 || count > OUTPUT.capacity() || (count > 0 && count != OUTPUT.position())) {
                    throw new AssertionError(count + " bytes, position " + OUTPUT.position());
                }
                total += count;
            }
            if (source.fileBytes() < 0 || source.fileBytes() > input.length) {
                throw new AssertionError(source.fileBytes() + " bytes of " + input.length);
            }
        } catch (final DamagedInputException e) {
            if (e.hint().isEmpty()) {
                throw new AssertionError("no hint", e);
            }
        }
    }

    private static ByteSource open(final ByteWindow file) throws IOException {
        if (GzipSource.isGzip(file.buffer(), file.begin(), file.available())) {
            return new GzipSource(file);
        }
        final boolean xz = file.available() > 0 && file.buffer().get(file.begin()) == XZ;
        return xz ? new XzSource(file) : new ZstdSource(file);
    }

    /** A gzip header with each optional field, a stored block, an empty zstd frame, a skippable one, real recordings. */
    public static List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        seeds.add(Seeds.hex("1f8b 08 1e 00000000 00ff 0200 4142 6e00 6300 0000 01 0300fcff 616263 c2412435 03000000"));
        seeds.add(Seeds.hex("1f8b 08 00 00000000 00ff 0300 00000000 00000000 00000000 1f8b"));
        seeds.add(Seeds.hex("28b52ffd 2000 010000"));
        seeds.add(Seeds.hex("fd377a585a00 0001 6922de36 02002101 0c000000 8f98419c 010002 616263 0000 c2412435"
                + "00011703 07600cbc 9042990d 010000000001 595a"));
        seeds.add(Seeds.hex("502a4d18 04000000 01020304 28b52ffd 2003 190000 616263"));
        for (final String suffix : new String[] {".gz", ".zst"}) {
            Seeds.captures(suffix).forEach(file -> seeds.add(Arrays.copyOf(file, 3_000)));
        }
        return seeds;
    }
}
