package io.tcpreplayj.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class TcpOptionsTest {
    private final TcpOptions options = new TcpOptions();

    private TcpOptions parse(final int... bytes) {
        final ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 4);
        for (int i = 0; i < bytes.length; i++) {
            buffer.put(i + 2, (byte) bytes[i]);
        }
        options.parse(buffer, 2, bytes.length);
        return options;
    }

    @Test
    void linuxSyn_isUnderstood() {
        parse(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0, 1, 3, 3, 7);
        assertThat(options.mss()).isEqualTo(1460);
        assertThat(options.sackPermitted()).isTrue();
        assertThat(options.hasTimestamps()).isTrue();
        assertThat(options.tsVal()).isEqualTo(256);
        assertThat(options.tsEcr()).isEqualTo(512);
        assertThat(options.windowShift()).isEqualTo(7);
    }

    @Test
    void nothing_isAbsent_andTheHolderForgets() {
        linuxSyn_isUnderstood();
        parse();
        assertThat(options.mss()).isEqualTo(-1);
        assertThat(options.windowShift()).isEqualTo(-1);
        assertThat(options.sackPermitted()).isFalse();
        assertThat(options.hasTimestamps()).isFalse();
        assertThat(options.sackBlocks()).isZero();
    }

    @Test
    void windowShiftAbove14_is14() {
        assertThat(parse(3, 3, 200).windowShift()).isEqualTo(14);
    }

    @Test
    void sackBlocks_areFoundInPlace() {
        parse(1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4);
        assertThat(options.sackBlocks()).isEqualTo(2);
        assertThat(options.sackOffset()).isEqualTo(2 + 4);
    }

    @Test
    void behindEnd_nothingCounts() {
        assertThat(parse(0, 2, 4, 5, 180).mss()).isEqualTo(-1);
    }

    @Test
    void optionOfWrongLength_isPassedOver_theNextCounts() {
        parse(2, 3, 5, 3, 3, 7);
        assertThat(options.mss()).isEqualTo(-1);
        assertThat(options.windowShift()).isEqualTo(7);
    }

    @Test
    void optionThatClaimsTooMuchOrTooLittle_endsTheParsing() {
        assertThat(parse(99, 0, 2, 4, 5, 180).mss()).isEqualTo(-1);
        assertThat(parse(99, 1, 2, 4, 5, 180).mss()).isEqualTo(-1);
        assertThat(parse(2, 4, 5).mss()).isEqualTo(-1);
        assertThat(parse(2).mss()).isEqualTo(-1);
        assertThat(parse(99, 255, 2, 4, 5, 180).mss()).isEqualTo(-1);
    }

    @Test
    void anyBytes_endInTimeAndInBounds() {
        final Random random = new Random(2);
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (int i = 0; i < 200_000; i++) {
                final byte[] bytes = new byte[random.nextInt(41)];
                random.nextBytes(bytes);
                for (int k = 0; k < bytes.length; k++) {
                    bytes[k] = (byte) (random.nextBoolean() ? bytes[k] & 0x0f : bytes[k]);
                }
                options.parse(ByteBuffer.wrap(bytes), 0, bytes.length);
                if (options.sackBlocks() > 0) {
                    assertThat(options.sackOffset() + 8 * options.sackBlocks()).isLessThanOrEqualTo(bytes.length);
                }
            }
        });
    }
}
