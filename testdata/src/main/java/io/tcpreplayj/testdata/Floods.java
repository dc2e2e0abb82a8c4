package io.tcpreplayj.testdata;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Captures that are larger than memory, written as they are made: pcap of raw IPv4 without checksums, times 1 µs apart.
 * Half-open connections, many open ones at the same time, single large ones, and DNS queries.
 */
public final class Floods {
    /** Bytes of payload in a full segment. */
    public static final int SEGMENT = 1448;

    /** What each client of {@link #simultaneous} asks, and what it is answered. */
    public static final String REQUEST = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

    public static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static final int UDP = 17;
    private static final int SYN = 2;
    private static final int ACK = 16;
    private static final int PSH = 8;
    private static final int FIN = 1;
    private static final int CLIENTS = 0x0a00_0000;
    private static final int SERVER = 0x0afe_0001;
    private static final int PORT = 80;
    private static final int DNS_PORT = 53;
    private static final int HEADERS = 40;
    private static final int UDP_HEADERS = 28;
    private static final int RECORD_HEADER = 16;
    private static final int BUFFER = 1 << 20;
    private static final byte[] NOTHING = {};
    private static final int AT_A_TIME = 100;
    private static final int EXCHANGES = 10;
    private static final int SEGMENTS = 6;

    private final OutputStream out;
    private final ByteBuffer record = ByteBuffer.allocate(RECORD_HEADER + HEADERS + SEGMENT);
    private long timeUs = 1_700_000_000_000_000L;
    private long written;

    private Floods(final OutputStream out) throws IOException {
        this.out = new BufferedOutputStream(out, BUFFER);
        final ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.BIG_ENDIAN);
        header.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0);
        header.putInt(262_144).putInt(101);
        this.out.write(header.array());
    }

    /** So many SYNs that nobody answers, each of a client of its own. */
    public static void halfOpen(final OutputStream to, final int flows) throws IOException {
        final Floods flood = new Floods(to);
        for (int flow = 0; flow < flows; flow++) {
            flood.client(flow, SYN, 0, 0, NOTHING);
        }
        flood.out.flush();
    }

    /** So many connections at the same time, each with so many requests, in turn; all are closed at the end. */
    public static void simultaneous(final OutputStream to, final int flows, final int requests) throws IOException {
        final Floods flood = new Floods(to);
        final byte[] request = REQUEST.getBytes(StandardCharsets.US_ASCII);
        final byte[] answer = ANSWER.getBytes(StandardCharsets.US_ASCII);
        for (int flow = 0; flow < flows; flow++) {
            flood.open(flow);
        }
        for (int round = 0; round < requests; round++) {
            for (int flow = 0; flow < flows; flow++) {
                flood.client(flow, ACK | PSH, 1L + (long) round * request.length, 1 + round * answer.length, request);
                flood.server(flow, ACK | PSH, 1 + round * answer.length, 1L + (round + 1L) * request.length, answer);
            }
        }
        for (int flow = 0; flow < flows; flow++) {
            flood.client(flow, ACK | FIN, 1L + (long) requests * request.length, 1 + requests * answer.length, NOTHING);
        }
        flood.out.flush();
    }

    /** One connection whose client sends so many bytes. */
    public static void upload(final OutputStream to, final long bytes) throws IOException {
        final Floods flood = new Floods(to);
        final byte[] segment = new byte[SEGMENT];
        Arrays.fill(segment, (byte) 'u');
        flood.open(0);
        for (long sent = 0; sent < bytes; sent += SEGMENT) {
            flood.client(0, ACK, 1 + sent, 1, segment);
            flood.server(0, ACK, 1, 1 + sent + SEGMENT, NOTHING);
        }
        flood.out.flush();
    }

    /** One connection whose client asks once and is answered with so many bytes. */
    public static void download(final OutputStream to, final long bytes) throws IOException {
        final Floods flood = new Floods(to);
        final byte[] request = REQUEST.getBytes(StandardCharsets.US_ASCII);
        final byte[] segment = new byte[SEGMENT];
        Arrays.fill(segment, (byte) 'd');
        flood.open(0);
        flood.client(0, ACK | PSH, 1, 1, request);
        for (long sent = 0; sent < bytes; sent += SEGMENT) {
            flood.server(0, ACK, 1 + sent, 1L + request.length, segment);
            flood.client(0, ACK, 1L + request.length, 1 + sent + SEGMENT, NOTHING);
        }
        flood.out.flush();
    }

    /**
     * At least so many bytes of capture: a hundred connections at a time, each with ten requests that are answered by six full
     * segments, and after them the next hundred.
     */
    public static void conversations(final OutputStream to, final long bytes) throws IOException {
        final Floods flood = new Floods(to);
        final byte[] request = REQUEST.getBytes(StandardCharsets.US_ASCII);
        final byte[] segment = new byte[SEGMENT];
        Arrays.fill(segment, (byte) 'c');
        for (int first = 0; flood.written < bytes; first += AT_A_TIME) {
            for (int flow = first; flow < first + AT_A_TIME; flow++) {
                flood.open(flow);
            }
            for (int exchange = 0; exchange < EXCHANGES; exchange++) {
                for (int flow = first; flow < first + AT_A_TIME; flow++) {
                    flood.exchange(flow, exchange, request, segment);
                }
            }
            for (int flow = first; flow < first + AT_A_TIME; flow++) {
                flood.client(
                        flow,
                        ACK | FIN,
                        1L + (long) EXCHANGES * request.length,
                        1L + (long) EXCHANGES * SEGMENTS * SEGMENT,
                        NOTHING);
            }
        }
        flood.out.flush();
    }

    /** So many DNS queries, each of a client of its own, and answered at once. */
    public static void queries(final OutputStream to, final int flows) throws IOException {
        final Floods flood = new Floods(to);
        // RFC 1035 4.1: id, recursion desired, one question, "replay.test A IN".
        final byte[] query = HexFormat.of().parseHex("000001000001000000000000067265706c61790474657374" + "0000010001");
        final byte[] answer = query.clone();
        answer[2] = (byte) 0x81;
        answer[3] = (byte) 0x80;
        for (int flow = 0; flow < flows; flow++) {
            query[0] = (byte) (flow >>> 8);
            query[1] = (byte) flow;
            answer[0] = query[0];
            answer[1] = query[1];
            final int client = CLIENTS + flow / 50_000;
            final int port = 10_000 + flow % 50_000;
            flood.datagram(client, port, SERVER, DNS_PORT, query);
            flood.datagram(SERVER, DNS_PORT, client, port, answer);
        }
        flood.out.flush();
    }

    private void datagram(
            final int source,
            final int sourcePort,
            final int destination,
            final int destinationPort,
            final byte[] payload)
            throws IOException {
        packet(source, sourcePort, destination, destinationPort);
        record.put(RECORD_HEADER + 9, (byte) UDP);
        record.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
        write(UDP_HEADERS + payload.length);
    }

    private void exchange(final int flow, final int exchange, final byte[] request, final byte[] segment)
            throws IOException {
        final long asked = 1L + (long) exchange * request.length;
        final long answered = 1L + (long) exchange * SEGMENTS * SEGMENT;
        client(flow, ACK | PSH, asked, answered, request);
        for (int i = 0; i < SEGMENTS; i++) {
            server(flow, ACK, answered + (long) i * SEGMENT, asked + request.length, segment);
        }
        client(flow, ACK, asked + request.length, answered + SEGMENTS * SEGMENT, NOTHING);
    }

    private void open(final int flow) throws IOException {
        client(flow, SYN, 0, 0, NOTHING);
        server(flow, SYN | ACK, 0, 1, NOTHING);
        client(flow, ACK, 1, 1, NOTHING);
    }

    private void client(final int flow, final int flags, final long seq, final long ack, final byte[] payload)
            throws IOException {
        packet(CLIENTS + flow / 50_000, 10_000 + flow % 50_000, SERVER, PORT);
        write(flags, seq, ack, payload);
    }

    private void server(final int flow, final int flags, final long seq, final long ack, final byte[] payload)
            throws IOException {
        packet(SERVER, PORT, CLIENTS + flow / 50_000, 10_000 + flow % 50_000);
        write(flags, seq, ack, payload);
    }

    private void packet(final int source, final int sourcePort, final int destination, final int destinationPort) {
        record.clear().position(RECORD_HEADER);
        record.putInt(0x4500_0000)
                .putInt(0x0000_4000)
                .putInt(0x4006_0000)
                .putInt(source)
                .putInt(destination);
        record.putShort((short) sourcePort).putShort((short) destinationPort);
    }

    private void write(final int flags, final long seq, final long ack, final byte[] payload) throws IOException {
        record.putInt((int) seq)
                .putInt((int) ack)
                .putInt(0x5000_ffff | flags << 16)
                .putInt(0)
                .put(payload);
        write(HEADERS + payload.length);
    }

    private void write(final int length) throws IOException {
        record.putShort(RECORD_HEADER + 2, (short) length);
        timeUs++;
        record.putInt(0, (int) (timeUs / 1_000_000)).putInt(4, (int) (timeUs % 1_000_000));
        record.putInt(8, length).putInt(12, length);
        out.write(record.array(), 0, RECORD_HEADER + length);
        written += RECORD_HEADER + length;
    }

    /**
     * {@code FILE half-open N}, {@code FILE simultaneous N REQUESTS}, {@code FILE upload BYTES}, {@code FILE download BYTES},
     * {@code FILE conversations BYTES}, {@code FILE queries N}.
     */
    public static void main(final String[] words) throws IOException {
        try (OutputStream out = Files.newOutputStream(Path.of(words[0]))) {
            switch (words[1]) {
                case "half-open" -> halfOpen(out, Integer.parseInt(words[2]));
                case "simultaneous" -> simultaneous(out, Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                case "upload" -> upload(out, Long.parseLong(words[2]));
                case "download" -> download(out, Long.parseLong(words[2]));
                case "queries" -> queries(out, Integer.parseInt(words[2]));
                case "conversations" -> conversations(out, Long.parseLong(words[2]));
                default -> throw new IllegalArgumentException(words[1]);
            }
        }
    }
}
