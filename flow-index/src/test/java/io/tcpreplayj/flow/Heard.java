package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes down what a {@link FlowObserver} is told, and compares it with the record that comes in the end. */
final class Heard implements FlowObserver, FlowSink {
    private final Map<Long, Told> open = new HashMap<>();
    private ByteBuffer bytes = ByteBuffer.allocate(0);
    final List<String> events = new ArrayList<>();
    long rows;
    long answers;
    long flows;
    long lost;
    /** Whose record is whole: bytes came behind the FIN. */
    long lostInVain;

    boolean wanted = true;

    private static final class Told {
        final OpenFlow flow;
        final List<String> rows = new ArrayList<>();
        final List<String> answers = new ArrayList<>();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FlowRecord.SkipReason lost;

        Told(final OpenFlow flow) {
            this.flow = flow;
        }
    }

    /** Another capture begins; what the one before left open does not matter. */
    void forget() {
        open.clear();
        events.clear();
    }

    @Override
    public boolean onOpened(final OpenFlow flow) {
        events.add("opened " + flow.id());
        flows++;
        if (wanted) {
            assertThat(open.put(flow.id(), new Told(flow))).isNull();
        }
        return wanted;
    }

    @Override
    public void onRow(final long flow, final ClientRow row) {
        final Told told = open.get(flow);
        assertThat(told.lost).isNull();
        told.bytes.write(row.bytes(), row.offset(), row.length());
        told.rows.add(
                row(row.kind(), row.flags(), row.length(), row.urgent(), row.gate(), row.delayNs(), row.sentNs()));
        final String text = new String(row.bytes(), row.offset(), row.length(), StandardCharsets.ISO_8859_1);
        events.add("row " + flow + " '" + text + "' at " + row.gate() + " of " + row.serverBytes());
        rows++;
    }

    @Override
    public void onAnswer(
            final long flow,
            final int exchange,
            final long responseBytes,
            final long firstResponseNs,
            final long lastResponseNs,
            final long digest,
            final byte[] head) {
        final Told told = open.get(flow);
        assertThat(exchange).isEqualTo(told.answers.size());
        told.answers.add(answer(responseBytes, firstResponseNs, lastResponseNs, digest, head));
        events.add("answer " + flow + " " + responseBytes);
        answers++;
    }

    @Override
    public void onLost(final long flow, final FlowRecord.SkipReason reason) {
        open.get(flow).lost = reason;
        events.add("lost " + flow + " " + reason.label());
        lost++;
    }

    /** The record comes before the observer is told. */
    @Override
    public void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        bytes = clientBytes;
    }

    @Override
    public void onEnded(final FlowRecord flow) {
        events.add("ended " + flow.id());
        final Told told = open.remove(flow.id());
        if (told == null) {
            assertThat(wanted && flow.skipReason() == null).as(flow.toString()).isFalse();
            return;
        }
        if (told.lost != null) {
            lostInVain += flow.skipReason() == null ? 1 : 0;
            return;
        }
        assertThat(told.flow.client()).isEqualTo(flow.client());
        assertThat(told.flow.server()).isEqualTo(flow.server());
        assertThat(told.flow.midstream()).isEqualTo(flow.midstream());
        assertThat(told.flow.opening().synOptions()).isEqualTo(flow.opening().synOptions());
        assertThat(told.rows).as("rows of %d", flow.id()).isEqualTo(rows(flow.events()));
        final byte[] all = new byte[bytes.limit()];
        bytes.get(0, all);
        assertThat(told.bytes.toByteArray()).as("bytes of %d", flow.id()).isEqualTo(all);
        final List<String> recorded = answers(flow.exchanges());
        assertThat(told.answers).as("answers of %d", flow.id()).isEqualTo(recorded.subList(0, told.answers.size()));
        if (flow.serverStream().packets() > 0 && flow.serverStream().gapBytes() == 0) {
            assertThat(told.answers.size()).as("answers of %d", flow.id()).isGreaterThanOrEqualTo(recorded.size() - 1);
        }
    }

    private static List<String> rows(final ClientEvents events) {
        final List<String> rows = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            rows.add(row(
                    events.kind(i),
                    events.flags(i),
                    events.length(i),
                    events.urgent(i),
                    events.gate(i),
                    events.delayNs(i),
                    events.sentNs(i)));
        }
        return rows;
    }

    private static String row(
            final byte kind,
            final byte flags,
            final int length,
            final int urgent,
            final long gate,
            final long delayNs,
            final long sentNs) {
        return "kind " + kind + " flags " + flags + " length " + length + " urgent " + urgent + " gate " + gate
                + " delay " + delayNs + " sent " + sentNs;
    }

    private static List<String> answers(final Exchanges exchanges) {
        final List<String> answers = new ArrayList<>();
        for (int i = 0; i < exchanges.size(); i++) {
            answers.add(answer(
                    exchanges.responseBytes(i),
                    exchanges.firstResponseNs(i),
                    exchanges.lastResponseNs(i),
                    exchanges.digest(i),
                    exchanges.head(i)));
        }
        return answers;
    }

    private static String answer(
            final long bytes, final long firstNs, final long lastNs, final long digest, final byte[] head) {
        return bytes + " bytes " + firstNs + " to " + lastNs + " digest " + digest + " head " + head.length + " "
                + Arrays.hashCode(head);
    }
}
