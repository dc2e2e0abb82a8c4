package io.tcpreplayj.testdata;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A capture of whole TCP connections to a {@link ByteServer}, made byte by byte: classic pcap, microseconds, LINKTYPE_RAW.
 * Each connection shakes hands, exchanges requests of random bytes for answers, and is closed by its client. Nothing of the
 * product is used, so it can be an oracle: what the client sent is known here before anything has read the file.
 */
public final class FlowPcap {
    /** The captured server: a documentation address (RFC 5737), to which nothing is ever sent. */
    public static final String SERVER = "192.0.2.80";

    public static final int SERVER_PORT = 7000;

    private static final int RAW = 101;
    private static final int MSS = 1460;
    private static final int FIN = 1;
    private static final int PSH = 8;
    private static final int SEGMENT_GAP_US = 20;
    private static final int ROUND_TRIP_US = 200;

    private final Shape shape;
    private final SplittableRandom random;
    private final List<Packet> packets = new ArrayList<>();
    private final ByteBuffer scratch = ByteBuffer.allocate(2048);

    /**
     * What the connections are like.
     *
     * @param flows connections, each from an address or port of its own
     * @param exchanges requests of each
     * @param requestBytes of each request
     * @param answerBytes of each answer
     * @param thinkUs microseconds from an answer to the next request
     * @param spacingUs microseconds from the start of one connection to that of the next
     * @param reader how clients take answers
     */
    public record Shape(
            int flows, int exchanges, int requestBytes, int answerBytes, int thinkUs, int spacingUs, Reader reader) {
        /** With clients that acknowledge an answer when all of it has come. */
        public Shape(
                final int flows,
                final int exchanges,
                final int requestBytes,
                final int answerBytes,
                final int thinkUs,
                final int spacingUs) {
            this(flows, exchanges, requestBytes, answerBytes, thinkUs, spacingUs, new Reader(Integer.MAX_VALUE, 0));
        }

        public Shape with(final Reader other) {
            return new Shape(flows, exchanges, requestBytes, answerBytes, thinkUs, spacingUs, other);
        }
    }

    /**
     * A client that acknowledges at the end of an answer, and in the middle of one before the server waits for it.
     *
     * @param windowBytes that the server may send ahead
     * @param lateUs microseconds that it takes to acknowledge
     */
    public record Reader(int windowBytes, int lateUs) {}

    /** What one connection's client sent in all; the k-th in the list is the k-th to start. */
    public record Sent(String client, long bytes, String sha256) {}

    private record Packet(long us, byte[] bytes) {}

    private FlowPcap(final Shape shape, final long seed) {
        this.shape = shape;
        this.random = new SplittableRandom(seed);
    }

    /** Writes the capture; the same shape and seed give the same bytes. */
    public static List<Sent> write(final Path file, final Shape shape, final long seed) throws IOException {
        final FlowPcap pcap = new FlowPcap(shape, seed);
        final List<Sent> sent = new ArrayList<>();
        for (int flow = 0; flow < shape.flows(); flow++) {
            sent.add(pcap.connection(flow));
        }
        pcap.save(file);
        return sent;
    }

    private Sent connection(final int flow) throws IOException {
        final InetAddress client = InetAddress.getByName("10.200." + flow / 250 + "." + (1 + flow % 250));
        final Connection c = new Connection(client, 20_000 + flow, (long) flow * shape.spacingUs());
        c.client(HandMadeSegment.SYN, new byte[0]);
        c.us += ROUND_TRIP_US;
        c.server(HandMadeSegment.SYN | HandMadeSegment.ACK, new byte[0]);
        c.client(HandMadeSegment.ACK, new byte[0]);
        final MessageDigest sha256 = sha256();
        for (int exchange = 0; exchange < shape.exchanges(); exchange++) {
            c.us += shape.thinkUs();
            final byte[] request = request();
            sha256.update(request);
            c.stream(request, true);
            c.us += ROUND_TRIP_US;
            c.stream(new byte[shape.answerBytes()], false);
            c.acknowledge();
        }
        c.us += shape.thinkUs();
        c.client(FIN | HandMadeSegment.ACK, new byte[0]);
        c.us += ROUND_TRIP_US;
        c.server(FIN | HandMadeSegment.ACK, new byte[0]);
        c.client(HandMadeSegment.ACK, new byte[0]);
        return new Sent(
                client.getHostAddress() + ":" + (20_000 + flow),
                (long) shape.exchanges() * shape.requestBytes(),
                HexFormat.of().formatHex(sha256.digest()));
    }

    /** Random, but for the first byte: no protocol that a reader might know begins with it. */
    private byte[] request() {
        final byte[] request = new byte[shape.requestBytes()];
        random.nextBytes(request);
        request[0] = (byte) 0xee;
        return request;
    }

    private void save(final Path file) throws IOException {
        packets.sort(Comparator.comparingLong(Packet::us));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            final ByteBuffer header = ByteBuffer.allocate(24);
            header.putInt(0xa1b2c3d4)
                    .putShort((short) 2)
                    .putShort((short) 4)
                    .putLong(0)
                    .putInt(65_535)
                    .putInt(RAW);
            out.write(header.array());
            for (final Packet packet : packets) {
                final ByteBuffer record = ByteBuffer.allocate(16);
                record.putInt((int) (1_700_000_000 + packet.us() / 1_000_000)).putInt((int) (packet.us() % 1_000_000));
                record.putInt(packet.bytes().length).putInt(packet.bytes().length);
                out.write(record.array());
                out.write(packet.bytes());
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** One connection in the making: both ends' sequence numbers and the time. */
    private final class Connection {
        private final InetAddress client;
        private final InetAddress server;
        private final int clientPort;
        private int clientSequence = random.nextInt();
        private int serverSequence = random.nextInt();
        private long us;

        Connection(final InetAddress client, final int clientPort, final long us) throws IOException {
            this.client = client;
            this.server = InetAddress.getByName(SERVER);
            this.clientPort = clientPort;
            this.us = us;
        }

        void stream(final byte[] bytes, final boolean fromClient) {
            int ahead = 0;
            for (int at = 0; at < bytes.length; at += MSS) {
                final byte[] part = java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + MSS));
                final int push = at + MSS >= bytes.length ? PSH : 0;
                if (fromClient) {
                    client(push | HandMadeSegment.ACK, part);
                } else {
                    if (ahead + part.length > shape.reader().windowBytes()) {
                        acknowledge();
                        ahead = 0;
                    }
                    server(push | HandMadeSegment.ACK, part);
                    ahead += part.length;
                }
            }
        }

        void acknowledge() {
            us += shape.reader().lateUs();
            client(HandMadeSegment.ACK, new byte[0]);
        }

        void client(final int flags, final byte[] payload) {
            final int acknowledgment = flags == HandMadeSegment.SYN ? 0 : serverSequence;
            add(new HandMadeSegment(
                    client, clientPort, server, SERVER_PORT, clientSequence, acknowledgment, flags, payload));
            clientSequence += length(flags, payload);
        }

        void server(final int flags, final byte[] payload) {
            add(new HandMadeSegment(
                    server, SERVER_PORT, client, clientPort, serverSequence, clientSequence, flags, payload));
            serverSequence += length(flags, payload);
        }

        /** SYN and FIN take a sequence number each (RFC 9293 3.4). */
        private int length(final int flags, final byte[] payload) {
            return payload.length + ((flags & (HandMadeSegment.SYN | FIN)) == 0 ? 0 : 1);
        }

        private void add(final HandMadeSegment segment) {
            final byte[] bytes = new byte[segment.write(scratch, 0)];
            scratch.get(0, bytes);
            packets.add(new Packet(us, bytes));
            us += SEGMENT_GAP_US;
        }
    }
}
