package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import java.util.List;

/** Hands a flow over as if it were being captured right now: each row at its captured time, or somewhat later. */
public final class Growth {
    private final FlowScript whole;
    private final GrowingScript script;
    private final long startNs;
    private final long lateNs;
    private int rows;
    private int answers;
    private long freed;

    /** @param startNs the flow's start by the replay clock */
    public Growth(final FlowScript whole, final long startNs, final long lateNs) {
        final FlowRecord flow = whole.flow();
        this.whole = whole;
        this.startNs = startNs;
        this.lateNs = lateNs;
        script = new GrowingScript(
                new OpenFlow(
                        flow.id(),
                        flow.client(),
                        flow.server(),
                        flow.tunnel(),
                        flow.startNs(),
                        flow.midstream(),
                        true,
                        flow.app(),
                        flow.opening()),
                startNs,
                0);
    }

    public GrowingScript script() {
        return script;
    }

    /** Has the script forget what the player does not need, nor whoever waits for exchanges up to this one. */
    void forget(final ScriptCursor player, final long arrived, final int exchange) {
        final ScriptNeeds needs = new ScriptNeeds();
        needs.clear();
        player.needs(arrived, needs);
        needs.exchangesFrom(exchange);
        script.forget(needs, 1, 1);
        freed += script.flow().events().first();
    }

    /** How much there was to be forgotten. */
    long freed() {
        return freed;
    }

    /** When there will be more, or {@link Long#MAX_VALUE}. */
    public long nextNs() {
        if (script.isWhole()) {
            return Long.MAX_VALUE;
        }
        final ClientEvents events = whole.flow().events();
        final int row = Math.min(rows, events.size() - 1);
        return Math.max(1, startNs + events.sentNs(row) + lateNs + (rows == events.size() ? 3_000_000_000L : 0));
    }

    /** All that was captured by then; the flow is over three seconds after its last row. */
    public void upTo(final long nowNs) {
        while (!script.isWhole() && nextNs() <= nowNs) {
            if (rows == whole.flow().events().size()) {
                end();
            } else {
                append(rows++);
            }
        }
    }

    private void end() {
        while (answers < whole.flow().exchanges().size()) {
            answer();
        }
        script.end(whole.serverBytes());
    }

    private void append(final int row) {
        final ClientEvents events = whole.flow().events();
        final Exchanges exchanges = whole.flow().exchanges();
        int exchange = -1;
        while (exchange + 1 < exchanges.size() && exchanges.firstEvent(exchange + 1) <= row) {
            exchange++;
        }
        while (answers < exchange) {
            answer();
        }
        long sentBytes = Math.min(events.gate(row), whole.serverBytes());
        long nextNs = -1;
        for (int i = 0; i < exchanges.size(); i++) {
            final long from = Math.min(events.gate(exchanges.firstEvent(i)), whole.serverBytes());
            if (exchanges.lastResponseNs(i) >= 0 && exchanges.lastResponseNs(i) <= events.sentNs(row)) {
                sentBytes = Math.max(sentBytes, from + exchanges.responseBytes(i));
                nextNs = from >= events.gate(row) && nextNs < 0 ? exchanges.firstResponseNs(i) : nextNs;
            }
        }
        final ClientRow told = new ClientRow();
        if (events.kind(row) == ClientEvents.DATA) {
            final byte[] bytes = new byte[events.length(row)];
            int offset = 0;
            for (int before = 0; before < row; before++) {
                offset += events.length(before);
            }
            whole.clientBytes().get(offset, bytes);
            told.data(events.flags(row), events.urgent(row), bytes, 0, bytes.length);
        } else {
            told.closing(events.kind(row));
        }
        final long lastNs = exchange < 0 ? -1 : exchanges.lastResponseNs(exchange);
        script.append(
                told.at(exchange, events.gate(row), events.delayNs(row), events.sentNs(row))
                        .server(sentBytes, lastNs <= events.sentNs(row) ? lastNs : -1, nextNs),
                startNs + events.sentNs(row) + lateNs);
    }

    private void answer() {
        final Exchanges exchanges = whole.flow().exchanges();
        final int exchange = answers++;
        script.answer(
                exchanges.responseBytes(exchange),
                exchanges.firstResponseNs(exchange),
                exchanges.lastResponseNs(exchange),
                exchanges.digest(exchange),
                exchanges.head(exchange));
    }

    /** That what was played is what was captured, and that no exchange was sent before its last row was there. */
    void check(final String what, final List<Long> sentNs) {
        final ClientEvents events = whole.flow().events();
        final Exchanges exchanges = whole.flow().exchanges();
        assertThat(script.clientLength()).as(what).isEqualTo(whole.clientLength());
        assertThat(script.clientBytes())
                .as(what)
                .isEqualTo(whole.clientBytes()
                        .slice((int) script.clientStart(), script.clientBytes().limit()));
        for (int i = script.flow().exchanges().first(); i < exchanges.size(); i++) {
            final int last = exchanges.firstEvent(i) + exchanges.eventCount(i) - 1;
            assertThat(script.flow().exchanges().firstEvent(i)).as(what).isEqualTo(exchanges.firstEvent(i));
            assertThat(script.flow().exchanges().eventCount(i)).as(what).isEqualTo(exchanges.eventCount(i));
            assertThat(script.flow().exchanges().requests(i)).as(what).isEqualTo(exchanges.requests(i));
            assertThat(sentNs.get(i)).as(what).isGreaterThanOrEqualTo(startNs + events.sentNs(last) + lateNs);
        }
    }
}
