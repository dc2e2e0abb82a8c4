package io.tcpreplayj.bench;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Made-up HTTP connections, packet by packet ({@link Linktype#RAW}); the same calls make the same packets. */
final class Traffic {
    /** Payload of a full segment on Ethernet with the timestamps option, the usual case. */
    static final int SEGMENT = 1448;

    private static final long START_NS = 1_700_000_000_000_000_000L;
    private static final long GAP_NS = 10_000;
    private static final Endpoint SERVER_V4 = new Endpoint(IpAddress.parse("192.0.2.1"), 80);
    private static final Endpoint SERVER_V6 = new Endpoint(IpAddress.parse("2001:db8::1"), 80);
    private static final IpAddress CLIENT_V6 = IpAddress.parse("2001:db8:1::");

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final PacketHandler out;
    private final boolean v6;
    private final SegmentWriter writer = new SegmentWriter(1);
    private final SegmentOut segment = new SegmentOut();
    private final ByteBuffer packet = ByteBuffer.allocateDirect(2048);
    private long timeNs = START_NS;

    /** @param out takes each packet; its buffer is reused */
    Traffic(final PacketHandler out, final boolean v6) {
        this.out = out;
        this.v6 = v6;
    }

    /** A GET of some 100 bytes. */
    static ByteBuffer request() {
        return ascii(
                "GET /index.html HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: benchmark\r\nAccept: */*\r\n\r\n");
    }

    /** A whole answer with a body of so many bytes. */
    static ByteBuffer answer(final int bodyBytes) {
        return ascii("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + bodyBytes + "\r\n\r\n"
                + "b".repeat(bodyBytes));
    }

    private static ByteBuffer ascii(final String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Capture time of the last packet, ns since the epoch. */
    long timeNs() {
        return timeNs;
    }

    /** The connection of the {@code number}-th client, with an address of its own. */
    Connection connection(final int number) {
        return new Connection(number);
    }

    /** One connection; whoever drives it says what happens next. */
    final class Connection {
        private final Endpoint client;
        private final Endpoint server = v6 ? SERVER_V6 : SERVER_V4;
        private int clientNxt;
        private int serverNxt;

        private Connection(final int number) {
            final IpAddress address = v6 ? new IpAddress(CLIENT_V6.high(), number) : IpAddress.v4(0x0a00_0000 + number);
            client = new Endpoint(address, 40_000 + number % 20_000);
            clientNxt = number * 7919;
            serverNxt = number * 104_729;
        }

        /** SYN, SYN+ACK, ACK. */
        Connection open() {
            fromClient(TcpFlags.SYN, NOTHING, 0, 0);
            clientNxt++;
            fromServer(TcpFlags.SYN | TcpFlags.ACK, NOTHING, 0, 0);
            serverNxt++;
            return acknowledge();
        }

        /** A request and its answer. */
        Connection exchange(final ByteBuffer request, final ByteBuffer answer) {
            return request(request).answer(answer);
        }

        /** An answer in full segments, each second one acknowledged; the last one never. */
        Connection answer(final ByteBuffer answer) {
            int segments = 0;
            for (int from = 0; from < answer.limit(); from += SEGMENT) {
                final int length = Math.min(SEGMENT, answer.limit() - from);
                final boolean last = from + length == answer.limit();
                fromServer(TcpFlags.ACK | (last ? TcpFlags.PSH : 0), answer, from, length);
                serverNxt += length;
                segments++;
                if (segments % 2 == 0 && !last) {
                    acknowledge();
                }
            }
            return this;
        }

        /** Goes on where the connection stands after its first request, without the packets before. */
        Connection afterRequest(final ByteBuffer request) {
            clientNxt += 1 + request.limit();
            serverNxt++;
            return this;
        }

        /** A request in one segment; it acknowledges all that came. */
        Connection request(final ByteBuffer request) {
            fromClient(TcpFlags.ACK | TcpFlags.PSH, request, 0, request.limit());
            clientNxt += request.limit();
            return this;
        }

        /** A pure acknowledgement by the client. */
        Connection acknowledge() {
            fromClient(TcpFlags.ACK, NOTHING, 0, 0);
            return this;
        }

        /** The client closes, then the server. */
        Connection close() {
            fromClient(TcpFlags.FIN | TcpFlags.ACK, NOTHING, 0, 0);
            clientNxt++;
            fromServer(TcpFlags.FIN | TcpFlags.ACK, NOTHING, 0, 0);
            serverNxt++;
            return acknowledge();
        }

        private void fromClient(final int flags, final ByteBuffer payload, final int offset, final int length) {
            send(
                    client,
                    server,
                    clientNxt,
                    (flags & TcpFlags.ACK) == 0 ? 0 : serverNxt,
                    flags,
                    payload,
                    offset,
                    length);
        }

        private void fromServer(final int flags, final ByteBuffer payload, final int offset, final int length) {
            send(server, client, serverNxt, clientNxt, flags, payload, offset, length);
        }
    }

    private void send(
            final Endpoint from,
            final Endpoint to,
            final int seq,
            final int ack,
            final int flags,
            final ByteBuffer payload,
            final int offset,
            final int length) {
        segment.seq = seq;
        segment.ack = ack;
        segment.flags = flags;
        segment.window = 0xffff;
        segment.payload = payload;
        segment.payloadOffset = offset;
        segment.payloadLength = length;
        final int packetLength = writer.write(segment, from, to, packet, 0);
        timeNs += GAP_NS;
        out.onPacket(packet, 0, packetLength, packetLength, timeNs, Linktype.RAW);
    }
}
