package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.intercept.feed.Fields;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/** Input: one message of a host that captures, past the frame it came in, behind a byte that says which: RELAYED for most. */
public final class RelayFuzz {
    private static final int HELLO = 0;
    private static final int COUNTS = 1;

    private RelayFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> {
            if (bytes.length == 0) {
                return;
            }
            final ByteBuffer message = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
            try {
                switch (bytes[0]) {
                    case HELLO -> Fields.decode(message, RelayHello::decode);
                    case COUNTS -> Fields.decode(message, RelayCounts::decode);
                    default -> unpack(message);
                }
            } catch (final FeedException e) {
                if (e.getMessage() == null) {
                    throw new AssertionError("no message", e);
                }
            }
        });
    }

    private static void unpack(final ByteBuffer batch) throws Exception {
        RelayBatch.check(batch);
        int at = batch.position() + RelayFormat.BATCH_HEADER;
        for (int left = RelayBatch.count(batch); left > 0; left--) {
            at = RelayBatch.handOver(batch, at, new Fitting(at));
        }
        if (at != batch.limit()) {
            throw new AssertionError(batch.limit() - at + " bytes that no packet has");
        }
    }

    /** What is handed over of the packet that begins there, whether or not it is to be taken in, lies in the batch. */
    private record Fitting(int begin) implements PacketHandler {
        @Override
        public void onPacket(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            if (offset != begin + RelayFormat.PACKET_HEADER
                    || caplen < 0
                    || caplen > buffer.limit() - offset
                    || origlen < caplen) {
                throw new AssertionError(caplen + " of " + origlen + " bytes at " + offset);
            }
        }

        @Override
        public void onCut(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            if (linktype < 0) {
                throw new AssertionError("link type " + linktype);
            }
            onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
        }
    }

    public static List<byte[]> seeds() {
        final ByteBuffer hello = ByteBuffer.allocate(100);
        new RelayHello(new UUID(1, 2), 3, 4, 50, 6, "web1 eth0").encode(hello);
        final RelayBatch batch = new RelayBatch();
        for (final byte[] packet : List.of(Seeds.tcpOverIpv4(), Seeds.tcpOverIpv6())) {
            batch.add(ByteBuffer.wrap(packet), 0, packet.length, packet.length, 7, Linktype.RAW);
            batch.add(ByteBuffer.wrap(packet), 0, packet.length, packet.length, 8, Linktype.RAW | RelayFormat.CUT);
        }
        return List.of(
                seed(HELLO, hello.flip()),
                seed(
                        COUNTS,
                        ByteBuffer.allocate(24).putLong(0, 12).putLong(8, 3).putLong(16, 5)),
                seed(2, batch.finish(1)));
    }

    private static byte[] seed(final int kind, final ByteBuffer message) {
        final byte[] bytes = new byte[message.remaining()];
        message.get(bytes);
        return Seeds.join(new byte[] {(byte) kind}, bytes);
    }
}
