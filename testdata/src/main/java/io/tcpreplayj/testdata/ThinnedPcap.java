package io.tcpreplayj.testdata;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** A capture of {@link FlowPcap} from which frames of clients are missing, as one that could not keep up leaves it. */
public final class ThinnedPcap {
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int FIN = 1;

    private final SplittableRandom random;
    private final double rate;
    private final Set<String> withoutSyn = new TreeSet<>();
    private final Set<String> withHoles = new TreeSet<>();
    private final Set<String> withoutFin = new TreeSet<>();
    private int missing;

    /**
     * What is missing, by client ({@code address:port}).
     *
     * @param frames in all, bare acknowledgments among them
     * @param withoutSyn connections that seem to have begun before the capture
     * @param withHoles of the others, those from whose stream bytes are missing
     * @param withoutFin of the others, those whose end is missing
     */
    public record Missing(int frames, Set<String> withoutSyn, Set<String> withHoles, Set<String> withoutFin) {}

    private ThinnedPcap(final double rate, final long seed) {
        this.rate = rate;
        this.random = new SplittableRandom(seed);
    }

    /** Copies a capture and leaves out each frame to the server with this probability. */
    public static Missing write(final Path whole, final Path thinned, final double rate, final long seed)
            throws IOException {
        final ThinnedPcap pcap = new ThinnedPcap(rate, seed);
        pcap.copy(Files.readAllBytes(whole), thinned);
        pcap.withHoles.removeAll(pcap.withoutSyn);
        pcap.withoutFin.removeAll(pcap.withoutSyn);
        pcap.withoutFin.removeAll(pcap.withHoles);
        return new Missing(pcap.missing, pcap.withoutSyn, pcap.withHoles, pcap.withoutFin);
    }

    private void copy(final byte[] whole, final Path thinned) throws IOException {
        final ByteBuffer view = ByteBuffer.wrap(whole);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(thinned), 1 << 20)) {
            out.write(whole, 0, FILE_HEADER);
            int at = FILE_HEADER;
            while (at < whole.length) {
                final int length = RECORD_HEADER + view.getInt(at + 8);
                if (isKept(HandMadeSegment.read(view, at + RECORD_HEADER))) {
                    out.write(whole, at, length);
                }
                at += length;
            }
        }
    }

    private boolean isKept(final HandMadeSegment segment) {
        if (segment.destinationPort() != FlowPcap.SERVER_PORT || random.nextDouble() >= rate) {
            return true;
        }
        missing++;
        final String client = segment.source().getHostAddress() + ":" + segment.sourcePort();
        if ((segment.flags() & HandMadeSegment.SYN) != 0) {
            withoutSyn.add(client);
        } else if (segment.payload().length > 0) {
            withHoles.add(client);
        } else if ((segment.flags() & FIN) != 0) {
            withoutFin.add(client);
        }
        return false;
    }
}
