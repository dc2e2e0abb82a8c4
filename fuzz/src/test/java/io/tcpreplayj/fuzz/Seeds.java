package io.tcpreplayj.fuzz;

import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Inputs from which the fuzzer starts: real recordings, and frames written by hand. */
public final class Seeds {
    private static final int SMALL_BYTES = 5_000;

    private Seeds() {}

    /** Takes a packet with its link type. */
    @FunctionalInterface
    public interface Packets {
        void accept(int linktype, byte[] packet);
    }

    /** A folder or file below {@code testdata/}, seen from a module's folder or from the project's. */
    public static Path testdata(final String name) {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            final Path found = at.resolve("testdata").resolve(name);
            if (Files.exists(found)) {
                return found;
            }
        }
        throw new AssertionError("testdata/" + name + " is neither here nor above");
    }

    /** The recorded captures whose name ends so, as they are on disk. */
    public static List<byte[]> captures(final String suffix) {
        try (Stream<Path> files = Files.list(testdata("captures"))) {
            final List<byte[]> captures = new ArrayList<>();
            for (final Path file : files.filter(file -> file.toString().endsWith(suffix))
                    .sorted(Comparator.naturalOrder())
                    .toList()) {
                captures.add(Files.readAllBytes(file));
            }
            if (captures.isEmpty()) {
                throw new AssertionError("no capture ends in " + suffix);
            }
            return captures;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The recorded captures that are small enough to be mutated as a whole. */
    public static List<byte[]> smallCaptures(final String suffix) {
        return captures(suffix).stream()
                .filter(capture -> capture.length < SMALL_BYTES)
                .toList();
    }

    /** The first {@code limit} packets of each recorded capture. */
    public static void packets(final int limit, final Packets packets) {
        for (final String suffix : new String[] {".pcap", ".pcapng.gz", ".zst"}) {
            for (final byte[] capture : captures(suffix)) {
                try (CaptureReader reader = CaptureFiles.open(new ByteArrayInputStream(capture), "seed")) {
                    reader.poll(
                            (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {
                                final byte[] packet = new byte[caplen];
                                buffer.get(offset, packet);
                                packets.accept(linktype, packet);
                            },
                            limit);
                } catch (final IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** A segment with options, from port 40000 to port 80. */
    public static byte[] tcp() {
        return join(
                hex("9c40 0050 01020304 05060708 a018 01f5 0000 0007"),
                hex("020405b4 0402 080a 00000001 00000000 01 030307"),
                ascii("GET / HTTP/1.1\r\n\r\n"));
    }

    public static byte[] tcpOverIpv4() {
        return ipv4(6, tcp());
    }

    /** From 10.0.0.1 to 10.0.0.2. */
    public static byte[] ipv4(final int protocol, final byte[] body) {
        final ByteBuffer header = ByteBuffer.allocate(20);
        header.putShort((short) 0x4500).putShort((short) (20 + body.length));
        header.putInt(0x0001_4000).put((byte) 64).put((byte) protocol).putShort((short) 0);
        return join(header.put(hex("0a000001 0a000002")).array(), body);
    }

    /** In an IPv4 packet. */
    public static byte[] udp(final int destinationPort, final byte[] body) {
        final ByteBuffer header = ByteBuffer.allocate(8);
        header.putShort((short) 50_000).putShort((short) destinationPort).putShort((short) (8 + body.length));
        return ipv4(17, join(header.array(), body));
    }

    public static byte[] tcpOverIpv6() {
        final byte[] tcp = tcp();
        final byte[] packet = ipv6(6, tcp.length);
        System.arraycopy(tcp, 0, packet, packet.length - tcp.length, tcp.length);
        return packet;
    }

    /** An IPv6 packet with room for its body. */
    public static byte[] ipv6(final int nextHeader, final int bodyLength) {
        final ByteBuffer packet = ByteBuffer.allocate(40 + bodyLength);
        packet.putInt(0x6000_0000).putShort((short) bodyLength).put((byte) nextHeader);
        packet.put((byte) 64).put(hex("20010db8000000000000000000000001 20010db8000000000000000000000002"));
        return packet.array();
    }

    public static byte[] hex(final String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    public static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static byte[] join(final byte[]... parts) {
        final ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (final byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
