package io.tcpreplayj.pcap;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Input: an index into the magics, then the capture behind its magic, so that each mutant still is a classic pcap. */
public final class PcapFuzz {
    private static final int[] MAGICS = {0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34, 0x34cdb2a1};

    private PcapFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, PcapFuzz::read);
    }

    private static void read(final byte[] input) throws Exception {
        if (input.length == 0) {
            return;
        }
        final ByteBuffer capture = ByteBuffer.allocate(input.length + 3);
        capture.putInt(MAGICS[(input[0] & 0xff) % MAGICS.length]).put(input, 1, input.length - 1);
        CaptureReading.check(capture.array());
    }

    /** The small recordings, and one of the rare kind: Kuznetzov's, and lengths in the order of version 2.2. */
    public static List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        for (final byte[] capture : Seeds.smallCaptures(".pcap")) {
            final int magic = ByteBuffer.wrap(capture).getInt();
            final int index = Arrays.stream(MAGICS).boxed().toList().indexOf(magic);
            seeds.add(Seeds.join(new byte[] {(byte) index}, Arrays.copyOfRange(capture, 4, capture.length)));
        }
        final byte[] header = Seeds.hex("0002 0004 00000000 00000000 0000ffff 00000065");
        final byte[] packet = Seeds.tcpOverIpv4();
        final byte[] length = ByteBuffer.allocate(4).putInt(packet.length).array();
        final byte[] time = Seeds.hex("65000000 00000007");
        final byte[] interfaceAndType = Seeds.hex("00000001 0800 00 00");
        seeds.add(Seeds.join(new byte[] {4}, header, time, length, length, interfaceAndType, packet));
        final byte[] old = header.clone();
        old[3] = 2;
        seeds.add(Seeds.join(new byte[] {0}, old, time, length, length, packet, time, length, length, packet));
        return seeds;
    }
}
