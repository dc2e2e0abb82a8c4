package io.tcpreplayj.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowCounter;
import io.tcpreplayj.packet.CopyFinder;
import io.tcpreplayj.packet.FragmentFate;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * Recorded captures cut at each byte, with each byte changed, and with several changes at random, from the file to the flows:
 * there may be damage, but no exception, and everything that was read is accounted for.
 */
final class MutantCapturesTest {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int MUTANTS = Integer.getInteger("tcpreplayj.mutants", SOAK ? 1_000_000 : 3_000);
    private static final long SEED = Long.getLong("tcpreplayj.seed", 1);
    /** Of the bytes of a capture, each so many-th is changed. */
    private static final int STEP = SOAK ? 1 : 37;

    /** What framing fields lie with. */
    private static final int[] LIES = {0, 1, 3, 12, 0xff, 0x7fff, 0xffff, 262_144, 262_145, 1 << 20, 1 << 30, -1};

    private final List<byte[]> captures = captures();
    private long packets;
    private long segments;
    private long damaged;

    private static List<byte[]> captures() {
        final List<byte[]> captures = new ArrayList<>(Seeds.smallCaptures(".pcap"));
        for (final byte[] compressed : Seeds.captures(".pcapng.gz")) {
            try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
                captures.add(gzip.readAllBytes());
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        }
        return captures;
    }

    @Test
    void cutAtEachByte() {
        for (final byte[] capture : captures) {
            for (int length = 0; length < capture.length; length += STEP) {
                index(Arrays.copyOf(capture, length), "cut at " + length);
            }
        }
        assertThat(damaged).isPositive();
    }

    @Test
    void eachByteChanged() {
        for (final byte[] capture : captures) {
            for (int at = 0; at < capture.length; at += STEP) {
                final byte[] mutant = capture.clone();
                for (final int with : new int[] {0xff, 0x80, 0x01}) {
                    mutant[at] = (byte) (capture[at] ^ with);
                    index(mutant, "byte " + at + " ^ " + with);
                }
            }
        }
        assertThat(segments).isPositive();
    }

    @Test
    void changesAtRandom() {
        final SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < MUTANTS; i++) {
            final byte[] mutant = captures.get(random.nextInt(captures.size())).clone();
            for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
                change(mutant, random);
            }
            index(mutant, "mutant " + i + " of seed " + SEED);
        }
        System.out.printf("%,d mutants: %,d damaged, %,d packets, %,d segments%n", MUTANTS, damaged, packets, segments);
        assertThat(damaged).isBetween(MUTANTS / 20L, (long) MUTANTS);
        assertThat(segments).isGreaterThan(MUTANTS);
    }

    private static void change(final byte[] mutant, final SplittableRandom random) {
        final int at = random.nextInt(mutant.length - Integer.BYTES);
        if (random.nextBoolean()) {
            mutant[at] = (byte) random.nextInt();
            return;
        }
        final int lie = LIES[random.nextInt(LIES.length)];
        final boolean little = random.nextBoolean();
        for (int b = 0; b < Integer.BYTES; b++) {
            mutant[at + b] = (byte) (lie >>> 8 * (little ? b : 3 - b));
        }
    }

    private void index(final byte[] capture, final String what) {
        try (CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(capture), "mutant")) {
            index(reader);
        } catch (final CaptureException e) {
            // Not even a header is left.
            damaged++;
        } catch (final IOException | RuntimeException | AssertionError e) {
            throw new AssertionError(what + ": " + HexFormat.of().formatHex(capture), e);
        }
    }

    private void index(final CaptureReader reader) throws IOException {
        final Reassembler reassembler = new Reassembler();
        final CopyFinder copies = new CopyFinder();
        final PacketView view = new PacketView();
        final long[] flows = new long[1];
        final long[] judged = new long[Verdict.values().length];
        try (FlowAssembler assembler =
                new FlowAssembler(0, 1, FlowAssembler.AssemblerOptions.DEFAULT, (flow, bytes) -> flows[0]++)) {
            try {
                int count = 0;
                while (count >= 0) {
                    count = reader.poll(
                            (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                                final Verdict verdict = reassembler.decode(
                                        buffer, offset, caplen, origlen, captureTimeNs, linktype, view);
                                judged[verdict.ordinal()]++;
                                if (verdict == Verdict.TCP) {
                                    copies.mark(view, captureTimeNs);
                                    assembler.onSegment(view, captureTimeNs);
                                } else if (verdict == Verdict.UDP) {
                                    copies.markDatagram(view, captureTimeNs);
                                    assembler.onDatagram(view, captureTimeNs);
                                }
                            },
                            64);
                }
            } catch (final CaptureException e) {
                damaged++;
            }
            reassembler.finish();
            assembler.finish();
            check(reader, assembler, reassembler, judged, flows[0]);
        }
    }

    private void check(
            final CaptureReader reader,
            final FlowAssembler assembler,
            final Reassembler reassembler,
            final long[] judged,
            final long flows) {
        long fragments = 0;
        for (final FragmentFate fate : FragmentFate.values()) {
            fragments += reassembler.count(fate);
        }
        final long tcp = judged[Verdict.TCP.ordinal()];
        if (Arrays.stream(judged).sum() != reader.packets()
                || assembler.counters().get(FlowCounter.SEGMENTS) != tcp
                || assembler.counters().get(FlowCounter.FLOWS) != flows
                || fragments != reassembler.fragments()) {
            throw new AssertionError(reader.packets() + " packets, " + Arrays.toString(judged) + ", " + flows
                    + " flows, " + fragments + " of " + reassembler.fragments() + " fragments");
        }
        packets += reader.packets();
        segments += tcp;
    }
}
