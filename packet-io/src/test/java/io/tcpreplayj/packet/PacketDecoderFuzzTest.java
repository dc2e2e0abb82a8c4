package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Frames.PAYLOAD;
import static io.tcpreplayj.packet.Frames.ethernet;
import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.ipv6;
import static io.tcpreplayj.packet.Frames.join;
import static io.tcpreplayj.packet.Frames.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever the bytes are, there is a verdict and the view stays inside them. */
final class PacketDecoderFuzzTest {
    private static final long SEED = 0x5eed_0001L;
    private static final int MUTANTS = Integer.getInteger("tcpreplayj.fuzz", 2_000_000);

    private static final class Seed {
        private final int linktype;
        private final byte[] packet;

        private Seed(final int linktype, final byte[] packet) {
            this.linktype = linktype;
            this.packet = packet;
        }
    }

    private static final byte[] OPTIONS = hex("0204 05b4 0402 080a 00000001 00000000 01 0303 07");

    private static final List<Seed> SEEDS = seeds(
            new Seed(Linktype.ETHERNET, ethernet("0800", ipv4(6, tcp(OPTIONS, PAYLOAD)))),
            new Seed(Linktype.ETHERNET, ethernet("88a8 0005 8100 0006 0800", ipv4(6, tcp(OPTIONS, PAYLOAD)))),
            new Seed(Linktype.ETHERNET, ethernet("86dd", ipv6(6, tcp(OPTIONS, PAYLOAD)))),
            new Seed(
                    Linktype.RAW,
                    ipv6(
                            0,
                            join(
                                    hex("3c 00 0104 00000000 2c 00 0104 00000000 06 00 0000 00000001"),
                                    tcp(OPTIONS, PAYLOAD)))),
            new Seed(Linktype.NULL, join(hex("02000000"), ipv4(6, tcp(OPTIONS, PAYLOAD)))),
            new Seed(
                    Linktype.LINUX_SLL,
                    join(hex("0000 0001 0006 020000000001 0000 0800"), ipv4(6, tcp(OPTIONS, PAYLOAD)))),
            new Seed(
                    Linktype.LINUX_SLL2,
                    join(
                            hex("8100 0000 00000002 0001 00 06 020000000001 0000 0005 86dd"),
                            ipv6(6, tcp(OPTIONS, PAYLOAD)))));

    private static List<Seed> seeds(final Seed... plain) {
        final List<Seed> seeds = new ArrayList<>(List.of(plain));
        for (final Encapsulated one : Encapsulated.links()) {
            seeds.add(new Seed(one.linktype, one.packet));
        }
        for (final Encapsulated one : Encapsulated.tunnels()) {
            seeds.add(new Seed(one.linktype, one.packet));
        }
        return seeds;
    }

    private static final int[] LINKTYPES = {
        0, 1, 9, 12, 14, 50, 51, 100, 101, 104, 105, 108, 113, 119, 127, 147, 163, 166, 192, 204, 228, 229, 239, 276, -1
    };

    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final PacketView view = new PacketView();

    /** The buffer ends where the packet does: one byte too far is an exception. */
    private Verdict decode(final ByteBuffer exact, final int caplen, final int origlen, final int linktype) {
        final Verdict verdict = decoder.decode(exact, 0, caplen, origlen, linktype, view);
        if (verdict == Verdict.TCP || verdict == Verdict.UDP) {
            final boolean inside = view.optionsLength >= 0
                    && view.optionsLength <= 40
                    && view.payloadCaplen >= 0
                    && view.payloadCaplen <= view.payloadLength
                    && view.optionsOffset + view.optionsLength <= caplen
                    && view.payloadOffset >= view.optionsOffset
                    && view.payloadOffset + view.payloadCaplen <= caplen;
            if (!inside) {
                throw new AssertionError("the view leaves the packet");
            }
        }
        return verdict;
    }

    @Test
    void everyTruncationOfEverySeedHasAVerdict() {
        for (final Seed seed : SEEDS) {
            for (int caplen = 0; caplen <= seed.packet.length; caplen++) {
                for (final int linktype : LINKTYPES) {
                    final ByteBuffer exact = ByteBuffer.wrap(Arrays.copyOf(seed.packet, caplen));
                    assertThat(decode(exact, caplen, seed.packet.length, linktype))
                            .isNotNull();
                }
            }
        }
    }

    @Test
    void everyMutantHasAVerdict() {
        final SplittableRandom random = new SplittableRandom(SEED);
        final Set<Verdict> seen = EnumSet.noneOf(Verdict.class);
        final byte[] bytes = new byte[512];
        final ByteBuffer whole = ByteBuffer.wrap(bytes);
        for (int i = 0; i < MUTANTS; i++) {
            final Seed seed = SEEDS.get(random.nextInt(SEEDS.size()));
            System.arraycopy(seed.packet, 0, bytes, 0, seed.packet.length);
            final int changes = 1 + random.nextInt(4);
            for (int change = 0; change < changes; change++) {
                final int at = random.nextInt(seed.packet.length);
                bytes[at] = mutate(bytes[at], random);
            }
            final int caplen = random.nextInt(8) == 0 ? random.nextInt(seed.packet.length + 1) : seed.packet.length;
            final int origlen = random.nextInt(8) == 0 ? random.nextInt() : seed.packet.length;
            final int linktype = random.nextInt(8) == 0 ? LINKTYPES[random.nextInt(LINKTYPES.length)] : seed.linktype;
            try {
                seen.add(decode(whole.limit(caplen), caplen, origlen, linktype));
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed " + SEED + " mutant " + i + " linktype " + linktype + " origlen " + origlen + ": "
                                + HexFormat.of().formatHex(bytes, 0, caplen),
                        e);
            }
        }
        assertThat(seen).as("the mutants reach every verdict").isEqualTo(EnumSet.allOf(Verdict.class));
    }

    private static byte mutate(final byte value, final SplittableRandom random) {
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> (byte) 0xff;
            case 2 -> (byte) (value ^ 1 << random.nextInt(8));
            case 3 -> (byte) (value + random.nextInt(3) - 1);
            default -> (byte) random.nextInt();
        };
    }
}
