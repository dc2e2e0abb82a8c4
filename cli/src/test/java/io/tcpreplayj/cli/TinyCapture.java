package io.tcpreplayj.cli;

import io.tcpreplayj.packet.TcpFlags;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Captures of a few packets, written byte by byte: classic pcap, microseconds, LINKTYPE_RAW, IPv4. */
final class TinyCapture {
    private static final int RAW = 101;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;
    private static final int SERVER = 0x0a000001;

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final int startSeconds;
    private int micros;
    private int vni = -1;
    private boolean twice;
    private int fragmentBytes;
    private int identification;

    TinyCapture() {
        this(1_700_000_000);
    }

    /** @param startSeconds since the epoch; the first packet comes a millisecond later */
    TinyCapture(final int startSeconds) {
        this.startSeconds = startSeconds;
        final ByteBuffer header = ByteBuffer.allocate(24);
        header.putInt(0xa1b2c3d4)
                .putShort((short) 2)
                .putShort((short) 4)
                .putLong(0)
                .putInt(65535)
                .putInt(RAW);
        file.writeBytes(header.array());
    }

    /** A whole connection: one request, one answer, closed by both. */
    TinyCapture connection(final int client, final int clientPort, final int serverPort) {
        return connection(client, clientPort, serverPort, 1000);
    }

    /** The same with that ISN of the client. */
    TinyCapture connection(final int client, final int clientPort, final int serverPort, final int iss) {
        final byte[] request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        final byte[] answer = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        final int irs = 5000;
        final int sent = iss + 1 + request.length;
        final int got = irs + 1 + answer.length;
        segment(client, SERVER, clientPort, serverPort, iss, 0, TcpFlags.SYN, new byte[0]);
        segment(SERVER, client, serverPort, clientPort, irs, iss + 1, TcpFlags.SYN | TcpFlags.ACK, new byte[0]);
        segment(client, SERVER, clientPort, serverPort, iss + 1, irs + 1, TcpFlags.ACK, new byte[0]);
        segment(client, SERVER, clientPort, serverPort, iss + 1, irs + 1, TcpFlags.PSH | TcpFlags.ACK, request);
        segment(SERVER, client, serverPort, clientPort, irs + 1, sent, TcpFlags.PSH | TcpFlags.ACK, answer);
        segment(client, SERVER, clientPort, serverPort, sent, got, TcpFlags.FIN | TcpFlags.ACK, new byte[0]);
        segment(SERVER, client, serverPort, clientPort, got, sent + 1, TcpFlags.FIN | TcpFlags.ACK, new byte[0]);
        segment(client, SERVER, clientPort, serverPort, sent + 1, got + 1, TcpFlags.ACK, new byte[0]);
        return this;
    }

    /**
     * A connection of which one side sent these bytes and the other side those, each in one piece or in two, which then come
     * in the wrong order, the second one before the first, overlap, and come again.
     *
     * @param cut where both are cut; outside of one, it is not
     */
    TinyCapture exchange(final int clientPort, final byte[] request, final byte[] answer, final int cut) {
        final int client = 2;
        segment(client, SERVER, clientPort, 80, 1000, 0, TcpFlags.SYN, new byte[0]);
        segment(SERVER, client, 80, clientPort, 5000, 1001, TcpFlags.SYN | TcpFlags.ACK, new byte[0]);
        segment(client, SERVER, clientPort, 80, 1001, 5001, TcpFlags.ACK, new byte[0]);
        pieces(client, SERVER, clientPort, 80, 1001, 5001, request, cut);
        pieces(SERVER, client, 80, clientPort, 5001, 1001 + request.length, answer, cut);
        segment(
                client,
                SERVER,
                clientPort,
                80,
                1001 + request.length,
                5001 + answer.length,
                TcpFlags.FIN | TcpFlags.ACK,
                new byte[0]);
        return this;
    }

    /** A request and its answer in two segments, of which nothing is acknowledged before {@link #acknowledged}. */
    TinyCapture unacknowledged(final int clientPort, final byte[] request, final byte[] answer) {
        segment(2, SERVER, clientPort, 80, 1000, 0, TcpFlags.SYN, new byte[0]);
        segment(SERVER, 2, 80, clientPort, 5000, 1001, TcpFlags.SYN | TcpFlags.ACK, new byte[0]);
        segment(2, SERVER, clientPort, 80, 1001, 5001, TcpFlags.PSH | TcpFlags.ACK, request);
        final int cut = answer.length / 2;
        final int ack = 1001 + request.length;
        segment(SERVER, 2, 80, clientPort, 5001, ack, TcpFlags.ACK, Arrays.copyOf(answer, cut));
        segment(
                SERVER,
                2,
                80,
                clientPort,
                5001 + cut,
                ack,
                TcpFlags.PSH | TcpFlags.ACK,
                Arrays.copyOfRange(answer, cut, answer.length));
        return this;
    }

    /** So many bytes of the answer are acknowledged by the next request. */
    TinyCapture acknowledged(final int clientPort, final byte[] request, final int answerBytes) {
        final int seq = 1001 + request.length;
        segment(2, SERVER, clientPort, 80, seq, 5001 + answerBytes, TcpFlags.PSH | TcpFlags.ACK, request);
        return this;
    }

    private void pieces(
            final int from,
            final int to,
            final int fromPort,
            final int toPort,
            final int seq,
            final int ack,
            final byte[] bytes,
            final int cut) {
        if (cut <= 0 || cut >= bytes.length) {
            segment(from, to, fromPort, toPort, seq, ack, TcpFlags.PSH | TcpFlags.ACK, bytes);
            return;
        }
        final int overlap = Math.min(cut, cut % 5);
        final byte[] first = Arrays.copyOf(bytes, cut);
        final byte[] second = Arrays.copyOfRange(bytes, cut - overlap, bytes.length);
        final boolean swapped = cut % 3 == 1;
        if (!swapped) {
            segment(from, to, fromPort, toPort, seq, ack, TcpFlags.ACK, first);
        }
        segment(from, to, fromPort, toPort, seq + cut - overlap, ack, TcpFlags.ACK, second);
        if (swapped || cut % 7 == 0) {
            segment(from, to, fromPort, toPort, seq, ack, TcpFlags.ACK, first);
        }
    }

    /** A segment of a connection whose beginning is not in the capture. */
    TinyCapture midstream(final int client, final int clientPort, final int serverPort) {
        segment(client, SERVER, clientPort, serverPort, 7, 9, TcpFlags.ACK | TcpFlags.PSH, new byte[] {'x'});
        return this;
    }

    /** A datagram of the server's that no client is seen to ask for. */
    TinyCapture unasked(final int client, final int clientPort, final int serverPort) {
        final ByteBuffer packet = ip(SERVER, client, UDP, 9);
        packet.putShort((short) serverPort).putShort((short) clientPort);
        packet.putShort((short) 9).putShort((short) 0).put((byte) 'x');
        record(packet);
        return this;
    }

    /** An echo request: neither TCP nor UDP. */
    TinyCapture icmp() {
        final ByteBuffer packet = ip(SERVER, SERVER, ICMP, 8);
        packet.putShort((short) 0x0800).putShort((short) 0).putShort((short) 1).putShort((short) 1);
        record(packet);
        return this;
    }

    /** The first fragment of a datagram whose others are missing. */
    TinyCapture fragment() {
        final ByteBuffer packet = ip(SERVER, SERVER, TCP, 8);
        packet.putShort(6, (short) 0x2000).putLong(0);
        record(packet);
        return this;
    }

    /** Segments that are added from now on come in IP fragments of at most that much payload, a multiple of 8. */
    TinyCapture inFragments(final int bytes) {
        fragmentBytes = bytes;
        return this;
    }

    /** A packet of which the snaplen kept so many bytes. */
    TinyCapture icmpCutTo(final int caplen) {
        final ByteBuffer packet = ip(SERVER, SERVER, ICMP, 8);
        record(ByteBuffer.allocate(caplen).put(packet.array(), 0, caplen), packet.capacity());
        return this;
    }

    /** Each packet that is added from now on is captured on two sides of a router. */
    TinyCapture twice() {
        twice = true;
        return this;
    }

    /** What is added from now on is in a VXLAN. */
    TinyCapture inVxlan(final int network) {
        vni = network;
        return this;
    }

    byte[] bytes() {
        return file.toByteArray();
    }

    Path write(final Path path) throws IOException {
        return Files.write(path, bytes());
    }

    private void segment(
            final int from,
            final int to,
            final int fromPort,
            final int toPort,
            final int seq,
            final int ack,
            final int flags,
            final byte[] payload) {
        final ByteBuffer packet = ip(from, to, TCP, 20 + payload.length);
        packet.putShort((short) fromPort).putShort((short) toPort).putInt(seq).putInt(ack);
        packet.put((byte) 0x50)
                .put((byte) flags)
                .putShort((short) 64000)
                .putInt(0)
                .put(payload);
        if (fragmentBytes == 0) {
            record(packet);
        } else {
            recordInFragments(packet.array());
        }
    }

    private void recordInFragments(final byte[] packet) {
        identification++;
        for (int at = 20; at < packet.length; at += fragmentBytes) {
            final int length = Math.min(fragmentBytes, packet.length - at);
            final ByteBuffer fragment = ByteBuffer.allocate(20 + length).put(packet, 0, 20);
            final int more = at + length < packet.length ? 0x2000 : 0;
            fragment.putShort(2, (short) (20 + length)).putShort(4, (short) identification);
            fragment.putShort(6, (short) (more | at - 20 >> 3)).put(packet, at, length);
            record(fragment);
        }
    }

    private static ByteBuffer ip(final int from, final int to, final int protocol, final int length) {
        final ByteBuffer packet = ByteBuffer.allocate(20 + length);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) (20 + length)).putInt(0);
        return packet.put((byte) 64)
                .put((byte) protocol)
                .putShort((short) 0)
                .putInt(from)
                .putInt(to);
    }

    private static ByteBuffer vxlan(final int vni, final ByteBuffer inner) {
        final int length = 8 + 8 + 14 + inner.capacity();
        final ByteBuffer packet = ip(SERVER, SERVER, UDP, length);
        packet.putShort((short) 50000)
                .putShort((short) 4789)
                .putShort((short) length)
                .putShort((short) 0);
        packet.putInt(0x0800_0000).putInt(vni << 8);
        return packet.put(new byte[12]).putShort((short) 0x0800).put(inner.flip());
    }

    private void record(final ByteBuffer plain) {
        final ByteBuffer packet = vni < 0 ? plain : vxlan(vni, plain);
        record(packet, packet.capacity());
        if (twice) {
            micros -= 999;
            packet.put(8, (byte) 63);
            record(packet, packet.capacity());
            micros -= 1;
        }
    }

    private void record(final ByteBuffer packet, final int origlen) {
        micros += 1000;
        final ByteBuffer record = ByteBuffer.allocate(16 + packet.capacity());
        record.putInt(startSeconds).putInt(micros).putInt(packet.capacity()).putInt(origlen);
        file.writeBytes(record.put(packet.flip()).array());
    }
}
