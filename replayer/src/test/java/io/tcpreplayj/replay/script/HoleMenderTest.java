package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.StreamSummary;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TF-34: what is made of a flow from whose client's stream bytes are missing. */
class HoleMenderTest {
    private static final long MS = 1_000_000L;

    private final FlowScript whole = Scripts.flow()
            .send("one")
            .answer("answer one")
            .after(7 * MS)
            .sendMore("two")
            .send("and")
            .answer("answer two!")
            .after(9 * MS)
            .send("three")
            .answer("last")
            .fin()
            .acks(new long[] {10, 3, 4000}, new long[] {21, 5, 2000})
            .build();

    /** The script with so many bytes missing before each of its rows, and behind the last. */
    private static FlowScript holed(final FlowScript of, final long tail, final long... missing) {
        final ClientEvents e = of.flow().events();
        final int n = e.size();
        final byte[] kinds = new byte[n];
        final byte[] flags = new byte[n];
        final int[] lengths = new int[n];
        final long[] gates = new long[n];
        final long[] delaysNs = new long[n];
        final long[] sentNs = new long[n];
        for (int i = 0; i < n; i++) {
            kinds[i] = e.kind(i);
            flags[i] = e.flags(i);
            lengths[i] = e.length(i);
            gates[i] = e.gate(i);
            delaysNs[i] = e.delayNs(i);
            sentNs[i] = e.sentNs(i);
        }
        final ClientEvents events =
                new ClientEvents(kinds, flags, lengths, new int[n], gates, delaysNs, sentNs, missing);
        final FlowScript script = of.rewritten(events, of.flow().exchanges(), of.clientBytes(), of.serverBytes());
        final FlowRecord f = script.flow();
        final StreamSummary client = new StreamSummary(9, 0, 14, missing.length == 0 ? 0 : 1, tail, 14, 0, -1, null);
        return new FlowScript(
                new FlowRecord(
                        f.id(),
                        f.captureId(),
                        f.client(),
                        f.server(),
                        f.tunnel(),
                        f.startNs(),
                        f.endNs(),
                        client,
                        f.serverStream(),
                        f.handshake(),
                        f.close(),
                        f.midstream(),
                        f.app(),
                        f.requests(),
                        FlowRecord.SkipReason.GAP,
                        f.opening(),
                        f.events(),
                        f.exchanges(),
                        f.acks(),
                        null),
                script.clientBytes());
    }

    private static String bytes(final FlowScript script) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < script.clientLength(); i++) {
            text.append((char) script.clientBytes().get(i));
        }
        return text.toString().replace('\0', '.');
    }

    private static String rows(final FlowScript script) {
        final ClientEvents events = script.flow().events();
        final StringBuilder text = new StringBuilder();
        for (int row = 0; row < events.size(); row++) {
            text.append(row == 0 ? "" : " ").append(events.kind(row) == ClientEvents.DATA ? events.length(row) : "fin");
            text.append('@').append(events.gate(row));
        }
        return text.toString();
    }

    @Test
    void fill_putsZerosWhereBytesAreMissing_apartFromWhatMayWaitForTheirAnswer() {
        final FlowScript holed = holed(whole, 0, 0, 2, 1, 0, 4);
        final FlowScript filled = HoleMender.mend(holed, Gaps.FILL);
        assertThat(bytes(filled)).isEqualTo("one..two.andthree....");
        assertThat(rows(filled)).isEqualTo("3@0 2@0 3@10 1@10 3@10 5@21 4@21 fin@25");
        final ClientEvents before = holed.flow().events();
        final ClientEvents events = filled.flow().events();
        final long answeredNs = before.sentNs(1) - 7 * MS;
        assertThat(events.delayNs(1)).isEqualTo((answeredNs - before.sentNs(0)) / 2);
        assertThat(events.delayNs(2)).isEqualTo(7 * MS);
        assertThat(events.delayNs(3)).isEqualTo(before.delayNs(2));
        assertThat(events.delayNs(4)).isZero();
        final Exchanges exchanges = filled.flow().exchanges();
        assertThat(exchanges.firstEvent(1)).isEqualTo(2);
        assertThat(exchanges.eventCount(0)).isEqualTo(1);
        assertThat(exchanges.eventCount(1)).isEqualTo(3);
        assertThat(exchanges.firstEvent(2)).isEqualTo(5);
        assertThat(exchanges.eventCount(2)).isEqualTo(1);
    }

    @Test
    void fill_measuresTheRequestBeforeTheZerosByItself() {
        final FlowScript filled = HoleMender.mend(holed(whole, 0, 0, 2, 0, 0, 0), Gaps.FILL);
        final List<String> told = new ArrayList<>();
        final ScriptListener listener = new ScriptListener() {
            @Override
            public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {
                told.add("sent " + exchange + " at " + sentNs + ", due " + dueNs);
            }

            @Override
            public void onExchangeEnd(
                    final int exchange,
                    final long dueNs,
                    final long sentNs,
                    final long responseBytes,
                    final long lastByteNs,
                    final boolean timedOut) {
                told.add("answer " + exchange + " at " + lastByteNs + ", due " + dueNs + ", bytes " + responseBytes);
            }
        };
        final ScriptCursor cursor = new ScriptCursor(filled, new Pace(1, 30_000 * MS), listener);
        cursor.onEstablished(0, 0);
        cursor.onClientBytesSent(3, 0);
        cursor.onServerBytes(10, true, MS);
        cursor.advance(1_000 * MS);
        assertThat(cursor.releasedBytes()).isGreaterThanOrEqualTo(5);
        cursor.onClientBytesSent(5, 1_001 * MS);
        cursor.advance(2_000 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(11);
        assertThat(told).containsExactly("sent 0 at 0, due 0", "answer 0 at " + MS + ", due 0, bytes 10");
    }

    @Test
    void firstRequestMissing_nothingWaitsForItsAnswerBeforeItIsSent() {
        final FlowScript late = Scripts.flow()
                .answer("answer to what is missing")
                .after(7 * MS)
                .send("two")
                .answer("answer two!")
                .fin()
                .build();
        final FlowScript holed = holed(late, 0, 4, 0);
        final FlowScript filled = HoleMender.mend(holed, Gaps.FILL);
        assertThat(rows(filled)).isEqualTo("4@0 3@25 fin@36");
        assertThat(filled.flow().exchanges().firstEvent(0)).isEqualTo(1);
        final FlowScript skipped = HoleMender.mend(holed, Gaps.SKIP);
        assertThat(bytes(skipped)).isEqualTo("two");
        assertThat(rows(skipped)).isEqualTo("3@0 fin@36");
    }

    @Test
    void truncate_endsTheFlowWhereBytesAreMissingFirst() {
        final FlowScript between = HoleMender.mend(holed(whole, 0, 0, 2, 0, 0, 0), Gaps.TRUNCATE);
        assertThat(bytes(between)).isEqualTo("one");
        assertThat(rows(between)).isEqualTo("3@0 fin@10");
        assertThat(between.flow().exchanges().size()).isEqualTo(1);
        assertThat(between.serverBytes()).isEqualTo(10);
        final FlowScript within = HoleMender.mend(holed(whole, 0, 0, 0, 2, 3, 0), Gaps.TRUNCATE);
        assertThat(bytes(within)).isEqualTo("onetwo");
        assertThat(rows(within)).isEqualTo("3@0 3@10 fin@10");
        assertThat(within.flow().exchanges().eventCount(1)).isEqualTo(1);
        assertThat(within.flow().requests()).isEqualTo(2);
    }

    @Test
    void truncate_closesBehindTheLastRow_whenWhatFollowedWasNotCaptured() {
        final FlowScript open =
                Scripts.flow().send("one").answer("answer").send("two").build();
        final FlowScript cut = holed(open, 7);
        assertThat(HoleMender.canMend(cut.flow(), Gaps.TRUNCATE)).isTrue();
        assertThat(rows(HoleMender.mend(cut, Gaps.TRUNCATE))).isEqualTo("3@0 3@6 fin@6");
        assertThat(HoleMender.canMend(cut.flow(), Gaps.FILL)).isFalse();
    }

    @Test
    void truncate_needsToKnowWhereTheHolesAre() {
        final FlowScript open =
                Scripts.flow().send("one").answer("answer").send("two").build();
        final FlowScript unknown = holed(open, 7, 0, 0);
        assertThat(HoleMender.canMend(unknown.flow(), Gaps.TRUNCATE)).isFalse();
        assertThat(HoleMender.mend(unknown, Gaps.TRUNCATE)).isSameAs(unknown);
    }

    /** TF-23, TF-24: holes are of the client's stream, and acknowledgements count the server's. */
    @Test
    void acknowledgementsStay() {
        for (final Gaps policy : new Gaps[] {Gaps.TRUNCATE, Gaps.FILL}) {
            final FlowScript holed = holed(whole, 0, 0, 2, 1, 0, 4);
            final FlowScript mended = HoleMender.mend(holed, policy);
            assertThat(mended).isNotSameAs(holed);
            assertThat(mended.flow().acks()).isSameAs(whole.flow().acks());
        }
        assertThat(whole.flow().acks().size()).isEqualTo(2);
    }

    @Test
    void whatCannotBeMended_isToldBefore() {
        final FlowRecord atStart = holed(whole, 0, 2, 0, 0, 0, 0).flow();
        assertThat(HoleMender.canMend(atStart, Gaps.TRUNCATE)).isFalse();
        assertThat(HoleMender.canMend(atStart, Gaps.FILL)).isTrue();
        final FlowRecord huge =
                holed(whole, 0, 0, Long.MAX_VALUE, Long.MAX_VALUE, 0, 0).flow();
        assertThat(HoleMender.canMend(huge, Gaps.FILL)).isFalse();
        assertThat(HoleMender.canMend(huge, Gaps.TRUNCATE)).isTrue();
        assertThat(HoleMender.canMend(huge, Gaps.SKIP)).isTrue();
        assertThat(HoleMender.canMend(huge, Gaps.DROP_FLOW)).isFalse();
    }

    @Test
    void rowsThatDoNotMatchTheirBytes_areLeftAlone() {
        final FlowScript holed = holed(whole, 0, 0, 2, 1, 0, 4);
        final FlowScript lying = new FlowScript(holed.flow(), ByteBuffer.allocate(3));
        assertThat(HoleMender.mend(lying, Gaps.FILL)).isSameAs(lying);
        assertThat(HoleMender.mend(lying, Gaps.TRUNCATE)).isSameAs(lying);
        assertThat(HoleMender.mend(whole, Gaps.FILL)).isSameAs(whole);
        assertThat(HoleMender.mend(holed, Gaps.SKIP)).isSameAs(holed);
    }
}
