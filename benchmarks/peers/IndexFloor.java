import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The least that an index can do with a capture, on one thread: read it, find the TCP headers, look the flow up and digest
 * the payload. Nothing is kept, checked or written. Little-endian pcap of Ethernet and IPv4 alone.
 *
 * <pre>
 * java IndexFloor CAPTURE       prints packets, flows and the sum of the digests
 * java IndexFloor CAPTURE read  only reads
 * </pre>
 */
final class IndexFloor {
    private static final int READ = 64 << 10;
    private static final int SLOT_BITS = 18;
    private static final int IP_AT = 14;

    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(4 * READ).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer digested = bytes.duplicate();
    private final CRC32C crc32c = new CRC32C();
    private final long[] flowKeys = new long[1 << SLOT_BITS];
    private long packets;
    private long flows;
    private long digests;

    private IndexFloor() {}

    public static void main(final String[] args) throws IOException {
        final IndexFloor floor = new IndexFloor();
        floor.read(Path.of(args[0]), args.length > 1);
        System.out.println(floor.packets + " packets, " + floor.flows + " flows, digests " + floor.digests);
    }

    private void read(final Path capture, final boolean readsOnly) throws IOException {
        try (FileChannel file = FileChannel.open(capture)) {
            file.position(24);
            while (file.read(bytes.limit(bytes.position() + READ)) >= 0) {
                bytes.flip();
                bytes.position(readsOnly ? bytes.limit() : packets(bytes.limit()));
                bytes.compact();
            }
        }
    }

    /** Returns where the first packet begins that is not whole. */
    private int packets(final int limit) {
        int at = 0;
        while (limit - at >= 16 && limit - at >= 16 + bytes.getInt(at + 8)) {
            final int end = at + 16 + bytes.getInt(at + 8);
            segment(at + 16 + IP_AT, end);
            packets++;
            at = end;
        }
        return at;
    }

    private void segment(final int ip, final int end) {
        final int tcp = ip + (bytes.get(ip) & 15) * 4;
        final int payload = tcp + (bytes.get(tcp + 12) >> 4 & 15) * 4;
        final int payloadEnd = Math.min(end, ip + Short.toUnsignedInt(Short.reverseBytes(bytes.getShort(ip + 2))));
        // Both directions have one key.
        final int addresses = bytes.getInt(ip + 12) ^ bytes.getInt(ip + 16);
        final int ports = bytes.getShort(tcp) ^ bytes.getShort(tcp + 2);
        lookUp((long) addresses << 16 ^ ports | 1L << 48);
        if (payload < payloadEnd) {
            crc32c.reset();
            crc32c.update(digested.limit(payloadEnd).position(payload));
            digests += crc32c.getValue();
        }
    }

    private void lookUp(final long key) {
        int slot = (int) (key * 0x9E37_79B9_7F4A_7C15L >>> 64 - SLOT_BITS);
        while (flowKeys[slot] != key) {
            if (flowKeys[slot] == 0) {
                flowKeys[slot] = key;
                flows++;
                return;
            }
            slot = slot + 1 & flowKeys.length - 1;
        }
    }
}
