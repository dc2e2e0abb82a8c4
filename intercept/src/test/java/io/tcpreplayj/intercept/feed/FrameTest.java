package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameTest {
    @Test
    void whatIsWritten_isRead_inOrder() throws IOException {
        final ByteArrayOutputStream wire = new ByteArrayOutputStream();
        final FrameOutput out = new FrameOutput(wire);
        out.write(FrameType.HELLO, bytes("who"), 3);
        out.write(FrameType.BYE, new byte[0], 0);
        final FrameInput in = input(wire.toByteArray());
        assertThat(in.read()).isEqualTo(FrameType.HELLO);
        assertThat(text(in.payload())).isEqualTo("who");
        assertThat(in.read()).isEqualTo(FrameType.BYE);
        assertThat(in.payload().hasRemaining()).isFalse();
        assertThat(in.read()).isNull();
    }

    @Test
    void everyFlippedBit_isNoticed() throws IOException {
        final byte[] frame = frame(FrameType.HEARTBEAT, "sixteen bytes ok");
        for (int bit = 0; bit < frame.length * 8; bit++) {
            final byte[] damaged = frame.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> input(damaged).read())
                    .as("bit %d", bit)
                    .isInstanceOfAny(FeedException.class, EOFException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 19, 20, 21, 30})
    void frameThatEndsEarly_isNoFrame(final int length) throws IOException {
        final byte[] frame = frame(FrameType.HELLO, "cut somewhere");
        assertThatThrownBy(() -> input(java.util.Arrays.copyOf(frame, length)).read())
                .isInstanceOf(EOFException.class);
    }

    @Test
    void frameThatIsPlayedAgain_isRefused() throws IOException {
        final byte[] frame = frame(FrameType.HEARTBEAT, "again");
        final ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.writeBytes(frame);
        twice.writeBytes(frame);
        final FrameInput in = input(twice.toByteArray());
        in.read();
        assertThatThrownBy(in::read).hasMessageContaining("out of order");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, FeedFormat.MAX_HELLO + 1, Integer.MAX_VALUE})
    void lengthThatIsNotAllowed_isRefusedBeforeAByteOfItIsRead(final int length) throws IOException {
        final byte[] frame = frame(FrameType.HELLO, "x");
        ByteBuffer.wrap(frame).putInt(4, length);
        assertThatThrownBy(() -> new FrameInput(new ByteArrayInputStream(frame), FeedFormat.MAX_HELLO).read())
                .hasMessageContaining("bytes, allowed are at most 4096");
    }

    @Test
    void anotherVersion_isToldWithItsCure() throws IOException {
        final byte[] frame = frame(FrameType.HELLO, "x");
        frame[2] = 9;
        final CRC32C crc = new CRC32C();
        crc.update(frame, 0, 16);
        crc.update(frame, 20, 1);
        ByteBuffer.wrap(frame).putInt(16, (int) crc.getValue());
        assertThatThrownBy(() -> input(frame).read())
                .hasMessage("the other end speaks version 9 of the feed, this one version 1: "
                        + "use the same tcpreplay-j on both");
    }

    @Test
    void whatIsNoFrame_isSaid() {
        assertThatThrownBy(
                        () -> input(bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).read())
                .hasMessage("what came is no frame of tcpreplay-j's feed");
    }

    private static byte[] frame(final FrameType type, final String payload) throws IOException {
        final ByteArrayOutputStream wire = new ByteArrayOutputStream();
        new FrameOutput(wire).write(type, bytes(payload), payload.length());
        return wire.toByteArray();
    }

    private static FrameInput input(final byte[] bytes) {
        return new FrameInput(new ByteArrayInputStream(bytes), FeedFormat.MAX_PAYLOAD);
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(final ByteBuffer payload) {
        return StandardCharsets.US_ASCII.decode(payload).toString();
    }
}
