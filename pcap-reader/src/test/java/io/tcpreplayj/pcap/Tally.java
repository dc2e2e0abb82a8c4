package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a whole capture and adds up what came. */
final class Tally implements PacketHandler {
    final Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    long packets;
    long bytesCaptured;
    long bytesWire;
    long payloadBytes;
    long firstNs;
    long lastNs;

    @Nullable
    CaptureException damage;

    private final Reassembler reassembler = new Reassembler();
    private final PacketView view = new PacketView();

    static Tally of(final CaptureReader reader) throws IOException {
        final Tally tally = new Tally();
        try (reader) {
            int count;
            do {
                count = reader.poll(tally, 1000);
            } while (count >= 0);
        } catch (final CaptureException e) {
            tally.damage = e;
        }
        return tally;
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        if (packets == 0) {
            firstNs = captureTimeNs;
        }
        lastNs = captureTimeNs;
        packets++;
        bytesCaptured += caplen;
        bytesWire += origlen;
        final Verdict verdict = reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, view);
        verdicts.merge(verdict, 1, Integer::sum);
        payloadBytes += verdict == Verdict.TCP ? view.payloadLength() : 0;
    }

    int count(final Verdict verdict) {
        return verdicts.getOrDefault(verdict, 0);
    }
}
