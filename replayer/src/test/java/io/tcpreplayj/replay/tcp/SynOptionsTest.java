package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SynOptionsTest {
    private static byte[] bytes(final int... values) {
        final byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] written(final byte[] captured, final int maxMss) {
        final SegmentOut out = new SegmentOut();
        new SynOptions(captured, maxMss, 1 << 20).write(out, 0x01020304);
        return Arrays.copyOf(out.options, out.optionsLength);
    }

    @Test
    void tf01_capturedOrderAndPaddingAreKept_valuesAreOurs() {
        // macOS: MSS, NOP, WS 6, NOP, NOP, TS, SACK permitted, END, padding
        final byte[] captured = bytes(2, 4, 0x05, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 9, 9, 9, 9, 8, 8, 8, 8, 4, 2, 0, 0);
        assertThat(written(captured, 1400))
                .isEqualTo(bytes(2, 4, 0x05, 0x78, 1, 3, 3, 7, 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 4, 2, 0, 0));
    }

    @Test
    void tf01_mssIsNeverRaised() {
        assertThat(written(bytes(2, 4, 2, 24), 1460)).isEqualTo(bytes(2, 4, 2, 24));
    }

    @Test
    void tf01_optionsWeCannotHonour_areLeftOut_andTheRestPadded() {
        assertThat(written(bytes(34, 2, 1, 1, 2, 4, 2, 24, 30, 4, 0, 0, 254, 4, 1, 1, 4, 2), 1460))
                .isEqualTo(bytes(1, 1, 2, 4, 2, 24, 4, 2));
        final byte[] md5 = new byte[20];
        md5[0] = 19;
        md5[1] = 18;
        md5[18] = 4;
        md5[19] = 2;
        assertThat(written(md5, 1460)).isEqualTo(bytes(4, 2, 0, 0));
    }

    @Test
    void tf02_whatWasNotOffered_isKnown() {
        final SynOptions mssOnly = new SynOptions(bytes(2, 4, 5, 180), 1460, 1 << 20);
        assertThat(mssOnly.offersSack()).isFalse();
        assertThat(mssOnly.offersTimestamps()).isFalse();
        assertThat(mssOnly.windowShift()).isEqualTo(-1);
    }

    @Test
    void tf02_aWindowTooLargeForShift7_takesAGreaterShift() {
        assertThat(new SynOptions(new byte[0], 1460, 1 << 28).windowShift()).isEqualTo(13);
    }

    @Test
    void tf01_optionsOfAWrongLength_areLeftOut() {
        final byte[] captured = bytes(3, 4, 7, 7, 4, 3, 7, 8, 4, 7, 7, 2, 4, 2, 24);
        assertThat(written(captured, 1460)).isEqualTo(bytes(2, 4, 2, 24));
        assertThat(new SynOptions(captured, 1460, 1 << 20).windowShift()).isEqualTo(-1);
    }

    @Test
    void tf01_moreThanAHeaderHolds_isCut() {
        final byte[] captured = new byte[60];
        Arrays.fill(captured, (byte) 1);
        assertThat(written(captured, 1460)).hasSize(40);
    }

    @Test
    void tf02_aWindowLargerThanAnyShiftTells_takesTheGreatest() {
        assertThat(new SynOptions(new byte[0], 1460, Integer.MAX_VALUE).windowShift())
                .isEqualTo(14);
    }

    @Test
    void tf01_brokenOptions_endTheList() {
        assertThat(written(bytes(2, 4, 2, 24, 77, 1, 4, 2), 1460)).isEqualTo(bytes(2, 4, 2, 24));
        assertThat(written(bytes(2, 4, 2, 24, 77), 1460)).isEqualTo(bytes(2, 4, 2, 24));
        assertThat(written(bytes(2, 4, 2, 24, 77, 9, 4, 2), 1460)).isEqualTo(bytes(2, 4, 2, 24));
        assertThat(written(bytes(2, 3, 2, 4, 2), 1460)).as("MSS of 3 bytes").isEqualTo(bytes(4, 2, 0, 0));
    }
}
