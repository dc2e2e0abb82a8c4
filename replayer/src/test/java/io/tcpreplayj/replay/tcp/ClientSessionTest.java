package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The rows of the client TCP's requirements, one connection at a time. */
class ClientSessionTest {
    private static final byte[] NONE = Scene.NO_OPTIONS;

    private static FlowScript oneRequest() {
        return Scripts.flow().send("hello").answer(10).fin().build();
    }

    private static byte[] timestamps(final int tsVal, final int tsEcr) {
        final byte[] option = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
        Timestamps.putInt(option, 4, tsVal);
        Timestamps.putInt(option, 8, tsEcr);
        return option;
    }

    private static byte[] synAckWithTimestamps(final int tsVal, final int tsEcr) {
        final byte[] all = new byte[16];
        System.arraycopy(timestamps(tsVal, tsEcr), 0, all, 0, 12);
        all[12] = 2;
        all[13] = 4;
        all[14] = 5;
        all[15] = (byte) 180;
        return all;
    }

    @Test
    void tf01_synWithoutCapturedOptions_offersMssSackTimestampsAndScale7() {
        final Sent syn = new Scene(oneRequest()).connect().expect("S", 0, 0);
        assertThat(syn.parsed().mss()).isEqualTo(1460);
        assertThat(syn.parsed().sackPermitted()).isTrue();
        assertThat(syn.parsed().windowShift()).isEqualTo(7);
        assertThat(syn.parsed().hasTimestamps()).isTrue();
        assertThat(syn.parsed().tsVal()).isEqualTo(Scene.TS_OFFSET + 5000);
    }

    @Test
    void tf02_optionsNotConfirmed_areNotUsed() {
        final Scene scene = new Scene(oneRequest()).establish(NONE, 65535);
        final Sent data = scene.expect("PA", 1, 1, "hello");
        assertThat(data.options()).isEmpty();
        assertThat(data.window()).as("unscaled").isEqualTo(65535);
        scene.arrive("A", 5, 6, 100, NONE, "later");
        assertThat(scene.expect("A", 6, 1).options()).as("no SACK blocks").isEmpty();
    }

    @Test
    void tf02_optionsConfirmed_areUsedInEverySegment() {
        final Scene scene = new Scene(oneRequest()).establish(synAckWithTimestamps(900, 6000), 65535);
        final Sent data = scene.expect("PA", 1, 1, "hello");
        assertThat(data.parsed().hasTimestamps()).isTrue();
        assertThat(data.parsed().tsEcr()).isEqualTo(900);
    }

    @Test
    void tf04_numbersWrap() {
        final Scene scene = Scene.established(
                Scripts.flow().send("x".repeat(1000)).answer(40).build());
        scene.expect("PA", 1, 1, "x".repeat(1000));
        scene.arrive("PA", 1, 1001, "r".repeat(40));
        assertThat(scene.session.ackedBytes()).isEqualTo(1000);
        assertThat(scene.session.receivedBytes()).isEqualTo(40);
    }

    @Test
    void tf05_synLost_isSentAgainAfterOneSecondDoubling() {
        final Scene scene = new Scene(oneRequest()).connect();
        final long firstNs = scene.expect("S", 0, 0).atNs();
        scene.after(200_000);
        long expected = 0;
        for (int i = 0; i < 6; i++) {
            expected += 1L << i;
            assertThat(scene.expect("S", 0, 0).atNs() - firstNs).isEqualTo(expected * 1_000_000_000L);
        }
        scene.expectNothing();
        assertThat(scene.session.outcome()).isEqualTo(Outcome.SYN_TIMEOUT);
    }

    @Test
    void tf05_afterSynLoss_dataIsSentAgainAfterThreeSeconds() {
        final Scene scene = new Scene(oneRequest()).connect();
        scene.after(1000);
        scene.arrive("SA", 0, 1, 65535, NONE, "");
        scene.expect("S", 0, 0);
        scene.expect("S", 0, 0);
        final long sentNs = scene.expect("PA", 1, 1, "hello").atNs();
        scene.after(3000);
        // As its first segment may be lost, the handshake's ACK is said again.
        for (int said = 0; said < 3; said++) {
            scene.expect("A", 1, 1);
        }
        assertThat(scene.expect("PA", 1, 1, "hello").atNs() - sentNs).isEqualTo(3_000_000_000L);
    }

    @Test
    void tf06_synAckOfAnotherConnection_isReset_andTheRightOneIsTaken() {
        final Scene scene = new Scene(oneRequest()).connect();
        scene.expect("S", 0, 0);
        scene.arrive("SA", 0, 99, "");
        scene.expect("R", 99, 0);
        scene.arrive("SA", 0, 1, "");
        scene.expect("PA", 1, 1, "hello");
    }

    @Test
    void tf06_ackOnlyFromStaleConnection_isReset_andTheSynComesAgain() {
        final Scene scene = new Scene(oneRequest()).connect();
        scene.expect("S", 0, 0);
        scene.arrive("A", 700, 12345, "");
        scene.expect("R", 12345, 0);
        scene.after(1000);
        scene.expect("S", 0, 0);
    }

    @Test
    void tf06_reset_countsOnlyWithTheRightAck() {
        final Scene scene = new Scene(oneRequest()).connect();
        scene.expect("S", 0, 0);
        scene.arrive("RA", 0, 2, "");
        scene.arrive("R", 0, 0, "");
        scene.expectNothing();
        assertThat(scene.session.outcome()).isNull();
        scene.arrive("RA", 0, 1, "");
        assertThat(scene.session.outcome()).isEqualTo(Outcome.REFUSED);
        scene.expectNothing();
    }

    @Test
    void tf06_duplicateSynAck_isAcknowledged() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("SA", 0, 1, "");
        scene.expect("A", 6, 1);
    }

    @Test
    void tf06_simultaneousOpen_isReset() {
        final Scene scene = new Scene(oneRequest()).connect();
        scene.expect("S", 0, 0);
        scene.arrive("S", 0, 0, "");
        final Sent rst = scene.sent.remove();
        assertThat(rst.flagNames()).isEqualTo("RA");
        assertThat(rst.seq()).isZero();
        assertThat(rst.ack()).isEqualTo(Scene.TARGET_ISS + 1);
    }

    @Test
    void tf08_tf14_dataLost_isSentAgainWithBackoff_thenTheRest() {
        final Scene scene = Scene.establishedWithoutSack(
                Scripts.flow().send("aaa").send("bbb").answer(1).build());
        final long sentNs = scene.expect("PA", 1, 1, "aaa").atNs();
        scene.expect("PA", 4, 1, "bbb");
        scene.after(1500);
        // SRTT 10 ms, floor 200 ms: 210 ms, then doubled.
        assertThat(scene.expect("PA", 1, 1, "aaa").atNs() - sentNs).isEqualTo(210_000_000L);
        assertThat(scene.expect("PA", 1, 1, "aaa").atNs() - sentNs).isEqualTo(630_000_000L);
        assertThat(scene.expect("PA", 1, 1, "aaa").atNs() - sentNs).isEqualTo(1_470_000_000L);
        scene.arrive("A", 1, 4, "");
        scene.expect("PA", 4, 1, "bbb");
        assertThat(scene.session.retransmittedBytes()).isEqualTo(12);
        assertThat(scene.session.retransmits()).isEqualTo(4);
    }

    @Test
    void tf14_neverAcknowledged_endsInTimeoutAfterR2() {
        final Scene scene = Scene.established(oneRequest());
        final long sentNs = scene.expect("PA", 1, 1).atNs();
        scene.after(924_599);
        assertThat(scene.session.outcome()).isNull();
        scene.after(2);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.TIMEOUT);
        assertThat(scene.nowNs - sentNs).isEqualTo(924_601_000_000L);
        assertThat(scene.session.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void tf10_tsEcrFollowsLastAckSent_andOldSegmentsAreDroppedWithAnAck() {
        final Scene scene = new Scene(oneRequest()).establish(synAckWithTimestamps(900, 6000), 65535);
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, 512, timestamps(950, 6010), "rr");
        assertThat(scene.expect("A", 6, 3).parsed().tsEcr()).isEqualTo(950);
        scene.arrive("PA", 6, 6, 512, timestamps(960, 6010), "r");
        assertThat(scene.expect("A", 6, 3).parsed().tsEcr()).as("behind a hole").isEqualTo(950);
        scene.arrive("PA", 3, 6, 512, timestamps(940, 6010), "old");
        scene.expect("A", 6, 3);
        assertThat(scene.session.receivedBytes()).isEqualTo(2);
    }

    @Test
    void tf11_windowFromSynAckIsUnscaled_andIsNeverOverrun() {
        final Scene scene =
                new Scene(Scripts.flow().send("x".repeat(100)).answer(1).build());
        scene.establish(Scene.SYN_ACK_OPTIONS, 60);
        scene.expect("A", 1, 1, "x".repeat(60));
        scene.arrive("A", 1, 61, 1, NONE, "");
        scene.expect("PA", 61, 1, "x".repeat(40));
    }

    @Test
    void tf11_oldReorderedAck_doesNotMoveWindowOrUna() {
        final Scene scene = Scene.established(Scripts.flow()
                .send("a".repeat(50))
                .answer(1)
                .send("b".repeat(60))
                .answer(1)
                .build());
        scene.expect("PA", 1, 1);
        scene.arrive("A", 1, 51, 10, NONE, "");
        scene.arrive("A", 1, 20, 0, NONE, "");
        assertThat(scene.session.ackedBytes()).isEqualTo(50);
        assertThat(scene.session.sendSequence().wnd()).isEqualTo(1280);
        scene.arrive("PA", 1, 51, 10, NONE, "r");
        scene.expect("PA", 51, 2, "b".repeat(60));
    }

    @Test
    void tf11_segmentThatWasOvertaken_doesNotSetTheWindowBack() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("A", 11, 6, 10, NONE, "later");
        scene.arrive("A", 1, 6, 0, NONE, "sooner");
        assertThat(scene.session.sendSequence().wnd()).isEqualTo(1280);
        scene.arrive("A", 16, 6, 0, NONE, "");
        assertThat(scene.session.sendSequence().wnd()).isZero();
    }

    @Test
    void tf12_zeroWindow_isProbedDoublingForAsLongAsItIsAnswered_thenResumes() {
        final Scene scene = new Scene(oneRequest());
        scene.establish(Scene.SYN_ACK_OPTIONS, 0);
        scene.expect("A", 1, 1);
        long beforeNs = scene.nowNs;
        long intervalNs = 0;
        for (int probe = 0; probe < 16; probe++) {
            final long waitNs = scene.session.nextDeadlineNs() - beforeNs;
            assertThat(waitNs).isGreaterThan(0).isLessThanOrEqualTo(60_000_000_000L);
            if (probe > 1) {
                assertThat(waitNs).isEqualTo(Math.min(60_000_000_000L, 2 * intervalNs));
            }
            intervalNs = waitNs;
            scene.after(waitNs / 1_000_000);
            scene.expect("A", 0, 1, "");
            beforeNs = scene.nowNs;
            scene.arrive("A", 1, 1, 0, NONE, "");
        }
        assertThat(scene.session.outcome()).isNull();
        scene.arrive("A", 1, 1, 100, NONE, "");
        scene.expect("PA", 1, 1, "hello");
    }

    @Test
    void tf43_processThatStoodStill_takesNoSilenceForTheTargets() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1);
        final long stoppedNs = scene.nowNs;
        scene.nowNs += 1_000_000_000_000L;
        scene.session.onStall(stoppedNs, scene.nowNs);
        scene.after(1);
        assertThat(scene.session.outcome()).isNull();
        scene.expect("PA", 1, 1);
        scene.after(924_600);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.TIMEOUT);
    }

    @Test
    void tf12_zeroWindowProbesUnanswered_endInTimeout() {
        final Scene scene = new Scene(oneRequest());
        scene.establish(Scene.SYN_ACK_OPTIONS, 0);
        scene.after(924_601);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.TIMEOUT);
    }

    @Test
    void tf13_tf18_capturedBoundariesAndPushAreKept_evenWhenSentAgain() {
        final Scene scene = Scene.establishedWithoutSack(Scripts.flow()
                .sendMore("one")
                .sendMore("three")
                .send("x")
                .answer(1)
                .build());
        scene.expect("A", 1, 1, "one");
        scene.expect("A", 4, 1, "three");
        scene.expect("PA", 9, 1, "x");
        scene.after(210);
        scene.expect("A", 1, 1, "one");
        scene.arrive("A", 1, 4, "");
        scene.expect("A", 4, 1, "three");
    }

    @Test
    void tf19_segmentsAreCutToThePeersMss_pushAndFinOnTheLastPieceOnly() {
        final byte[] mss1000 = {2, 4, 3, (byte) 232};
        final Scene scene =
                new Scene(Scripts.flow().send("y".repeat(2500)).fin().build());
        scene.establish(mss1000, 65535);
        assertThat(scene.expect("A", 1, 1).payload()).hasSize(1000);
        assertThat(scene.expect("A", 1001, 1).payload()).hasSize(1000);
        assertThat(scene.expect("FPA", 2001, 1).payload()).hasSize(500);
    }

    @Test
    void tf19_peerWithoutMss_gets536OnIpv4And1220OnIpv6() {
        final FlowScript script = Scripts.flow().send("y".repeat(3000)).build();
        final Scene v4 = new Scene(script).establish(NONE, 65535);
        assertThat(v4.expect("A", 1, 1).payload()).hasSize(536);
        final Scene v6 = new Scene(script, TcpConfig.defaults(1500), true).establish(NONE, 65535);
        assertThat(v6.expect("A", 1, 1).payload()).hasSize(1220);
    }

    @Test
    void tf19_timestampsCountAgainstTheMss() {
        final Scene scene = new Scene(Scripts.flow().send("y".repeat(3000)).build());
        scene.establish(synAckWithTimestamps(1, 6000), 65535);
        assertThat(scene.expect("A", 1, 1).payload()).hasSize(1448);
    }

    @Test
    void tf21_unacceptableSegment_isAnsweredTwiceASecondAtMost_andDropped() {
        final Scene scene = Scene.establishedWithoutSack(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        for (int i = 0; i < 100; i++) {
            scene.arrive("A", -5000, 6, "");
        }
        scene.expect("A", 6, 1);
        scene.expectNothing();
        assertThat(scene.session.ackedBytes())
                .as("its ACK field does not count")
                .isZero();
        scene.after(100);
        scene.arrive("PA", -5000, 6, "data is always answered");
        scene.expect("A", 6, 1);
    }

    @Test
    void tf22_behindAHole_dupAckWithSackNewestFirst_thenOneAckForAll() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").answer(50).build());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("A", 11, 6, "r".repeat(10));
        assertThat(scene.expect("A", 6, 1).options()).hasSize(12);
        scene.arrive("A", 31, 6, "r".repeat(10));
        final Sent second = scene.expect("A", 6, 1);
        assertThat(second.parsed().sackBlocks()).isEqualTo(2);
        final ByteBuffer options = ByteBuffer.wrap(second.options());
        assertThat(options.getInt(second.parsed().sackOffset())).isEqualTo(Scene.TARGET_ISS + 31);
        assertThat(options.getInt(second.parsed().sackOffset() + 8)).isEqualTo(Scene.TARGET_ISS + 11);
        scene.arrive("A", 1, 6, "q".repeat(10));
        scene.expect("A", 6, 21);
        scene.arrive("A", 21, 6, "q".repeat(10));
        assertThat(scene.expect("A", 6, 41).options()).isEmpty();
        assertThat(scene.answers.toString(StandardCharsets.ISO_8859_1)).isEqualTo("q".repeat(20));
        assertThat(scene.answeredUnkept).isEqualTo(20);
    }

    @Test
    void tf23_everySecondFullSegmentIsAcknowledged_otherwiseWithin40ms_pushAtOnce() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").answer(5000).build());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("A", 1, 6, "r".repeat(1460));
        scene.expectNothing();
        scene.arrive("A", 1461, 6, "r".repeat(1460));
        scene.expect("A", 6, 2921);
        scene.arrive("A", 2921, 6, "r".repeat(1460));
        scene.after(39).expectNothing().after(1);
        scene.expect("A", 6, 4381);
        scene.arrive("PA", 4381, 6, "r");
        scene.expect("A", 6, 4382);
    }

    @Test
    void tf23_theNextRequestCarriesTheAck() {
        final Scene scene = Scene.established(
                Scripts.flow().send("one").answer(10).send("two").answer(10).build());
        scene.expect("PA", 1, 1, "one");
        scene.arrive("PA", 1, 4, "r".repeat(10));
        scene.expect("PA", 4, 11, "two");
        scene.expectNothing();
    }

    @Test
    void tf25_keepAliveProbes_areAnsweredAtOnce() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("A", 0, 6, "");
        scene.expect("A", 6, 1);
        scene.after(1000);
        scene.sent.clear();
        scene.arrive("A", 0, 6, "k");
        scene.expect("A", 6, 1);
    }

    @Test
    void tf26_ackOfWhatWasNeverSent_isAnsweredAndDropped() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 7, "evil");
        scene.expect("A", 6, 1);
        assertThat(scene.session.receivedBytes()).isZero();
    }

    @Test
    void tf11_finBehindBytesThatFillTheWindow_waitsForMore() {
        final Scene scene = new Scene(Scripts.flow().send("hello").fin().build());
        scene.establish(Scene.NO_OPTIONS, 5);
        scene.expect("PA", 1, 1, "hello");
        scene.expectNothing();
        scene.arrive("A", 1, 6, 5, Scene.NO_OPTIONS, "");
        scene.expect("FA", 6, 1);
    }

    @Test
    void tf22_finAloneBehindAHole_isNoRangeOfBytes() {
        final Scene scene = Scene.established(oneRequest());
        scene.sent.clear();
        scene.arrive("FA", 11, 6, "");
        assertThat(scene.expect("A", 6, 1).parsed().sackBlocks()).isZero();
        scene.arrive("PA", 1, 6, "r".repeat(10));
        scene.expect("FA", 6, 12);
    }

    @Test
    void tf27_finLost_isSentAgain() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, "r".repeat(10));
        scene.expect("FA", 6, 11);
        scene.after(250);
        scene.expect("FA", 6, 11);
        assertThat(scene.session.state()).isEqualTo(SessionState.FIN_WAIT_1);
    }

    /** Also when both are due by the time that somebody looks: it was a segment of its own. */
    @Test
    void tf27_finCapturedApart_isSentApart() {
        final Scene scene = Scene.established(
                Scripts.flow().send("hello").after(30_000).fin().answer(20).build());
        scene.expect("PA", 1, 1, "hello");
        scene.expect("FA", 6, 1);
    }

    @Test
    void tf28_halfClose_goesOnAcknowledging_thenTimeWait() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").fin().answer(20).build());
        scene.expect("FPA", 1, 1, "hello");
        scene.arrive("A", 1, 7, "");
        assertThat(scene.session.state()).isEqualTo(SessionState.FIN_WAIT_2);
        scene.arrive("PA", 1, 7, "r".repeat(20));
        scene.expect("A", 7, 21);
        scene.arrive("FA", 21, 7, "");
        scene.expect("A", 7, 22);
        assertThat(scene.session.state()).isEqualTo(SessionState.TIME_WAIT);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void tf28_targetClosesFirst_restOfTheScriptIsStillSent_thenFin() {
        final Scene scene = Scene.established(Scripts.flow()
                .send("one")
                .answer(10)
                .serverFin()
                .send("two")
                .fin()
                .build());
        scene.expect("PA", 1, 1, "one");
        scene.arrive("FPA", 1, 4, "r".repeat(10));
        scene.expect("FPA", 4, 12, "two");
        assertThat(scene.session.state()).isEqualTo(SessionState.LAST_ACK);
        scene.arrive("A", 12, 8, "");
        assertThat(scene.session.state()).isEqualTo(SessionState.CLOSED);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
        scene.expectNothing();
    }

    @Test
    void tf28_simultaneousClose_goesThroughClosing() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, "r".repeat(10));
        scene.expect("FA", 6, 11);
        scene.arrive("FA", 11, 6, "");
        scene.expect("A", 7, 12);
        assertThat(scene.session.state()).isEqualTo(SessionState.CLOSING);
        scene.arrive("A", 12, 7, "");
        assertThat(scene.session.state()).isEqualTo(SessionState.TIME_WAIT);
    }

    @Test
    void tf28_targetThatNeverCloses_isResetTenSecondsAfterItsLastSegment() {
        final Scene scene = Scene.established(oneRequest());
        scene.arrive("PA", 1, 6, "r".repeat(10)).arrive("A", 11, 7, "");
        assertThat(scene.session.state()).isEqualTo(SessionState.FIN_WAIT_2);
        scene.after(9_000).sent.clear();
        scene.arrive("PA", 1, 7, "r".repeat(10));
        for (int said = 0; said < 4; said++) {
            scene.after(said * 500).expect("A", 7, 11);
        }
        scene.after(6_000).expectNothing();
        // Late by more than the rest, and a segment is heard before the clock is looked at.
        scene.nowNs += 2_000_000_000L;
        scene.arrive("A", 10, 7, "").sent.clear();
        scene.after(0);
        scene.expect("RA", 7, 11);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void tf29_capturedReset_leavesAtItsGateWithTheExactNumber() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").answer(10).rst().build());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, "r".repeat(10));
        scene.expect("RA", 6, 11);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
        scene.expectNothing();
    }

    @Test
    void tf29_capturedReset_waitsForTheAckOfWhatWasSent() {
        final Scene scene = Scene.established(Scripts.flow().send("hello").rst().build());
        scene.expect("PA", 1, 1, "hello");
        scene.after(90_000);
        assertThat(scene.sent).noneMatch(segment -> segment.has(TcpFlags.RST));
        scene.sent.clear();
        scene.arrive("A", 1, 6, "");
        scene.expect("RA", 6, 1);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void tf29_capturedReset_waitsNotForEverBeforeAClosedWindow() {
        final Scene scene = Scene.established(Scripts.flow().send("hello").rst().build());
        scene.arrive("A", 1, 3, 0, Scene.NO_OPTIONS, "");
        for (int second = 0; second < 301 && scene.session.outcome() == null; second++) {
            scene.after(1000).arrive("A", 1, 3, 0, Scene.NO_OPTIONS, "");
        }
        assertThat(scene.sent.getLast().flagNames()).isEqualTo("RA");
        assertThat(scene.session.outcome()).isEqualTo(Outcome.TIMEOUT);
    }

    @Test
    void tf30_resetCountsOnlyAtRcvNxt_elseChallengeAck() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("R", 2, 0, "");
        scene.expect("A", 6, 1);
        scene.arrive("R", -9, 0, "");
        scene.expectNothing();
        scene.arrive("R", 1, 0, "");
        assertThat(scene.session.outcome()).isEqualTo(Outcome.RESET_BY_TARGET);
        scene.expectNothing();
    }

    @Test
    void tf30_synInEstablished_isChallenged() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("S", 1, 0, "");
        scene.expect("A", 6, 1);
        assertThat(scene.session.state()).isEqualTo(SessionState.ESTABLISHED);
    }

    @Test
    void tf30_synFromTheDistantPast_isChallengedAndNotReportedAsDuplicate() {
        final Scene scene = new Scene(oneRequest());
        scene.establish(Scene.SYN_ACK_OPTIONS, 65535).sent.clear();
        scene.arrive("S", -100_000, 0, "");
        assertThat(scene.expect("A", 6, 1).parsed().sackBlocks()).isZero();
    }

    @Test
    void tf31_inTimeWait_aFinSentAgainIsAcknowledged_andAResetIgnored() {
        final Scene scene = Scene.established(oneRequest());
        scene.arrive("PA", 1, 6, "r".repeat(10)).arrive("FA", 11, 7, "");
        assertThat(scene.session.state()).isEqualTo(SessionState.TIME_WAIT);
        scene.sent.clear();
        scene.arrive("FA", 11, 7, "");
        scene.expect("A", 7, 12);
        scene.arrive("R", 12, 0, "");
        assertThat(scene.session.state()).isEqualTo(SessionState.TIME_WAIT);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void tf39_answerNeverComes_theRestIsSentAllTheSame_andTheSessionIsDiverged() {
        final Scene scene = Scene.established(
                Scripts.flow().send("one").answer(10).send("two").fin().build());
        scene.expect("PA", 1, 1, "one");
        scene.arrive("A", 1, 4, "");
        scene.after(29_900).expectNothing().after(200);
        scene.expect("FPA", 4, 1, "two");
        scene.arrive("FA", 1, 8, "");
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED_DIVERGED);
    }

    /** Ten bytes of thirty are there and acknowledged; the next request waits for the rest. */
    private static Scene thirdOfAnAnswer() {
        final Scene scene = Scene.established(
                Scripts.flow().send("one").answer(30).send("two").fin().build());
        scene.expect("PA", 1, 1, "one");
        scene.arrive("PA", 1, 4, "r".repeat(10));
        scene.expect("A", 4, 11);
        return scene;
    }

    @Test
    void tf39_lossWithinAnAnswer_isNotTakenForAShortOne() {
        final Scene scene = thirdOfAnAnswer();
        scene.arrive("PA", 21, 4, "r".repeat(10));
        scene.after(2_500);
        for (int said = 0; said < 4; said++) {
            scene.expect("A", 4, 11);
        }
        scene.expectNothing();
        // Its last bytes had PSH, and came before.
        scene.arrive("A", 11, 4, "r".repeat(10));
        scene.expect("FPA", 4, 31, "two");
    }

    @Test
    void tf39_lossBeforeTheFin_isNotTakenForAShortAnswer() {
        final Scene scene = thirdOfAnAnswer();
        scene.arrive("FA", 31, 4, "");
        scene.expect("A", 4, 11);
        scene.after(2_500);
        scene.expectNothing();
        scene.arrive("A", 11, 4, "r".repeat(20));
        scene.expect("FPA", 4, 32, "two");
    }

    /** A limit of ours holds the ACK back: a target whose window is full says, when asked, that it sent all it may. */
    @Test
    void tf39_ackThatIsHeldBack_goesBeforeAnyQuestion_andUntilThenSilenceSaysNothing() {
        final Scene scene = Scene.established(
                Scripts.flow().send("one").answer(30).send("two").fin().build());
        scene.expect("PA", 1, 1, "one");
        scene.room = false;
        scene.arrive("PA", 1, 4, "r".repeat(10));
        scene.after(13_000).expectNothing();
        assertThat(scene.session.isOwed(scene.nowNs)).isFalse();
        scene.room = true;
        scene.poll();
        scene.expect("A", 4, 11);
        scene.expectNothing();
        assertThat(scene.session.isOwed(scene.nowNs)).isTrue();
        scene.after(900).expectNothing();
        scene.arrive("PA", 11, 4, "r".repeat(20));
        scene.expect("FPA", 4, 31, "two");
    }

    @Test
    void tf39_questionThatIsHeldBack_isAskedBeforeSilenceIsBelieved() {
        final Scene scene = thirdOfAnAnswer();
        scene.after(900).room = false;
        scene.after(12_000).expectNothing();
        scene.room = true;
        scene.poll();
        scene.expect("A", 4, 11);
        scene.expect("A", 3, 11);
        scene.after(500).expectNothing();
        scene.arrive("A", 11, 4, "");
        scene.expect("FPA", 4, 11, "two");
    }

    @Test
    void tf39_whereOnePlaceIsFreeAtATime_theAckGoesOnce_andThenTheQuestion() {
        final Scene scene = thirdOfAnAnswer();
        scene.places = 1;
        scene.after(1_001);
        scene.expect("A", 4, 11);
        scene.expectNothing();
        scene.nowNs += 1_000_000;
        scene.places = 1;
        scene.poll();
        scene.expect("A", 3, 11);
        scene.arrive("A", 11, 4, "");
        scene.places = 1;
        scene.poll();
        scene.expect("FPA", 4, 11, "two");
    }

    @Test
    void tf39_questionsThatWaitForTheirTurn_doNotProlongTheSilenceAfterAShortAnswer() {
        final Scene scene = thirdOfAnAnswer();
        scene.afterContended(11_200);
        for (int asked = 0; asked < 10; asked++) {
            scene.expect("A", 4, 11);
            scene.expect("A", 3, 11);
        }
        scene.expect("FPA", 4, 11, "two");
    }

    @Test
    void tf39_questionsThatWaitForTheirTurn_doNotProlongTheResponseTimeout() {
        final Scene scene = thirdOfAnAnswer();
        scene.arrive("PA", 21, 4, "r".repeat(10));
        scene.after(1_500);
        for (int said = 0; said < 4; said++) {
            scene.expect("A", 4, 11);
        }
        scene.afterContended(28_600);
        scene.expect("A", 3, 11);
        scene.expect("A", 3, 11);
        scene.expect("FPA", 4, 11, "two");
    }

    @Test
    void tf28_questionsThatWaitForTheirTurn_doNotProlongTheWaitForTheRest() {
        final Scene scene = halfClosedBeforeAHole();
        scene.afterContended(925_000);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.TIMEOUT);
    }

    @Test
    void tf28_whatIsMissing_isOwed() {
        final Scene scene = halfClosedBeforeAHole();
        assertThat(scene.session.isOwed(scene.nowNs)).isTrue();
        scene.arrive("PA", 31, 7, "r".repeat(10));
        assertThat(scene.session.isOwed(scene.nowNs)).isFalse();
    }

    /** What came last is the FIN, and ten bytes before it are missing. */
    private static Scene halfClosedBeforeAHole() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").fin().answer(20).build());
        scene.expect("FPA", 1, 1, "hello");
        scene.arrive("PA", 1, 7, "r".repeat(30));
        scene.expect("A", 7, 31);
        scene.arrive("FA", 41, 7, "");
        scene.expect("A", 7, 31);
        return scene;
    }

    @Test
    void tf28_ackThatIsHeldBack_leavesTheTargetItsTimeToClose() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, "r".repeat(10));
        scene.expect("FA", 6, 11);
        scene.arrive("A", 11, 7, "");
        scene.room = false;
        scene.arrive("PA", 11, 7, "more");
        scene.nowNs += 11_000_000_000L;
        scene.room = true;
        scene.poll();
        scene.expect("A", 7, 15);
        scene.after(9_900).expectNothing();
        scene.after(200).expect("RA", 7, 15);
    }

    @Test
    void tf40_targetSpeaksFirst_theClientWaitsForTheGreeting() {
        final Scene scene = Scene.established(
                Scripts.flow().answer(8).send("USER").answer(2).build());
        scene.expect("A", 1, 1);
        scene.after(1000).expectNothing();
        scene.arrive("PA", 1, 1, "r".repeat(8));
        scene.expect("PA", 1, 9, "USER");
    }

    @Test
    void tf41_targetClosedAndResets_isAbortedEarlyFin() {
        final Scene scene = Scene.established(
                Scripts.flow().send("one").answer(10).send("two").answer(10).build());
        scene.expect("PA", 1, 1, "one");
        scene.arrive("FPA", 1, 4, "r".repeat(10));
        scene.expect("PA", 4, 12, "two");
        scene.arrive("R", 12, 0, "");
        assertThat(scene.session.outcome()).isEqualTo(Outcome.ABORTED_EARLY_FIN);
    }

    @Test
    void tf45_ipv6_worksTheSame() {
        final Scene scene = new Scene(oneRequest(), TcpConfig.defaults(1500), true).establish(NONE, 65535);
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, 512, NONE, "r".repeat(10));
        scene.expect("FA", 6, 11);
        scene.arrive("FA", 11, 7, 512, NONE, "");
        scene.expect("A", 7, 12);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void tf49_captureNeverClosed_closesWithFinOnceAnswered() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").answer(10).build());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, "r".repeat(10));
        scene.expect("FA", 6, 11);
        scene.arrive("A", 11, 7, "");
        assertThat(scene.session.state()).isEqualTo(SessionState.FIN_WAIT_2);
        scene.after(9999).expectNothing().after(2);
        scene.expect("RA", 7, 11);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void tf28_halfClose_targetThatStillOwesAnAnswer_hasAsLongAsLinuxWouldGiveIt() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").fin().answer(20).build());
        scene.expect("FPA", 1, 1, "hello");
        scene.arrive("PA", 1, 7, "r".repeat(10));
        scene.expect("A", 7, 11);
        // A second of silence ends the short answer, and then it is the target's turn to close.
        scene.after(1_000 + 59_998).expectNothing().after(10);
        scene.expect("RA", 7, 11);
    }

    @Test
    void tf28_halfClose_finBehindAHole_isNotTheEnd() {
        final Scene scene = halfClosedBeforeAHole();
        scene.after(9_998).expectNothing();
        for (int asked = 0; asked < 3; asked++) {
            scene.after(asked == 0 ? 2 : 10_000).expect("A", 6, 31);
        }
        scene.arrive("PA", 31, 7, "r".repeat(10));
        scene.expect("A", 7, 42);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void tf49_abort_resetsWhatTheTargetKnows() {
        final Scene scene = Scene.established(oneRequest());
        scene.expect("PA", 1, 1, "hello");
        scene.session.abort(scene.nowNs);
        scene.poll();
        scene.expect("RA", 6, 1);
        assertThat(scene.session.outcome()).isEqualTo(Outcome.INTERRUPTED);
        scene.poll();
        scene.expectNothing();
    }

    @Test
    void tf15_thirdDuplicateAck_sendsTheMissingSegmentAtOnce() {
        final Scene scene = Scene.establishedWithoutSack(
                Scripts.flow().send("a").send("b").send("c").send("d").answer(1).build());
        scene.sent.clear();
        scene.arrive("A", 1, 1, 65535, NONE, "");
        scene.arrive("A", 1, 1, 65535, NONE, "");
        scene.expectNothing();
        scene.arrive("A", 1, 1, 65535, NONE, "");
        scene.expect("PA", 1, 1, "a");
        scene.expectNothing();
    }

    @Test
    void connectingTwice_isAMistakeOfTheCaller() {
        final Scene scene = Scene.established(oneRequest());
        assertThatThrownBy(() -> scene.session.connect(1, 0, 0, 0)).isInstanceOf(IllegalStateException.class);
        scene.session.abort(scene.nowNs);
        assertThatThrownBy(() -> scene.session.connect(1, 0, 0, 0)).isInstanceOf(IllegalStateException.class);
        scene.session.abort(scene.nowNs);
        assertThat(scene.session.resendNow()).isFalse();
    }

    @Test
    void sinkWithoutRoom_changesNothing() {
        final Scene scene = new Scene(oneRequest());
        scene.room = false;
        scene.connect().expectNothing();
        assertThat(scene.session.nextDeadlineNs())
                .as("no timer for what was not sent")
                .isEqualTo(Long.MAX_VALUE);
        scene.room = true;
        scene.poll();
        scene.expect("S", 0, 0);
        scene.room = false;
        scene.arrive("SA", 0, 1, 65535, Scene.SYN_ACK_OPTIONS, "");
        scene.expectNothing();
        assertThat(scene.session.sendSequence().nxt()).isEqualTo(1);
        scene.room = true;
        scene.poll();
        scene.expect("PA", 1, 1, "hello");
        scene.expectNothing();
    }
}
