package io.tcpreplayj.replay.sim;

import io.tcpreplayj.flow.AckRows;
import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Script;
import java.util.ArrayList;
import java.util.List;

/**
 * A captured flow that never was: requests and answers of random number, size and order, as the index would have written
 * them down.
 */
final class Conversation {
    private static final long MS = 1_000_000L;
    private static final Endpoint CAPTURED_CLIENT = new Endpoint(IpAddress.parse("10.0.0.1"), 40000);
    private static final Endpoint CAPTURED_SERVER = new Endpoint(IpAddress.parse("10.0.0.2"), 80);
    private static final int LARGEST_STREAM = 1 << 20;

    /** MSS, SACK permitted, timestamps, window scale, in the order of several systems; and what old ones had. */
    private static final byte[][] SYN_OPTIONS = {
        {},
        {2, 4, 5, (byte) 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7},
        {2, 4, 5, (byte) 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 4, 2, 0, 0},
        {2, 4, 5, (byte) 0xb4, 1, 3, 3, 8, 1, 1, 4, 2},
        {2, 4, 5, (byte) 0xb4, 1, 1, 4, 2},
        {2, 4, 5, (byte) 0xb4},
        {2, 4, 2, 24, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0},
        {1, 1, 1, 0}
    };

    private record Row(byte kind, byte flags, int length, int urgent, long gate, long sentNs) {}

    private final List<Row> rows = new ArrayList<>();
    private final List<Long> requestEnds = new ArrayList<>();
    private final List<Integer> answers = new ArrayList<>();
    private final Seeded random;
    private final Closing closing;
    private final int clientFrom;
    private final int serverFrom;
    private long clientBytes;
    private long serverBytes;
    private long timeNs = 200_000;
    private final Script script;

    Conversation(final Seeded seed) {
        random = seed;
        closing = Closing.values()[random.below(Closing.values().length)];
        clientFrom = random.below(Noise.SIZE - LARGEST_STREAM - 1);
        serverFrom = random.below(Noise.SIZE - LARGEST_STREAM - 1);
        if (random.percent(15)) {
            answerTo(0);
        }
        final int turns = random.between(1, random.percent(10) ? 12 : 4);
        for (int turn = 0; turn < turns; turn++) {
            turn();
        }
        close();
        script = build();
    }

    /** What is left of {@code whole} for another connection, which plays {@code rest}: its last bytes. */
    Conversation(final Conversation whole, final Script rest) {
        random = whole.random;
        closing = whole.closing;
        script = rest;
        clientBytes = rest.clientLength();
        final long done = whole.clientBytes - clientBytes;
        long answered = 0;
        for (int i = 0; i < whole.answers.size(); i++) {
            final long requestEnd = whole.requestEnds.get(i);
            if (done == 0 || requestEnd > done) {
                requestEnds.add(requestEnd - done);
                answers.add(whole.answers.get(i));
            } else {
                answered += whole.answers.get(i);
            }
        }
        clientFrom = whole.clientFrom + (int) done;
        serverFrom = whole.serverFrom + (int) answered;
        serverBytes = whole.serverBytes - answered;
    }

    /** One request, or several without waiting, and their answers. */
    private void turn() {
        final long gate = serverBytes;
        final int pipelined = random.percent(20) ? random.between(2, 5) : 1;
        final List<Long> ends = new ArrayList<>();
        for (int i = 0; i < pipelined; i++) {
            request(gate);
            ends.add(clientBytes);
        }
        for (final long end : ends) {
            answerTo(end);
        }
        timeNs += random.percent(30) ? random.spanNs(100_000, 800 * MS) : 0;
    }

    private void request(final long gate) {
        final int parts = random.percent(30) ? random.between(2, 4) : 1;
        for (int part = 1; part <= parts; part++) {
            final int length = (int) Math.min(size(20_000), Math.max(1, LARGEST_STREAM / 2 - clientBytes));
            final boolean urgent = random.percent(3);
            final int flags = (part == parts || random.coin() ? ClientEvents.PSH : 0) | (urgent ? ClientEvents.URG : 0);
            rows.add(new Row(
                    ClientEvents.DATA, (byte) flags, length, urgent ? random.between(1, length) : 0, gate, timeNs));
            clientBytes += length;
            timeNs += random.percent(10) ? random.spanNs(10_000, 50 * MS) : 1000;
        }
    }

    private void answerTo(final long requestEnd) {
        requestEnds.add(requestEnd);
        final int length = (int) Math.min(size(60_000), Math.max(1, LARGEST_STREAM / 4 - serverBytes));
        answers.add(length);
        serverBytes += length;
        timeNs += random.spanNs(100_000, 20 * MS);
    }

    /** Small mostly, sometimes several segments, rarely what fills windows. */
    private int size(final int large) {
        final int dice = random.below(100);
        if (dice < 70) {
            return random.between(1, 1200);
        }
        return dice < 98 ? random.between(1000, 9000) : random.between(9000, large);
    }

    private void close() {
        final long seen = closing == Closing.HALF ? serverBytes - answers.get(answers.size() - 1) : serverBytes;
        switch (closing) {
            case CLIENT_FIRST, AT_ONCE, HALF -> end(ClientEvents.FIN, seen);
            case SERVER_FIRST -> end(ClientEvents.FIN, seen + 1);
            case RESET -> end(ClientEvents.RST, seen);
            case OPEN -> {
                // Nothing more was captured.
            }
        }
    }

    private void end(final byte kind, final long gate) {
        final long last = rows.isEmpty() ? 0 : rows.get(rows.size() - 1).gate();
        rows.add(new Row(kind, (byte) 0, 0, 0, Math.max(gate, last), timeNs));
    }

    private FlowScript build() {
        final int n = rows.size();
        final byte[] kinds = new byte[n];
        final byte[] flags = new byte[n];
        final int[] lengths = new int[n];
        final int[] urgents = new int[n];
        final long[] gates = new long[n];
        final long[] delaysNs = new long[n];
        final long[] sentNs = new long[n];
        for (int i = 0; i < n; i++) {
            final Row row = rows.get(i);
            kinds[i] = row.kind();
            flags[i] = row.flags();
            lengths[i] = row.length();
            urgents[i] = row.urgent();
            gates[i] = row.gate();
            delaysNs[i] = random.percent(20) ? random.spanNs(100_000, 300 * MS) : 0;
            sentNs[i] = row.sentNs();
        }
        final Exchanges exchanges = exchanges();
        final FlowRecord flow = new FlowRecord(
                1,
                1,
                CAPTURED_CLIENT,
                CAPTURED_SERVER,
                0,
                0,
                timeNs,
                new StreamSummary(n, 0, clientBytes, 0, 0, clientBytes, 0, 0, null),
                new StreamSummary(answers.size(), 0, serverBytes, 0, 0, serverBytes, 0, 0, null),
                FlowRecord.Handshake.FULL,
                FlowRecord.Close.NONE,
                false,
                FlowRecord.App.UNKNOWN,
                exchanges.size(),
                null,
                new Opening(SYN_OPTIONS[random.below(SYN_OPTIONS.length)], 65535, 100_000, 1000),
                new ClientEvents(kinds, flags, lengths, urgents, gates, delaysNs, sentNs),
                exchanges,
                acks(random.of("acks")),
                null);
        return new FlowScript(flow, Noise.slice(clientFrom, (int) clientBytes));
    }

    /** Any: what the captured client acknowledged need not fit what the live server sends. */
    private ClientAcks acks(final Seeded any) {
        final int size = any.between(1, 40);
        final AckRows rows = new AckRows();
        long acked = 0;
        for (int row = 0; row < size; row++) {
            // The first row is where the stream begins, whatever was drawn.
            final long more = any.percent(30) ? 0 : any.below(6000);
            acked += row == 0 ? 0 : more;
            final long delayNs = any.percent(90) ? any.spanNs(10_000, 60 * MS) : any.spanNs(10_000, 2_000 * MS);
            rows.add(acked, delayNs, any.percent(10) ? 0 : any.below(200_000));
        }
        return rows.acks();
    }

    /** One for each gate that data waited for. */
    private Exchanges exchanges() {
        final List<int[]> spans = new ArrayList<>();
        long gate = -1;
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).kind() == ClientEvents.DATA) {
                if (rows.get(i).gate() != gate) {
                    gate = rows.get(i).gate();
                    spans.add(new int[] {i, 0});
                }
                spans.get(spans.size() - 1)[1]++;
            }
        }
        final int n = spans.size();
        final int[] firsts = new int[n];
        final int[] counts = new int[n];
        final int[] requests = new int[n];
        final long[] lengths = new long[n];
        final long[] firstNs = new long[n];
        final long[] lastNs = new long[n];
        final long[] digests = new long[n];
        final byte[][] heads = new byte[n][];
        for (int i = 0; i < n; i++) {
            firsts[i] = spans.get(i)[0];
            counts[i] = spans.get(i)[1];
            requests[i] = 1;
            final long from = rows.get(firsts[i]).gate();
            lengths[i] = (i + 1 < n ? rows.get(spans.get(i + 1)[0]).gate() : serverBytes) - from;
            final Row last = rows.get(firsts[i] + counts[i] - 1);
            firstNs[i] = lengths[i] == 0 ? -1 : last.sentNs() + MS;
            lastNs[i] = lengths[i] == 0 ? -1 : last.sentNs() + 2 * MS;
            digests[i] = -1;
            heads[i] = new byte[0];
        }
        return new Exchanges(firsts, counts, requests, lengths, firstNs, lastNs, digests, heads);
    }

    Script script() {
        return script;
    }

    Closing closing() {
        return closing;
    }

    /** Where in {@link Noise} the client's stream begins. */
    int clientFrom() {
        return clientFrom;
    }

    int serverFrom() {
        return serverFrom;
    }

    long clientBytes() {
        return clientBytes;
    }

    int answers() {
        return answers.size();
    }

    /** How many of the client's bytes the server must have before it gives this answer. */
    long requestEnd(final int answer) {
        return requestEnds.get(answer);
    }

    int answerBytes(final int answer) {
        return answers.get(answer);
    }
}
