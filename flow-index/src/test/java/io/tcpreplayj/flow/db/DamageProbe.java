package io.tcpreplayj.flow.db;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Damages a database in every place and reads it, in a JVM of its own with little memory. Says on stdout how often; ends
 * with an exception at the first answer that is neither what a commit held nor a refusal that says why.
 */
final class DamageProbe {
    /** Lengths and counts that nothing has: the greatest, negative ones, varints that do not end. */
    private static final byte[][] PATTERNS = {
        {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07},
        {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f},
        {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff},
        {0, 0, 0, (byte) 0x80},
        {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x08},
        {0},
        {1, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f},
        {1, 0, (byte) 0x86, 'C', 'a', 'n', 'a', 'r', 'y'}
    };

    private static final long SLOW_NS = 5_000_000_000L;

    private final Path damaged;
    private final byte[] sound;
    /** What the database holds after its first, second ... commit. */
    private final Set<List<String>> states = new HashSet<>();

    private final DatabaseId id;
    private long reads;
    private long refusals;

    private DamageProbe(final Path database) throws IOException {
        damaged = database.resolveSibling("probed.tfdb");
        sound = Files.readAllBytes(database);
        try (FileChannel channel = FileChannel.open(database)) {
            id = FileHeader.read(channel, database).id();
            for (final Commit commit :
                    Layout.of(new BlockScan(channel, id, channel.size())).commits()) {
                FileContent.replace(damaged, Arrays.copyOf(sound, (int) commit.end()));
                try (FlowDb db = FlowDb.open(damaged)) {
                    states.add(contentOf(db));
                }
            }
        }
    }

    /** {@code flips DATABASE SEED BITS} or {@code hostile DATABASE}. */
    public static void main(final String[] args) throws IOException {
        final DamageProbe probe = new DamageProbe(Path.of(args[1]));
        if (args[0].equals("flips")) {
            probe.flipEachByte(Long.parseLong(args[2]), Integer.parseInt(args[3]));
            probe.cutAtEachByte();
        } else {
            probe.patchEachByte();
        }
        System.out.println(probe.reads + " read, " + probe.refusals + " refused");
    }

    private static List<String> contentOf(final FlowDb db) throws IOException {
        final List<String> content = FlowAndBytes.allOf(db);
        content.add(db.captures().toString());
        return content;
    }

    private void flipEachByte(final long seed, final int bits) throws IOException {
        final SplittableRandom random = new SplittableRandom(seed);
        for (int at = 0; at < sound.length; at++) {
            final int first = random.nextInt(8);
            for (int bit = 0; bit < bits; bit++) {
                final byte[] bytes = sound.clone();
                bytes[at] ^= (byte) (1 << (first + bit) % 8);
                read(bytes, "byte " + at + " flipped", true);
            }
        }
    }

    private void cutAtEachByte() throws IOException {
        for (int length = 0; length < sound.length; length++) {
            read(Arrays.copyOf(sound, length), "cut to " + length, true);
        }
    }

    /** Every pattern in every place of every block, behind CRCs that hold: somebody wrote that. */
    private void patchEachByte() throws IOException {
        final List<int[]> blocks = new ArrayList<>();
        FileContent.replace(damaged, sound);
        try (FileChannel channel = FileChannel.open(damaged)) {
            final Layout layout = Layout.of(new BlockScan(channel, id, channel.size()));
            for (int block = 0; block < layout.blocks(); block++) {
                if (layout.type(block) != FlowDbFormat.TYPE_PAYLOAD) {
                    blocks.add(new int[] {(int) layout.offset(block), (int) layout.end(block)});
                }
            }
        }
        for (final int[] block : blocks) {
            for (int at = block[0] + FlowDbFormat.BLOCK_LENGTH; at < block[1]; at++) {
                for (final byte[] pattern : PATTERNS) {
                    final byte[] bytes = sound.clone();
                    System.arraycopy(pattern, 0, bytes, at, Math.min(pattern.length, block[1] - at));
                    seal(bytes, block[0], block[1]);
                    read(bytes, "pattern " + Arrays.toString(pattern) + " at byte " + at, false);
                }
            }
        }
    }

    private void seal(final byte[] bytes, final int begin, final int end) {
        final ByteBuffer block =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(begin + FlowDbFormat.BLOCK_LENGTH);
        block.limit(end);
        final int crc = new BlockChecksum(id).of(begin, block.getLong(begin), block);
        block.putInt(begin + FlowDbFormat.BLOCK_CRC32C_OFFSET, crc);
    }

    /** @param byChance then only what a commit held may be read */
    private void read(final byte[] bytes, final String what, final boolean byChance) throws IOException {
        FileContent.replace(damaged, bytes);
        final long beganNs = System.nanoTime();
        try (FlowDb db = FlowDb.open(damaged)) {
            final List<String> content = contentOf(db);
            db.forEachSummary(flow -> flow.id() > 0);
            if (byChance && !states.contains(content)) {
                throw new IllegalStateException(what + ": read as something else");
            }
            reads++;
        } catch (final CorruptFlowDbException | UncheckedIOException e) {
            refused(e, what);
        } catch (final FlowDbVersionException e) {
            throw new IllegalStateException(what + ": a version", e);
        } catch (final Error | RuntimeException e) {
            throw new IllegalStateException(what, e);
        }
        verify(what);
        if (System.nanoTime() - beganNs > SLOW_NS) {
            throw new IllegalStateException(what + ": took longer than " + SLOW_NS + " ns");
        }
    }

    private void refused(final Exception e, final String what) {
        final Throwable cause = e instanceof UncheckedIOException unchecked ? unchecked.getCause() : e;
        if (!(cause instanceof CorruptFlowDbException corrupt)
                || !String.valueOf(corrupt.getMessage()).matches("(?s).*probed.tfdb: .* at byte -?\\d+")) {
            throw new IllegalStateException(what, e);
        }
        refusals++;
    }

    private void verify(final String what) throws IOException {
        try {
            FlowDbVerifier.verify(damaged);
        } catch (final CorruptFlowDbException e) {
            refused(e, what);
            refusals--;
        } catch (final Error | RuntimeException e) {
            throw new IllegalStateException(what + ", verify", e);
        }
    }
}
