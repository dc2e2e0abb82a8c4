package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class SendMarkTest {
    /** kube-proxy, Tailscale and Calico and Weave, Cilium, the AWS VPC CNI. */
    private static final int KNOWN_MASKS = 0xc000 | 0xff0000 | 0x0f00 | 0x80;

    @Test
    void draw_setsNoBitThatOthersTest_andIsNeverThatOfUnmarkedPackets() {
        final Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            final int mark = SendMark.draw(random);
            assertThat(mark & KNOWN_MASKS).isZero();
            assertThat(mark).isNotZero();
        }
    }

    @Test
    void drawsOfTwoProcesses_differ() {
        assertThat(SendMark.draw(new Random(1))).isNotEqualTo(SendMark.draw(new Random(2)));
    }
}
