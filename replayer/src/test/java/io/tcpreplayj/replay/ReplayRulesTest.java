package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Likeness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** TF-33 and TF-34: which imperfect flows are replayed, and for what reason the others are not. */
class ReplayRulesTest {
    private static ReplayRules rules(final boolean midstream, final boolean gaps) {
        return rules(midstream, gaps ? Gaps.SKIP : Gaps.DROP_FLOW);
    }

    private static ReplayRules rules(final boolean midstream, final Gaps gaps) {
        return new ReplayRules(
                GateMode.HYBRID, true, false, midstream, gaps, OnEarlyFin.CONTINUE, OnReset.FAIL, Likeness.NONE);
    }

    private static FlowRecord flow(
            final @Nullable SkipReason reason, final boolean midstream, final long gapBytes, final App app) {
        final FlowRecord whole =
                Scripts.flow().app(app).send("hello").answer(3).build().flow();
        final StreamSummary client = new StreamSummary(1, 0, 5, gapBytes, 0, 5, 0, 0, null);
        return new FlowRecord(
                whole.id(),
                whole.captureId(),
                whole.client(),
                whole.server(),
                whole.tunnel(),
                whole.startNs(),
                whole.endNs(),
                client,
                whole.serverStream(),
                whole.handshake(),
                whole.close(),
                midstream,
                whole.app(),
                whole.requests(),
                reason,
                whole.opening(),
                whole.events(),
                whole.exchanges());
    }

    @Test
    void tf33_midstream_isSkippedUnlessAskedFor() {
        final FlowRecord flow = flow(SkipReason.MIDSTREAM, true, 0, App.HTTP);
        assertThat(ReplayRules.DEFAULT.skipReason(flow)).isEqualTo(SkipReason.MIDSTREAM);
        assertThat(rules(false, true).skipReason(flow)).isEqualTo(SkipReason.MIDSTREAM);
        assertThat(rules(true, false).skipReason(flow)).isNull();
    }

    @Test
    void tf34_gap_isSkippedUnlessAskedFor() {
        final FlowRecord flow = flow(SkipReason.GAP, false, 7, App.HTTP);
        assertThat(ReplayRules.DEFAULT.skipReason(flow)).isEqualTo(SkipReason.GAP);
        assertThat(rules(true, false).skipReason(flow)).isEqualTo(SkipReason.GAP);
        assertThat(rules(false, true).skipReason(flow)).isNull();
    }

    @Test
    void tf34_gapOfWhichThePlaceIsNotKnown_cannotBeMended() {
        final FlowRecord flow = flow(SkipReason.GAP, false, 7, App.HTTP);
        assertThat(rules(false, Gaps.FILL).skipReason(flow)).isEqualTo(SkipReason.GAP);
        assertThat(rules(false, Gaps.TRUNCATE).skipReason(flow)).isEqualTo(SkipReason.GAP);
    }

    @Test
    void tf33_tf34_theReasonBehindTheRecordedOne_countsAsWell() {
        final FlowRecord both = flow(SkipReason.MIDSTREAM, true, 7, App.HTTP);
        assertThat(rules(true, false).skipReason(both)).isEqualTo(SkipReason.GAP);
        assertThat(rules(true, true).skipReason(both)).isNull();
        assertThat(rules(true, true).skipReason(flow(SkipReason.MIDSTREAM, true, 0, App.TLS)))
                .isEqualTo(SkipReason.TLS);
    }

    @Test
    void otherReasons_andNone_stand() {
        assertThat(rules(true, true).skipReason(flow(SkipReason.TRUNCATED, false, 0, App.HTTP)))
                .isEqualTo(SkipReason.TRUNCATED);
        assertThat(rules(true, true).skipReason(flow(null, false, 0, App.HTTP))).isNull();
    }
}
