package io.tcpreplayj.cli;

import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Captures in the order of their first packets, which the names of a rotation set seldom tell: tcpdump writes x.pcap10 that
 * sorts before x.pcap2, and a ring begins again at its first name.
 */
final class TimeOrder {
    /** Of what has no packet or is no capture: it comes first, so that what is wrong with it is told first. */
    static final long NO_TIME = Long.MIN_VALUE;

    private TimeOrder() {}

    /**
     * A capture and when it begins.
     *
     * @param firstPacketNs capture time of its first packet, or {@link #NO_TIME}
     * @param failure why it cannot be opened, or null
     */
    record Timed(
            CaptureSource source,
            long firstPacketNs,
            @Nullable IOException failure) {}

    /**
     * Files by their first packets and, of the same time, by name. Streams, of which nobody can read ahead, stand behind
     * them in the order given.
     */
    static List<Timed> of(final List<CaptureSource> sources) {
        final List<Timed> files = new ArrayList<>();
        final List<Timed> streams = new ArrayList<>();
        for (final CaptureSource source : sources) {
            final Path file = source.file();
            if (file == null || source.isStream()) {
                streams.add(new Timed(source, NO_TIME, null));
            } else {
                // A single one needs no order.
                files.add(sources.size() == 1 ? new Timed(source, NO_TIME, null) : timed(source, file));
            }
        }
        files.sort(Comparator.comparingLong(Timed::firstPacketNs)
                .thenComparing(timed -> timed.source().name()));
        files.addAll(streams);
        return files;
    }

    /** When that file begins. */
    static Timed timed(final CaptureSource source, final Path file) {
        final long[] firstNs = {NO_TIME};
        try (CaptureReader reader = CaptureSource.open(file, Long.MAX_VALUE)) {
            pollOne(reader, firstNs);
        } catch (final IOException e) {
            return new Timed(source, NO_TIME, e);
        }
        return new Timed(source, firstNs[0], null);
    }

    private static void pollOne(final CaptureReader reader, final long[] firstNs) throws IOException {
        try {
            reader.poll((buffer, offset, caplen, origlen, captureTimeNs, linktype) -> firstNs[0] = captureTimeNs, 1);
        } catch (final CaptureException e) {
            // Damaged from its first packet on: whoever reads it meets that again, and tells it.
            firstNs[0] = NO_TIME;
        }
    }
}
