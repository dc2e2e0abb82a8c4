package io.tcpreplayj.pcap;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Says what a file looks like that is no capture, so that its owner need not guess. */
final class NotACapture {
    private static final String WANTED = "give a pcap or pcapng file, plain or compressed by gzip, zstd or xz";
    private static final int TEXT_SAMPLE = 256;

    private NotACapture() {}

    /** @param window stands at the first byte of what is no capture */
    static CaptureException describe(final ByteWindow window, final String name) {
        final String around = window.compression().isEmpty() ? "" : window.compression() + " of ";
        final int available = window.available();
        if (available == 0) {
            return new CaptureException(
                    name + ": " + around + "an empty file, not a capture", "was the recording ended before copying?");
        }
        final ByteBuffer buffer = window.buffer();
        final int at = window.begin();
        if (begins(buffer, at, available, 'T', 'F', 'D', 'B', '\r', '\n', 0x1a)) {
            return new CaptureException(
                    name + ": " + around + "a flow database, not a capture", "tcpreplay-j flows lists what is in it");
        }
        final String tool = decompressor(buffer, at, available);
        if (!tool.isEmpty()) {
            return new CaptureException(
                    name + ": " + around + "data compressed by " + tool + ", which is not read directly",
                    "decompress it first with " + tool + " -d");
        }
        return new CaptureException(name + ": not a capture but " + around + kind(buffer, at, available), WANTED);
    }

    private static String decompressor(final ByteBuffer buffer, final int at, final int available) {
        if (begins(buffer, at, available, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return "xz";
        }
        if (begins(buffer, at, available, 'B', 'Z', 'h')) {
            return "bzip2";
        }
        if (begins(buffer, at, available, 0x04, 0x22, 0x4d, 0x18)) {
            return "lz4";
        }
        if (begins(buffer, at, available, 0x1f, 0x8b)) {
            return "gzip";
        }
        return begins(buffer, at, available, 0x28, 0xb5, 0x2f, 0xfd) ? "zstd" : "";
    }

    private static String kind(final ByteBuffer buffer, final int at, final int available) {
        if (begins(buffer, at, available, 'P', 'K', 3, 4)) {
            return "a zip archive";
        }
        if (begins(buffer, at, available, 's', 'n', 'o', 'o', 'p', 0)) {
            return "a snoop file (convert it with editcap)";
        }
        if (begins(buffer, at, available, 'G', 'M', 'B', 'U') || begins(buffer, at, available, 'R', 'T', 'S', 'S')) {
            return "a Network Monitor file (convert it with editcap)";
        }
        if (begins(buffer, at, available, 0x7f, 'E', 'L', 'F')) {
            return "a program";
        }
        if (isText(buffer, at, Math.min(available, TEXT_SAMPLE))) {
            return "text";
        }
        final StringBuilder hex = new StringBuilder("data that begins with");
        for (int i = 0; i < Math.min(available, 8); i++) {
            hex.append(String.format(" %02x", buffer.get(at + i) & 0xff));
        }
        return hex.toString();
    }

    private static boolean begins(final ByteBuffer buffer, final int at, final int available, final int... magic) {
        if (available < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((buffer.get(at + i) & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isText(final ByteBuffer buffer, final int at, final int length) {
        final byte[] sample = new byte[length];
        for (int i = 0; i < length; i++) {
            sample[i] = buffer.get(at + i);
        }
        for (final char c : new String(sample, StandardCharsets.UTF_8).toCharArray()) {
            if (c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f') {
                return false;
            }
        }
        return true;
    }
}
