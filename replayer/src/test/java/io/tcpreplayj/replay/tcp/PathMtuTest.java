package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import org.junit.jupiter.api.Test;

/** TF-20: paths that take less than the first hop does, whether they say so or not. */
class PathMtuTest {
    private static final long S = 1_000_000_000L;

    private static FlowScript upload(final int bytes) {
        return Scripts.flow().send("x".repeat(bytes)).answer(1).build();
    }

    private static Scene sending(final int bytes) {
        final Scene scene = Scene.established(upload(bytes));
        scene.after(1);
        return scene;
    }

    @Test
    void tf20_packetTooBig_isCutAndSentAgainAtOnce_withoutSlowingDown() {
        final Scene scene = sending(4 * 1460);
        assertThat(scene.sent).hasSize(4);
        scene.sent.clear();
        scene.session.onPacketTooBig(Scene.ISS + 1, 1000, scene.nowNs);
        scene.poll();
        assertThat(scene.sent)
                .extracting(s -> s.payload().length)
                .containsExactly(960, 500, 960, 500, 960, 500, 960, 500);
        assertThat(scene.sent.element().seq()).isEqualTo(Scene.ISS + 1);
    }

    @Test
    void tf20_tooBig_thatQuotesNothingInFlight_isPassedOver() {
        final Scene scene = sending(2 * 1460);
        scene.sent.clear();
        scene.session.onPacketTooBig(Scene.ISS + 1 + 2 * 1460, 1000, scene.nowNs);
        scene.session.onPacketTooBig(Scene.ISS, 1000, scene.nowNs);
        scene.session.onPacketTooBig(Scene.ISS + 500_000_000, 1000, scene.nowNs);
        scene.poll();
        scene.expectNothing();
    }

    @Test
    void tf20_absurdlySmallPath_isNotBelieved() {
        final PathMtu v4 = new PathMtu(1500, true);
        assertThat(v4.onTooBig(68, 0)).isTrue();
        assertThat(v4.bytes()).isEqualTo(552);
        final PathMtu v6 = new PathMtu(1500, false);
        assertThat(v6.onTooBig(600, 0)).isTrue();
        assertThat(v6.bytes()).isEqualTo(1280);
        assertThat(v6.onTooBig(1280, 0)).as("no news").isFalse();
    }

    @Test
    void tf20_messageWithoutSize_meansTheNextPlateau() {
        final PathMtu path = new PathMtu(1500, true);
        assertThat(path.onTooBig(0, 0)).isTrue();
        assertThat(path.bytes()).isEqualTo(1492);
        assertThat(path.onTooBig(0, 0)).isTrue();
        assertThat(path.bytes()).isEqualTo(1280);
    }

    @Test
    void tf20_tenMinutesLater_largePacketsAreTriedAgain() {
        final PathMtu path = new PathMtu(1500, true);
        path.onTooBig(1000, 5 * S);
        assertThat(path.onTimer(604 * S)).isFalse();
        assertThat(path.onTimer(605 * S)).isTrue();
        assertThat(path.bytes()).isEqualTo(1500);
        assertThat(path.onTimer(10_000 * S)).as("once").isFalse();
    }

    @Test
    void tf20_anInterfaceThatTakesLess_isBelievedUntilItTakesMore() {
        final PathMtu path = new PathMtu(1500, true);
        path.onTooBig(1400, 0);
        assertThat(path.onFirstHop(1280)).isTrue();
        assertThat(path.bytes()).isEqualTo(1280);
        path.onTooBig(1000, 5 * S);
        assertThat(path.onTimer(605 * S)).isTrue();
        assertThat(path.bytes()).isEqualTo(1280);
        assertThat(path.onFirstHop(1280)).as("no news").isFalse();
        assertThat(path.onFirstHop(1400)).isTrue();
        assertThat(path.bytes()).isEqualTo(1400);
    }

    /** What a router said of the path is not the interface's to take back. */
    @Test
    void tf20_anInterfaceThatTakesMore_widensNoPathThatIsKnownToBeNarrow() {
        final PathMtu path = new PathMtu(1500, true);
        path.onTooBig(1000, 5 * S);
        assertThat(path.onFirstHop(9000)).isFalse();
        assertThat(path.bytes()).isEqualTo(1000);
        assertThat(path.onTimer(605 * S)).isTrue();
        assertThat(path.bytes()).isEqualTo(9000);
    }

    @Test
    void tf20_anInterfaceThatTakesLessForAWhile_leavesThePathAsWideAsItIsKnownToBe() {
        final PathMtu path = new PathMtu(1500, true);
        path.onTooBig(1400, 5 * S);
        path.onFirstHop(1280);
        assertThat(path.onFirstHop(1500)).isTrue();
        assertThat(path.bytes()).isEqualTo(1400);
    }

    @Test
    void tf20_anInterfaceThatTakesMoreAgain_getsLargeSegmentsAgain() {
        final Scene scene = Scene.established(upload(4 * 1460));
        scene.session.onFirstHop(1280);
        scene.session.onFirstHop(1500);
        scene.after(1);
        assertThat(scene.sent).extracting(s -> s.payload().length).containsExactly(1460, 1460, 1460, 1460);
    }

    /** As Linux has it (tcp_advertise_mss): it is the SYN that tells the target what arrives here. */
    @Test
    void tf01_aSynThatIsSentAgain_offersNoMoreThanTheInterfaceTakesByThen() {
        final Scene scene = new Scene(upload(1)).connect();
        scene.session.onFirstHop(1280);
        scene.after(1_000);
        scene.session.onFirstHop(1500);
        scene.after(2_000);
        assertThat(scene.sent).extracting(PathMtuTest::offeredMss).containsExactly(1460, 1240, 1240);
    }

    /** As Linux has it (net.ipv4.route.min_adv_mss): a dummy or a tun interface can be told to take next to nothing. */
    @Test
    void tf01_aSyn_offersWhatAPeerCanUse_howeverLittleTheInterfaceTakes() {
        final Scene narrowed = new Scene(upload(1)).connect();
        narrowed.session.onFirstHop(30);
        narrowed.after(1_000);
        final Scene narrow = new Scene(upload(1), TcpConfig.defaults(30), false).connect();
        final Scene v6 = new Scene(upload(1), TcpConfig.defaults(30), true).connect();
        assertThat(narrowed.sent).extracting(PathMtuTest::offeredMss).containsExactly(1460, 256);
        assertThat(narrow.sent).extracting(PathMtuTest::offeredMss).containsExactly(256);
        assertThat(v6.sent).extracting(PathMtuTest::offeredMss).containsExactly(1220);
    }

    /** The first option is the MSS. */
    private static int offeredMss(final Sent syn) {
        return (syn.options()[2] & 0xff) << 8 | syn.options()[3] & 0xff;
    }

    @Test
    void tf20_blackHole_largeSegmentsThatTimeOutThreeTimes_becomeSmaller() {
        final Scene scene = sending(1460);
        scene.sent.clear();
        scene.after(1_700);
        assertThat(scene.sent)
                .extracting(s -> s.payload().length)
                .contains(1460)
                .doesNotContain(500);
        assertThat(scene.sent.getLast().payload())
                .as("1492 is the next plateau")
                .hasSize(1452);
    }

    @Test
    void tf20_smallSegmentsThatTimeOut_areNoBlackHole() {
        final PathMtu path = new PathMtu(1500, true);
        for (int timeouts = 1; timeouts < 20; timeouts++) {
            assertThat(path.onTimeout(timeouts, 400, 0)).isFalse();
        }
    }

    @Test
    void tf20_blackHole_isFoundByASegmentThatIsNotTheLargest() {
        final PathMtu path = new PathMtu(1500, true);
        assertThat(path.onTimeout(3, 1490, 0)).isTrue();
        assertThat(path.bytes()).as("1492 would change nothing").isEqualTo(1280);
        assertThat(new PathMtu(1500, true).onTimeout(3, 1280, 0)).isFalse();
    }

    @Test
    void tf20_blackHole_fromTheThirdTimeoutOnEachTriesSmaller() {
        final PathMtu path = new PathMtu(1500, true);
        assertThat(path.onTimeout(2, 1500, 0)).isFalse();
        int timeouts = 3;
        for (final int plateau : new int[] {1492, 1280, 1006, 576, 552}) {
            assertThat(path.onTimeout(timeouts++, path.bytes(), 0)).isTrue();
            assertThat(path.bytes()).isEqualTo(plateau);
        }
        assertThat(path.onTimeout(timeouts, 552, 0)).as("no link takes less").isFalse();
    }

    @Test
    void tf20_blackHole_behindAJumboFrame_isTriedAsEthernetAtOnce() {
        final PathMtu path = new PathMtu(9000, true);
        assertThat(path.onTimeout(3, 5425, 0)).isTrue();
        assertThat(path.bytes()).isEqualTo(1492);
    }

    @Test
    void tf20_blackHole_thatTakesLessThanNearlyAllLinks_isFoundInTheEnd() {
        final PathMtu v4 = new PathMtu(1500, true);
        assertThat(v4.onTimeout(4, 1104, 0)).isFalse();
        assertThat(v4.onTimeout(5, 1104, 0)).isTrue();
        assertThat(v4.bytes()).isEqualTo(1006);
        assertThat(new PathMtu(1500, false).onTimeout(9, 1104, 0))
                .as("RFC 8200 5")
                .isFalse();
    }

    @Test
    void tf20_blackHole_optionsCount() {
        final Scene scene = new Scene(upload(1448));
        final byte[] withTimestamps = {2, 4, 5, (byte) 180, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0};
        scene.establish(withTimestamps, 65535);
        scene.after(1_700);
        assertThat(scene.sent.getLast().payload()).as("1492 - 40 - 12").hasSize(1440);
    }

    @Test
    void tf20_unreachable_isSoftOnceEstablished() {
        final Scene scene = sending(100);
        scene.session.onUnreachable(Scene.ISS + 1);
        scene.after(2_000);
        assertThat(scene.session.outcome()).isNull();
        scene.arrive("A", 1, 101, "");
        scene.arrive("PA", 1, 101, "r");
        assertThat(scene.session.ackedBytes()).isEqualTo(100);
    }

    @Test
    void tf20_unreachableSyn_isGivenUpAfterThreeRetries() {
        final Scene scene = new Scene(upload(10)).connect();
        scene.session.onUnreachable(Scene.ISS);
        scene.after(14_999);
        assertThat(scene.session.outcome()).isNull();
        scene.after(1);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.UNREACHABLE);
        assertThat(scene.sent).hasSize(4);
    }
}
