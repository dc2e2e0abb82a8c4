package io.tcpreplayj.packet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Frames for the decoder's tests, written field by field and without the constants of the code under test. */
final class Frames {
    static final byte[] PAYLOAD = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private Frames() {}

    static byte[] hex(final String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static byte[] join(final byte[]... parts) {
        final ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (final byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    static byte[] ethernet(final String typesHex, final byte[] packet) {
        return join(hex("020000000002 020000000001"), hex(typesHex), packet);
    }

    /** 10.0.0.1:40000 to 10.0.0.2:80, seq 0x01020304, ack 0x05060708, PSH+ACK, window 501, urgent pointer 7. */
    static byte[] tcp(final byte[] options, final byte[] payload) {
        final int words = 5 + options.length / 4;
        return join(
                hex("9c40 0050 01020304 05060708"),
                new byte[] {(byte) (words << 4), 0x18},
                hex("01f5 0000 0007"),
                options,
                payload);
    }

    static byte[] udp(final int sourcePort, final int destinationPort, final byte[] payload) {
        final ByteBuffer header = ByteBuffer.allocate(8);
        header.putShort((short) sourcePort).putShort((short) destinationPort);
        header.putShort((short) (8 + payload.length));
        return join(header.array(), payload);
    }

    static byte[] ipv4(final int protocol, final byte[] body) {
        return ipv4(protocol, 20 + body.length, 0x4000, new byte[0], body);
    }

    static byte[] ipv4(
            final int protocol, final int totalLength, final int fragment, final byte[] options, final byte[] body) {
        final ByteBuffer header = ByteBuffer.allocate(20);
        header.put((byte) (0x45 + options.length / 4)).put((byte) 0).putShort((short) totalLength);
        header.putShort((short) 1)
                .putShort((short) fragment)
                .put((byte) 64)
                .put((byte) protocol)
                .putShort((short) 0);
        header.put(hex("0a000001 0a000002"));
        return join(header.array(), options, body);
    }

    static byte[] ipv6(final int nextHeader, final byte[] body) {
        return ipv6(nextHeader, body.length, body);
    }

    static byte[] ipv6(final int nextHeader, final int payloadLength, final byte[] body) {
        final ByteBuffer header = ByteBuffer.allocate(40);
        header.putInt(0x6000_0000)
                .putShort((short) payloadLength)
                .put((byte) nextHeader)
                .put((byte) 64);
        header.put(hex("20010db8000000000000000000000001 20010db8000000000000000000000002"));
        return join(header.array(), body);
    }
}
