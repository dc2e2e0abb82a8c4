package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The packets that a reader handed over, one line each, and the damage that it met. */
final class Recorded implements PacketHandler {
    final List<String> packets = new ArrayList<>();

    @Nullable
    CaptureException damage;

    String format = "";

    static Recorded of(final byte[] capture) throws IOException {
        return of(CaptureFiles.open(new ByteArrayInputStream(capture), "test.pcap"));
    }

    static Recorded of(final CaptureBytes capture) throws IOException {
        return of(capture.bytes());
    }

    static Recorded of(final CaptureReader reader) throws IOException {
        final Recorded recorded = new Recorded();
        recorded.format = reader.format();
        try (reader) {
            int count;
            do {
                count = reader.poll(recorded, 7);
            } while (count >= 0);
        } catch (final CaptureException e) {
            recorded.damage = e;
        }
        return recorded;
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        final byte[] packet = new byte[caplen];
        buffer.get(offset, packet);
        packets.add(line(captureTimeNs, linktype, origlen, packet));
    }

    static String line(final long captureTimeNs, final int linktype, final int origlen, final byte[] packet) {
        return captureTimeNs + " linktype " + linktype + " origlen " + origlen + " "
                + HexFormat.of().formatHex(packet);
    }

    String damageMessage() {
        return damage == null ? "" : String.valueOf(damage.getMessage());
    }

    String damageHint() {
        return damage == null ? "" : damage.hint();
    }
}
