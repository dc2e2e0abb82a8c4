package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.Scripts;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client acknowledges when, and which windows it offers, as the captured one did. */
class CapturedAcksTest {
    private static final long MS = 1_000_000L;
    private static final int REQUEST = "request;".length();

    private Scene scene;
    private long answeredNs;
    private int requestsWindow;

    /** A client that asked and then waits for long, over a target that will answer a thousand bytes. */
    private void asked(final AckStyle style, final boolean windows, final long[]... rows) {
        final Scripts script =
                Scripts.flow().send("request;").after(MS).answer(1000).after(100_000 * MS);
        script.send("more;").after(MS).answer(10).acks(rows);
        final Likeness likeness = new Likeness(style, windows, false, 0, Likeness.USUAL_HOP_LIMIT);
        scene = new Scene(script.build(), TcpConfig.defaults(1500).like(likeness), false, 1);
        scene.establish(Scene.SYN_ACK_OPTIONS, 65_535).after(1);
        requestsWindow = scene.sent.getFirst().window() << 7;
        scene.sent.clear();
        answeredNs = scene.nowNs;
    }

    /** The answer in four segments at once, the end of the last one pushed. */
    private void answer() {
        for (int from = 0; from < 1000; from += 250) {
            scene.arrive(from == 750 ? "PA" : "A", 1 + from, 1 + REQUEST, "r".repeat(250));
        }
    }

    /** Acknowledged bytes of the stream, and when, of each pure ACK that left since the answer. */
    private List<String> acks() {
        final List<String> acks = new ArrayList<>();
        for (final Sent segment : scene.sent) {
            assertThat(segment.flags()).isEqualTo(TcpFlags.ACK);
            acks.add(segment.ack() - Scene.TARGET_ISS - 1 + " at " + (segment.atNs() - answeredNs) / MS);
        }
        return acks;
    }

    private List<String> windows() {
        return scene.sent.stream()
                .map(segment -> (segment.ack() - Scene.TARGET_ISS - 1) + "+" + (segment.window() << 7) + " at "
                        + (segment.atNs() - answeredNs) / MS)
                .toList();
    }

    @Test
    void tf23_rfc_everySecondSegmentAndTheEndOfAWrite() {
        asked(AckStyle.RFC, false, new long[][] {{0, 0, 64_000}, {1000, 200, 64_000}});
        answer();
        scene.after(900);
        assertThat(acks()).containsExactly("500 at 0", "1000 at 0");
    }

    @Test
    void tf23_stretched_offsetsAndDelaysAreTheCapturedOnes() {
        asked(AckStyle.STRETCHED, false, new long[][] {
            {0, 0, 64_000}, {250, 5, 64_000}, {750, 30, 64_000}, {1000, 200, 64_000}
        });
        answer();
        scene.after(900);
        assertThat(acks()).containsExactly("250 at 5", "750 at 30", "1000 at 200");
    }

    @Test
    void tf23_captured_isBoundedByTwoSegments() {
        asked(AckStyle.CAPTURED, false, new long[][] {{0, 0, 64_000}, {250, 5, 64_000}, {1000, 200, 64_000}});
        scene.arrive("A", 1, 1 + REQUEST, "r".repeat(250));
        scene.after(10);
        scene.arrive("A", 251, 1 + REQUEST, "r".repeat(250));
        scene.arrive("A", 501, 1 + REQUEST, "r".repeat(250));
        scene.after(10);
        scene.arrive("PA", 751, 1 + REQUEST, "r".repeat(250));
        scene.after(900);
        assertThat(acks()).containsExactly("250 at 5", "750 at 10", "1000 at 220");
    }

    @Test
    void tf23_captured_isBoundedByHalfASecond() {
        asked(AckStyle.STRETCHED, false, new long[][] {{0, 0, 64_000}, {1000, 20_000, 64_000}});
        answer();
        scene.after(900);
        assertThat(acks()).containsExactly("1000 at 500");
    }

    @Test
    void tf23_captured_holesAndWhatFillsThemAreToldAtOnce() {
        asked(AckStyle.STRETCHED, false, new long[][] {{0, 0, 64_000}, {1000, 300, 64_000}});
        scene.arrive("A", 1, 1 + REQUEST, "r".repeat(250));
        scene.arrive("A", 501, 1 + REQUEST, "r".repeat(250));
        scene.after(5);
        scene.arrive("A", 251, 1 + REQUEST, "r".repeat(250));
        // And not again, as others tell on a path that loses.
        scene.after(900);
        assertThat(acks()).containsExactly("250 at 0", "750 at 5");
    }

    @Test
    void tf23_captured_requestCarriesTheAcknowledgement() {
        final Scripts script =
                Scripts.flow().send("request;").after(MS).answer(100).after(20 * MS);
        script.send("more;").after(MS).answer(10).acks(new long[][] {{0, 0, 64_000}, {100, 20, 64_000}});
        final Likeness likeness = new Likeness(AckStyle.STRETCHED, false, false, 0, Likeness.USUAL_HOP_LIMIT);
        scene = new Scene(script.build(), TcpConfig.defaults(1500).like(likeness), false, 1);
        scene.establish(Scene.SYN_ACK_OPTIONS, 65_535).after(1);
        scene.sent.clear();
        scene.arrive("PA", 1, 1 + REQUEST, "r".repeat(100)).after(25);
        scene.expect("PA", 1 + REQUEST, 101, "more;");
        scene.expectNothing();
    }

    @Test
    void tf23_captured_atTheServer_delaysAreShorterByTheRoundTrip() {
        final Scripts script =
                Scripts.flow().seenAtServer(60 * MS).send("request;").after(MS).answer(1000);
        script.after(100_000 * MS)
                .send("more;")
                .acks(new long[][] {{0, 60, 64_000}, {500, 50, 64_000}, {1000, 90, 64_000}});
        final Likeness likeness = new Likeness(AckStyle.STRETCHED, false, false, 0, Likeness.USUAL_HOP_LIMIT);
        scene = new Scene(script.build(), TcpConfig.defaults(1500).like(likeness), false, 1);
        scene.establish(Scene.SYN_ACK_OPTIONS, 65_535).after(1);
        scene.sent.clear();
        answeredNs = scene.nowNs;
        answer();
        scene.after(900);
        assertThat(acks()).containsExactly("500 at 0", "1000 at 30");
    }

    @Test
    void tf24_open_isAMebibyteAndMovesOn() {
        asked(AckStyle.RFC, false, new long[][] {{0, 0, 2_048}, {1000, 10, 0}});
        answer();
        assertThat(windows()).containsExactly("500+1048576 at 0", "1000+1048576 at 0");
    }

    @Test
    void tf24_captured_windowIsThatOfTheOffset() {
        asked(AckStyle.STRETCHED, true, new long[][] {
            {0, 0, 66_560}, {1000, 10, 65_536}, {1000, 500, 70_016}, {1000, 800, 90_112}
        });
        answer();
        scene.after(950);
        // 66,560 behind offset 0 end where 65,560 behind offset 1000 do: less may not be offered any more.
        assertThat(windows()).containsExactly("1000+65536 at 10", "1000+70016 at 500", "1000+90112 at 800");
    }

    /** RFC 9293 3.8.6: no segment before the first row offers more than the rows do. */
    @Test
    void tf24_captured_rightEdgeStaysWhereItWas_whenTheFirstRowIsLate() {
        asked(AckStyle.RFC, true, new long[][] {{0, 20, 2_048}, {250, 0, 2_048}, {250, 30, 90_112}});
        assertThat(requestsWindow).as("what the SYN offered, in steps of 128").isEqualTo(65_408);
        scene.after(25).arrive("PA", 1, 1 + REQUEST, "r".repeat(250));
        scene.after(40);
        assertThat(windows()).containsExactly("250+65280 at 25", "250+90112 at 55");
    }

    @Test
    void tf24_windowThatWasOffered_isNotTakenBackByALimit() {
        final ReceiveSequence receive = new ReceiveSequence();
        receive.init(Scene.TARGET_ISS, 100_000);
        receive.limit(1 + 70_000);
        assertThat(receive.wnd()).as("nothing was offered before").isEqualTo(70_000);
        receive.unlimit();
        receive.onOffered();
        receive.limit(1 + 80_000);
        assertThat(receive.wnd()).isEqualTo(100_000);
    }

    @Test
    void tf24_captured_windowShutsAndOpensWithTheCapturedClients() {
        asked(AckStyle.RFC, true, new long[][] {{0, 0, 66_048}, {66_048, 10, 0}, {66_048, 700, 6_400}});
        for (int from = 0; from < 66_048; from += 1376) {
            scene.arrive("A", 1 + from, 1 + REQUEST, "r".repeat(1376));
        }
        assertThat(windows().get(windows().size() - 1)).isEqualTo("66048+0 at 0");
        scene.sent.clear();
        scene.after(800);
        assertThat(windows()).containsExactly("66048+6400 at 700");
    }

    /** What is less than a segment waits with the sender, so the row that its arrival would have played is played without it. */
    @Test
    void tf24_captured_restOfAWindowThatIsNoSegmentIsNotWaitedFor() {
        asked(AckStyle.RFC, true, new long[][] {{0, 0, 67_000}, {67_000, 20, 12_800}});
        for (int from = 0; from < 66_048; from += 1376) {
            scene.arrive("A", 1 + from, 1 + REQUEST, "r".repeat(1376));
        }
        scene.sent.clear();
        scene.after(50);
        assertThat(windows()).containsExactly("66048+13696 at 20");
    }

    @Test
    void tf24_captured_windowThatNoRowOpensIsOpenWithinASecond() {
        asked(AckStyle.RFC, true, new long[][] {{0, 0, 66_048}, {66_048, 10, 0}});
        for (int from = 0; from < 66_048; from += 1376) {
            scene.arrive("A", 1 + from, 1 + REQUEST, "r".repeat(1376));
        }
        scene.sent.clear();
        scene.after(990);
        assertThat(windows()).isEmpty();
        scene.after(30);
        assertThat(windows()).containsExactly("66048+1048576 at 1010");
    }

    @Test
    void tf24_shutWindow_probesAreAnsweredAndTakeNothing() {
        asked(AckStyle.RFC, true, new long[][] {{0, 0, 66_048}, {66_048, 0, 0}, {66_048, 900, 6_400}});
        for (int from = 0; from < 66_048; from += 1376) {
            scene.arrive("A", 1 + from, 1 + REQUEST, "r".repeat(1376));
        }
        scene.sent.clear();
        scene.after(100).arrive("A", 66_049, 1 + REQUEST, "p");
        assertThat(windows()).containsExactly("66048+0 at 100");
        assertThat(scene.session.receivedBytes()).isEqualTo(66_048);
    }
}
