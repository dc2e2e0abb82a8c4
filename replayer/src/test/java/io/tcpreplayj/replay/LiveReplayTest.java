package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Flows that are replayed over kernel sockets, against a server of this process, while they are being captured. */
@Timeout(60)
final class LiveReplayTest {
    /** A request that waited for an answer which does not come would be so late. */
    private static final long RESPONSE_TIMEOUT_NS = 30_000_000_000L;

    private final EchoTarget target = new EchoTarget("127.0.0.1");
    private LiveScene scene;

    private void start(final int copies, final int maxOpen) throws IOException {
        scene = new LiveScene(LiveScene.options(target.endpoint(), "socket", copies, maxOpen));
    }

    @AfterEach
    void close() throws IOException {
        scene.close();
        target.close();
    }

    @Test
    void aRequest_arrivesBeforeItsFlowGoesOnInTheCapture() throws Exception {
        start(1, 100);
        final LiveScene.Captured flow = scene.connects(40_000).asks("one\n");
        assertThat(target.next()).isEqualTo("one");
        flow.hears("one!\n").asks("two\n");
        assertThat(target.next()).isEqualTo("two");
        flow.hears("two!\n").closes();
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().replayed()).isOne();
        assertThat(result.replay().requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
        assertThat(result.replay().responses().matched()).isEqualTo(2);
        assertThat(result.replay().bytes().clientPlanned()).isEqualTo(8);
        assertThat(result.behindNs().count()).isEqualTo(2);
        assertThat(result.behindNs().max()).isLessThan(RESPONSE_TIMEOUT_NS / 2);
        assertThat(result.sessions()).isOne();
        assertThat(result.dropped()).isEmpty();
    }

    /** What that answers was asked before the capture began, and is not asked of the target. */
    @Test
    void aRequestBehindTheRestOfAnAnswer_doesNotWaitForThat() throws Exception {
        scene = new LiveScene(LiveScene.options(target.endpoint(), "socket", 1, 100, GuardRails.USUAL, true));
        final LiveScene.Captured flow = scene.goesOn(40_000)
                .hears("the rest of an answer\n")
                .asks("one\n")
                .hears("one!\n");
        assertThat(target.next()).isEqualTo("one");
        flow.asks("two\n");
        assertThat(target.next()).isEqualTo("two");
        flow.hears("two!\n").closes();
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().replayed()).isOne();
        assertThat(result.replay().requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
        assertThat(result.replay().responses().matched()).isEqualTo(2);
        assertThat(result.behindNs().max()).isLessThan(RESPONSE_TIMEOUT_NS / 2);
    }

    @Test
    void udpTargetThatRefuses_isLeftAlone() throws Exception {
        start(1, 1_000);
        // The kernel refuses a thousand a second, of whoever asks on this machine (icmp_msgs_per_sec): the others hear
        // nothing.
        for (int client = 0; scene.failed("refused") < 100; client++) {
            scene.datagram(40_000 + client, "x");
            TimeUnit.MILLISECONDS.sleep(2);
            assertThat(client).isLessThan(900);
        }
        scene.datagram(50_000, "x");
        final LiveResult result = scene.finish();
        assertThat(result.dropped()).containsOnlyKeys("stopped");
        assertThat(result.replay().trouble().text())
                .contains("stopped starting flows", "refused or left unanswered 1", "hint: is it down, or overrun?");
    }

    @Test
    void anAnswerThatDiffers_isFoundOnceTheRecordedOneIsThere() throws Exception {
        start(1, 100);
        scene.connects(40_000)
                .asks("one\n")
                .hears("one?\n")
                .asks("two\n")
                .hears("two, and more\n")
                .asks("three\n")
                .hears("three!\n")
                .closes();
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().replayed()).isOne();
        assertThat(result.replay().responses().different()).isEqualTo(2);
        assertThat(result.replay().responses().matched()).isOne();
    }

    @Test
    void copies_eachAskAll() throws Exception {
        start(3, 100);
        scene.connects(40_000)
                .asks("one\n")
                .hears("one!\n")
                .asks("two\n")
                .hears("two!\n")
                .closes();
        final LiveResult result = scene.finish();
        assertThat(result.sessions()).isEqualTo(3);
        assertThat(result.replay().flows().replayed()).isEqualTo(3);
        assertThat(result.replay().requests().answered()).isEqualTo(6);
        assertThat(result.replay().responses().matched()).isEqualTo(6);
        assertThat(target.heard()).hasSize(6);
    }

    @Test
    void whatATargetsHostSendsOn_isNotReplayedAgain() throws Exception {
        start(2, 100);
        final LiveScene.Captured flow = scene.connects(40_000).asks("one\n");
        target.next();
        target.next();
        scene.connects(target.clients().get(0)).asks("one\n").hears("one!\n").closes();
        flow.hears("one!\n").closes();
        target.closed();
        target.closed();
        scene.connects(target.clients().get(1)).asks("one\n").hears("one!\n").closes();
        scene.connects(40_001).asks("two\n").hears("two!\n").closes();
        final LiveResult result = scene.finish();
        assertThat(target.heard()).containsExactly("one", "one", "two", "two");
        assertThat(result.dropped()).containsExactly(entry("own", 4L));
        assertThat(result.isComplete()).isTrue();
        assertThat(result.replay().flows().replayed()).isEqualTo(4);
    }

    @Test
    void flowsBeyondMaxOpen_areDroppedWhole() throws Exception {
        start(1, 2);
        final LiveScene.Captured first = scene.connects(40_000).asks("first\n");
        target.next();
        final LiveScene.Captured second = scene.connects(40_001).asks("second\n");
        target.next();
        scene.connects(40_002).asks("third\n").hears("third!\n").closes();
        first.hears("first!\n").closes();
        second.hears("second!\n").closes();
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().replayed()).isEqualTo(2);
        assertThat(result.dropped()).containsExactly(entry("max-open", 1L));
        assertThat(scene.replay().moment().dropped()).isEqualTo(result.dropped());
        assertThat(target.heard()).containsExactlyInAnyOrder("first", "second");
    }

    @Test
    void bytesThatTheCaptureLacks_cutTheSessionShort() throws Exception {
        start(1, 100);
        final LiveScene.Captured flow = scene.connects(40_000).asks("one\n");
        target.next();
        flow.hears("one!\n").missesBytes(4).asks("three\n").hears("three!\n").closes();
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().failed()).containsExactly(entry("capture-lost", 1L));
        assertThat(result.lost()).containsExactly(entry("capture-gap", 1L));
        assertThat(scene.replay().moment().cutShort()).isEqualTo(result.lost());
        assertThat(target.heard()).containsExactly("one");
    }

    /** Its request left before that was known, and must not stand in for one of another flow that did not. */
    @Test
    void whatLeftOfATornFlow_isNotOfAReplayableOne() throws Exception {
        start(1, 3);
        final LiveScene.Captured torn = scene.connects(40_000).asks("one\n");
        target.next();
        final LiveScene.Captured open = scene.connects(40_001).asks("two\n");
        target.next();
        final LiveScene.Captured unanswered = scene.connects(40_002).asks("three\n");
        target.next();
        scene.connects(40_003).asks("four\n").hears("four!\n").closes();
        torn.hears("one!\n").missesBytes(4).asks("five\n").closes();
        open.hears("two!\n").closes();
        unanswered.closes();
        final LiveResult result = scene.finish();
        assertThat(result.dropped()).containsExactly(entry("max-open", 1L));
        assertThat(result.replay().requests().sent()).isEqualTo(3);
        assertThat(result.captured().requestsReplayed()).isEqualTo(2);
    }

    @Test
    void whatIsNoFlowToReplay_isSkippedByItsReason() throws Exception {
        start(2, 100);
        final LiveScene.Captured silent = scene.connects(40_000);
        silent.closes();
        scene.wasOpen(40_001, "begun before the capture was".repeat(1_000));
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().skipped())
                .containsOnly(entry("no-client-bytes", 2L), entry("midstream", 2L));
        assertThat(result.sessions()).isEqualTo(4);
        assertThat(target.heard()).isEmpty();
    }

    @Test
    void theEndOfTheCapture_closesWhatIsOpen() throws Exception {
        start(1, 100);
        scene.connects(40_000).asks("one\n").hears("one!\n");
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().replayed()).isOne();
        assertThat(result.replay().responses().matched()).isOne();
    }

    @Test
    void aSignal_endsTheReplay_andFlowsAfterItAreDropped() throws Exception {
        start(1, 100);
        final LiveScene.Captured flow = scene.connects(40_000).asks("one\n");
        target.next();
        scene.replay().interrupt(2);
        scene.replay().interrupt(2);
        target.closed();
        scene.connects(40_001).asks("two\n");
        flow.hears("one!\n").closes();
        final LiveResult result = scene.finish();
        assertThat(result.replay().interruptedBy()).isEqualTo(2);
        assertThat(result.replay().flows().failed()).containsExactly(entry("interrupted", 1L));
        assertThat(result.dropped()).containsExactly(entry("stopped", 1L));
    }

    /** The capture goes on behind it for three times as long. */
    @Test
    void whatTheLimitHeldUp_isAShareOfTheTimeInWhichAnythingWasReplayed() throws Exception {
        final GuardRails rails = new GuardRails(true, 8_000, GuardRails.NEVER);
        scene = new LiveScene(LiveScene.options(target.endpoint(), "socket", 1, 100, rails));
        final long beginNs = System.nanoTime();
        scene.datagram(40_000, "x");
        for (int flow = 0; flow < 20; flow++) {
            scene.connects(40_000 + flow).asks("one\n");
        }
        for (int request = 0; request < 5; request++) {
            target.next();
        }
        scene.replay().interrupt(2);
        scene.replay().interrupt(2);
        scene.awaitEnd();
        final long tookNs = System.nanoTime() - beginNs;
        TimeUnit.NANOSECONDS.sleep(3 * tookNs);
        final LiveResult result = scene.finish();
        assertThat(result.replay().replayer().restraint().heldShare()).isBetween(0.5, 1.0);
    }

    /** A connection that is closed is whole in the capture only some seconds later, and the replay may be over by then. */
    @Test
    void whatWasReplayedBeforeTheReplayEnded_isInItsSums() throws Exception {
        start(2, 100);
        final LiveScene.Captured flow = scene.connects(40_000).asks("one\n");
        scene.awaitOpen(2);
        flow.hears("one!\n").closes();
        scene.awaitOpen(0);
        scene.replay().interrupt(2);
        scene.replay().interrupt(2);
        scene.awaitEnd();
        final LiveResult result = scene.finish();
        assertThat(result.replay().flows().replayed()).isEqualTo(2);
        assertThat(result.replay().requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
        assertThat(result.replay().responses().matched()).isEqualTo(2);
        assertThat(result.captured()).isEqualTo(new LiveResult.Captured(2, 8, 0, 0, 2));
    }

    @Test
    void aReplayThatStopsBeforeItsCapture_saysSoAtOnce_andAgainAtTheEnd() throws Exception {
        target.close();
        start(1, 1_000);
        for (int flow = 0; flow < 150; flow++) {
            scene.connects(40_000 + flow).asks("one\n");
        }
        scene.awaitEnd();
        assertThat(scene.news())
                .singleElement()
                .asString()
                .startsWith("stopped starting flows: target " + target.endpoint() + " refused, ignored or reset ")
                .endsWith("; the capture goes on");
        final LiveResult result = scene.finish();
        assertThat(result.replay().trouble().text())
                .startsWith("stopped starting flows: ")
                .contains("\nhint: is it down, or overrun? replay less of the capture (--sample");
        assertThat(result.sessions()).isEqualTo(150);
    }
}
