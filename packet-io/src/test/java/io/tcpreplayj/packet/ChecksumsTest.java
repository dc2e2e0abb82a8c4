package io.tcpreplayj.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pcap4j.util.ByteArrays;

class ChecksumsTest {
    @Test
    void theExampleOfRfc1071() {
        final ByteBuffer bytes = ByteBuffer.wrap(new byte[] {0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5, -10, -9});
        assertThat(Checksums.finish(Checksums.add(0, bytes, 0, 8))).isEqualTo(~0xddf2 & 0xffff);
    }

    @Test
    void aHeaderWithItsChecksum_sumsToZero() {
        final byte[] header = {
            0x45,
            0,
            0,
            0x73,
            0,
            0,
            0x40,
            0,
            0x40,
            0x11,
            (byte) 0xb8,
            0x61,
            (byte) 0xc0,
            (byte) 0xa8,
            0,
            1,
            (byte) 0xc0,
            (byte) 0xa8,
            0,
            (byte) 0xc7
        };
        assertThat(Checksums.finish(Checksums.add(0, ByteBuffer.wrap(header), 0, 20)))
                .isZero();
    }

    @Test
    void everyLengthAndOffset_agreesWithPcap4j() {
        final Random random = new Random(1);
        for (int length = 0; length < 300; length++) {
            final byte[] data = new byte[length];
            random.nextBytes(data);
            final ByteBuffer buffer = ByteBuffer.allocate(length + 7);
            buffer.put(length % 7, data);
            final int ours = Checksums.finish(Checksums.add(0, buffer, length % 7, length));
            assertThat(ours).as("length %d", length).isEqualTo(ByteArrays.calcChecksum(data) & 0xffff);
        }
    }

    @Test
    void carriesDoNotGetLost() {
        final byte[] ones = new byte[65_536];
        Arrays.fill(ones, (byte) 0xff);
        assertThat(Checksums.finish(Checksums.add(0, ByteBuffer.wrap(ones), 0, ones.length)))
                .isZero();
    }
}
