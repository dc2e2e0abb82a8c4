package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.AckRows;
import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.ClientHeaders;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Writes scripts by hand: client sends, server answers, in captured time. */
public final class Scripts {
    /** For who looks at something else than exchanges. */
    public static final ScriptListener DEAF = new ScriptListener() {
        @Override
        public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {}

        @Override
        public void onExchangeEnd(
                final int exchange,
                final long dueNs,
                final long sentNs,
                final long responseBytes,
                final long lastByteNs,
                final boolean timedOut) {}
    };

    private record Row(byte kind, byte flags, int length, int urgent, long gate, long delayNs, long sentNs) {}

    private record Answer(long fromByte, String text, long atNs) {
        byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private final List<Row> rows = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();
    private final StringBuilder client = new StringBuilder();
    private FlowRecord.App app = FlowRecord.App.UNKNOWN;
    private ClientHeaders headers = ClientHeaders.UNKNOWN;
    private ClientAcks acks = ClientAcks.NONE;
    private byte[] synOptions = {};
    private int synWindow = 65535;
    private long synAckDelayNs = 100_000;
    private boolean seenAtServer;
    private boolean midstream;
    private long nowNs = 200_000;
    private long serverBytes;
    private boolean serverFin;
    private long seenBytes;
    private long sinceNs = 200_000;
    private long id = 1;

    public static Scripts flow() {
        return new Scripts();
    }

    public Scripts id(final long value) {
        id = value;
        return this;
    }

    public Scripts app(final FlowRecord.App value) {
        app = value;
        return this;
    }

    /** The connection was open before the capture began. */
    public Scripts midstream() {
        midstream = true;
        return this;
    }

    public Scripts synAckDelay(final long ns) {
        synAckDelayNs = ns;
        return this;
    }

    /** The client's SYN, its options as on the wire. */
    public Scripts syn(final byte[] options, final int window) {
        synOptions = options.clone();
        synWindow = window;
        return this;
    }

    /** Lets captured time pass. */
    public Scripts after(final long ns) {
        nowNs += ns;
        return this;
    }

    /** The client sends a segment with PSH, having seen all that the server sent. */
    public Scripts send(final String bytes) {
        client.append(bytes);
        return row(ClientEvents.DATA, ClientEvents.PSH, bytes.length(), serverBytes + (serverFin ? 1 : 0));
    }

    /** The client sends a segment having seen only so many of the server's bytes. */
    public Scripts sendHavingSeen(final long gate, final String bytes) {
        client.append(bytes);
        return row(ClientEvents.DATA, ClientEvents.PSH, bytes.length(), gate);
    }

    /** As {@link #send}, without PSH. */
    public Scripts sendMore(final String bytes) {
        client.append(bytes);
        return row(ClientEvents.DATA, (byte) 0, bytes.length(), serverBytes + (serverFin ? 1 : 0));
    }

    /** As {@link #send}, the last byte urgent. */
    public Scripts sendUrgent(final String bytes) {
        client.append(bytes);
        final byte flags = (byte) (ClientEvents.PSH | ClientEvents.URG);
        return row(ClientEvents.DATA, flags, bytes.length(), serverBytes + (serverFin ? 1 : 0));
    }

    /**
     * The client sends a segment.
     *
     * @param urgent its urgent pointer, or 0
     * @param seen how many of the server's bytes its ACK field shows, or -1 for all so far
     */
    public Scripts segment(final String bytes, final boolean push, final int urgent, final long seen) {
        client.append(bytes);
        final int flags = (push ? ClientEvents.PSH : 0) | (urgent > 0 ? ClientEvents.URG : 0);
        final long gate = seen >= 0 ? seen : serverBytes + (serverFin ? 1 : 0);
        return row(ClientEvents.DATA, (byte) flags, bytes.length(), urgent, gate);
    }

    public Scripts fin() {
        return row(ClientEvents.FIN, (byte) 0, 0, serverBytes + (serverFin ? 1 : 0));
    }

    public Scripts rst() {
        return row(ClientEvents.RST, (byte) 0, 0, serverBytes + (serverFin ? 1 : 0));
    }

    /** The client resets, having seen only so many of the server's bytes. */
    public Scripts rstHavingSeen(final long gate) {
        return row(ClientEvents.RST, (byte) 0, 0, gate);
    }

    public Scripts answer(final String bytes) {
        answers.add(new Answer(serverBytes, bytes, nowNs));
        serverBytes += bytes.length();
        return this;
    }

    public Scripts answer(final int bytes) {
        return answer("r".repeat(bytes));
    }

    public Scripts serverFin() {
        answers.add(new Answer(serverBytes, "", nowNs));
        serverFin = true;
        return this;
    }

    private Scripts row(final byte kind, final byte flags, final int length, final long gate) {
        return row(kind, flags, length, (flags & ClientEvents.URG) != 0 ? length : 0, gate);
    }

    private Scripts row(final byte kind, final byte flags, final int length, final int urgent, final long gate) {
        if (gate > seenBytes) {
            sinceNs = seenAtNs(gate);
            seenBytes = gate;
        }
        rows.add(new Row(kind, flags, length, urgent, gate, Math.max(0, nowNs - sinceNs), nowNs));
        sinceNs = nowNs;
        return this;
    }

    private long seenAtNs(final long gate) {
        for (final Answer answer : answers) {
            final long end = answer.fromByte() + Math.max(1, answer.text().length());
            if (end >= gate) {
                return answer.atNs();
            }
        }
        return nowNs;
    }

    /** What the client's packets had in their headers. */
    public Scripts headers(final ClientHeaders captured) {
        headers = captured;
        return this;
    }

    /** What the client acknowledged: rows of an offset in the server's stream, a delay in ms, and a window. */
    public Scripts acks(final long[]... captured) {
        final AckRows rows = new AckRows();
        for (final long[] row : captured) {
            rows.add(row[0], row[1] * 1_000_000, row[2]);
        }
        acks = rows.acks();
        return this;
    }

    /** Seen at the server, so that round trip later than by the client. */
    public Scripts seenAtServer(final long roundTripNs) {
        synAckDelayNs = roundTripNs;
        seenAtServer = true;
        return this;
    }

    private Opening opening() {
        final long shortNs = synAckDelayNs / 100;
        return seenAtServer
                ? new Opening(synOptions, synWindow, shortNs, synAckDelayNs - shortNs, headers)
                : new Opening(synOptions, synWindow, synAckDelayNs, shortNs, headers);
    }

    public FlowScript build() {
        final int n = rows.size();
        final byte[] kinds = new byte[n];
        final byte[] flags = new byte[n];
        final int[] lengths = new int[n];
        final int[] urgent = new int[n];
        final long[] gates = new long[n];
        final long[] delays = new long[n];
        final long[] sent = new long[n];
        for (int i = 0; i < n; i++) {
            final Row row = rows.get(i);
            kinds[i] = row.kind();
            flags[i] = row.flags();
            lengths[i] = row.length();
            urgent[i] = row.urgent();
            gates[i] = row.gate();
            delays[i] = row.delayNs();
            sent[i] = row.sentNs();
        }
        final ClientEvents events = new ClientEvents(kinds, flags, lengths, urgent, gates, delays, sent);
        final Exchanges exchanges = exchanges();
        final byte[] bytes = client.toString().getBytes(StandardCharsets.ISO_8859_1);
        final FlowRecord flow = new FlowRecord(
                id,
                1,
                new Endpoint(IpAddress.parse("10.0.0.1"), 40000),
                new Endpoint(IpAddress.parse("10.0.0.2"), 80),
                0,
                0,
                nowNs,
                new StreamSummary(n, 0, bytes.length, 0, 0, bytes.length, 0, 0, null),
                new StreamSummary(answers.size(), 0, serverBytes, 0, 0, serverBytes, 0, 0, null),
                FlowRecord.Handshake.FULL,
                n > 0 && kinds[n - 1] == ClientEvents.RST ? FlowRecord.Close.RST : FlowRecord.Close.NONE,
                midstream,
                app,
                exchanges.size(),
                null,
                opening(),
                events,
                exchanges,
                acks,
                null);
        return new FlowScript(flow, ByteBuffer.wrap(bytes));
    }

    private Exchanges exchanges() {
        final List<int[]> spans = new ArrayList<>();
        long gate = -1;
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).kind() != ClientEvents.DATA) {
                continue;
            }
            if (rows.get(i).gate() != gate) {
                gate = rows.get(i).gate();
                spans.add(new int[] {i, 0});
            }
            spans.get(spans.size() - 1)[1]++;
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
            requests[i] = app == FlowRecord.App.HTTP ? messages(firsts[i], counts[i]) : 1;
            final long from = rows.get(firsts[i]).gate();
            final long to = Math.min(
                    serverBytes, i + 1 < n ? rows.get(spans.get(i + 1)[0]).gate() : serverBytes);
            lengths[i] = Math.max(0, to - from);
            final CRC32C crc = new CRC32C();
            firstNs[i] = -1;
            lastNs[i] = -1;
            for (final Answer answer : answers) {
                final long begin = Math.max(from, answer.fromByte());
                final long end = Math.min(to, answer.fromByte() + answer.text().length());
                if (begin < end) {
                    crc.update(answer.bytes(), (int) (begin - answer.fromByte()), (int) (end - begin));
                    firstNs[i] = firstNs[i] < 0 ? answer.atNs() : firstNs[i];
                    lastNs[i] = answer.atNs();
                }
            }
            digests[i] = lengths[i] == 0 ? -1 : crc.getValue();
            heads[i] = head(from, to);
        }
        return new Exchanges(firsts, counts, requests, lengths, firstNs, lastNs, digests, heads);
    }

    /** The first 256 bytes of what the server sent from one offset to another, as the index keeps them. */
    private byte[] head(final long from, final long to) {
        final StringBuilder stream = new StringBuilder();
        answers.forEach(answer -> stream.append(answer.text()));
        final int first = (int) Math.min(from, stream.length());
        final int end = (int) Math.max(first, Math.min(to, from + 256));
        return stream.substring(first, end).getBytes(StandardCharsets.ISO_8859_1);
    }

    private int messages(final int firstRow, final int count) {
        int from = 0;
        for (int i = 0; i < firstRow; i++) {
            from += rows.get(i).length();
        }
        int to = from;
        for (int i = firstRow; i < firstRow + count; i++) {
            to += rows.get(i).length();
        }
        return client.substring(from, to).split(" HTTP/1\\.", -1).length - 1;
    }
}
