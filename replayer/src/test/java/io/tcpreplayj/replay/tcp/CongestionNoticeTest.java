package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import org.junit.jupiter.api.Test;

/** TF-46: nothing of ECN unless asked for, and all of RFC 3168 when on. */
class CongestionNoticeTest {
    private static final int ECT_0 = 2;
    private static final int CE = 3;
    private static final TcpConfig WITH_ECN = TcpConfig.defaults(1500).withEcn();

    private static FlowScript upload() {
        return Scripts.flow().send("x".repeat(40 * 1460)).answer(100).build();
    }

    private static Scene established(final boolean v6) {
        final Scene scene = new Scene(upload(), WITH_ECN, v6).connect();
        scene.expect("SEC", 0, 0);
        scene.after(10);
        scene.arrive("SAE", 0, 1, 65535, Scene.SYN_ACK_OPTIONS, "");
        return scene;
    }

    @Test
    void tf46_off_noBitIsEverSet() {
        final Scene scene = new Scene(upload()).connect();
        assertThat(scene.expect("S", 0, 0).ecn()).isZero();
        scene.arrive("SAE", 0, 1, 65535, Scene.SYN_ACK_OPTIONS, "");
        scene.arriveMarked(CE, "PAE", 1, 1, "r");
        assertThat(scene.sent).isNotEmpty().allMatch(s -> s.ecn() == 0 && !s.has(TcpFlags.ECE) && !s.has(TcpFlags.CWR));
    }

    @Test
    void tf46_on_newDataAreMarkedCapable_acksAndCopiesAreNot() {
        for (final boolean v6 : new boolean[] {false, true}) {
            final Scene scene = established(v6);
            assertThat(scene.sent).hasSizeGreaterThan(5).allMatch(s -> s.ecn() == ECT_0);
            scene.sent.clear();
            scene.after(300);
            assertThat(scene.sent.getLast().ecn()).as("a copy").isZero();
            scene.sent.clear();
            scene.arrive("PA", 1, 1, "r");
            assertThat(scene.sent.getLast().payload()).isEmpty();
            assertThat(scene.sent.getLast().ecn()).as("an ACK").isZero();
        }
    }

    @Test
    void tf46_markedAnswer_isEchoedUntilTheTargetSaysThatItSlowedDown() {
        final Scene scene = established(false);
        scene.sent.clear();
        scene.arriveMarked(CE, "PA", 1, 1, "r");
        assertThat(scene.sent.remove().has(TcpFlags.ECE)).isTrue();
        scene.arrive("PA", 2, 1, "r");
        assertThat(scene.sent.remove().has(TcpFlags.ECE)).isTrue();
        scene.arrive("PAC", 3, 1, "r");
        assertThat(scene.sent.remove().has(TcpFlags.ECE)).isFalse();
    }

    @Test
    void tf46_echoedMark_halvesTheWindowOnceARoundTrip_andIsConfirmedOnce() {
        final Scene scene = established(false);
        scene.sent.clear();
        scene.after(10);
        scene.arrive("AE", 1, 1 + 8 * 1460, "");
        scene.arrive("AE", 1, 1 + 10 * 1460, "");
        assertThat(scene.sent).as("half of ten").hasSize(5);
        assertThat(scene.sent.remove().has(TcpFlags.CWR)).isTrue();
        assertThat(scene.sent).noneMatch(s -> s.has(TcpFlags.CWR));
    }

    @Test
    void tf46_targetThatDoesNotTakePart_orASynSentAgain_leavesItOff() {
        final Scene refused = new Scene(upload(), WITH_ECN, false).connect();
        refused.expect("SEC", 0, 0);
        refused.arrive("SA", 0, 1, 65535, Scene.SYN_ACK_OPTIONS, "");
        assertThat(refused.sent).isNotEmpty().allMatch(s -> s.ecn() == 0);

        final Scene again = new Scene(upload(), WITH_ECN, false).connect();
        again.expect("SEC", 0, 0);
        again.after(1_000);
        again.expect("S", 0, 0);
        again.arrive("SAE", 0, 1, 65535, Scene.SYN_ACK_OPTIONS, "");
        assertThat(again.sent).isNotEmpty().allMatch(s -> s.ecn() == 0);
    }
}
