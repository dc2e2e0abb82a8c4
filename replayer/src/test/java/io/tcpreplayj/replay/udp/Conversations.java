package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.FlowScript;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/** A captured UDP conversation, written datagram by datagram: one millisecond between each and the next. */
final class Conversations {
    private static final long STEP_NS = 1_000_000;

    private final List<byte[]> sent = new ArrayList<>();
    private final List<Integer> gates = new ArrayList<>();
    private final List<Long> sentNs = new ArrayList<>();
    private final List<byte[]> received = new ArrayList<>();
    private final List<Long> receivedNs = new ArrayList<>();
    private long nowNs;

    Conversations client(final byte[] datagram) {
        sent.add(datagram);
        gates.add(received.size());
        sentNs.add(nowNs);
        nowNs += STEP_NS;
        return this;
    }

    Conversations server(final byte[] datagram) {
        received.add(datagram);
        receivedNs.add(nowNs);
        nowNs += STEP_NS;
        return this;
    }

    /** A query and its answer. */
    Conversations asked(final int id, final int rcode) {
        return client(query(id)).server(answer(query(id), rcode));
    }

    static byte[] query(final int id) {
        final byte[] query = HexFormat.of().parseHex("0000010000010000000000000474657374" + "00" + "00010001");
        query[0] = (byte) (id >>> 8);
        query[1] = (byte) id;
        return query;
    }

    static byte[] answer(final byte[] query, final int rcode) {
        final byte[] answer = query.clone();
        answer[2] = (byte) 0x81;
        answer[3] = (byte) (0x80 | rcode);
        return answer;
    }

    /** What a server says that could not read the question: a header (RFC 1035 4.1.1). */
    static byte[] formErr(final int id) {
        return new byte[] {(byte) (id >>> 8), (byte) id, (byte) 0x81, (byte) 0x81, 0, 0, 0, 0, 0, 0, 0, 0};
    }

    static long crc(final byte[] bytes) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }

    FlowScript script(final App app) {
        final int rows = sent.size();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final int[] lengths = new int[rows];
        final long[] gateColumn = new long[rows];
        final long[] delays = new long[rows];
        final long[] times = new long[rows];
        for (int row = 0; row < rows; row++) {
            bytes.writeBytes(sent.get(row));
            lengths[row] = sent.get(row).length;
            gateColumn[row] = gates.get(row);
            delays[row] = row == 0 ? 0 : STEP_NS;
            times[row] = sentNs.get(row);
        }
        final int answers = received.size();
        final int[] answerLengths = new int[answers];
        final long[] answerTimes = new long[answers];
        final long[] digests = new long[answers];
        for (int i = 0; i < answers; i++) {
            answerLengths[i] = received.get(i).length;
            answerTimes[i] = receivedNs.get(i);
            digests[i] = crc(received.get(i));
        }
        final StreamSummary nothing = new StreamSummary(0, 0, 0, 0, 0, 0, 0, -1, null);
        final FlowRecord flow = new FlowRecord(
                1,
                0,
                new Endpoint(IpAddress.parse("10.0.0.1"), 40_000),
                new Endpoint(IpAddress.parse("10.0.0.2"), 53),
                0,
                0,
                nowNs,
                nothing,
                nothing,
                Handshake.NONE,
                Close.NONE,
                false,
                app,
                rows,
                null,
                new Opening(new byte[0], 0, -1, -1),
                new ClientEvents(new byte[rows], new byte[rows], lengths, new int[rows], gateColumn, delays, times),
                new Exchanges(
                        new int[0],
                        new int[0],
                        new int[0],
                        new long[0],
                        new long[0],
                        new long[0],
                        new long[0],
                        new byte[0][]),
                ClientAcks.NONE,
                new ServerDatagrams(answerLengths, answerTimes, digests, received.toArray(byte[][]::new)));
        return new FlowScript(flow, ByteBuffer.wrap(bytes.toByteArray()));
    }
}
