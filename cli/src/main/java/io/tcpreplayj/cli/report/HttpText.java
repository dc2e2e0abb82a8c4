package io.tcpreplayj.cli.report;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.x messages as text (RFC 9112): start line and fields a line each, the body without its chunks and, when it is
 * whole, without gzip or deflate. What does not look like a message is shown as it is.
 */
final class HttpText {
    private static final Pattern START_LINE =
            Pattern.compile("HTTP/1\\.\\d \\d{3}( .*)?|[!#$%&'*+.^_`|~0-9A-Za-z-]+ \\S+ HTTP/1\\.\\d");

    /** RFC 9112 6.3: these never have a body. */
    private static final Pattern NO_BODY = Pattern.compile("HTTP/1\\.\\d (1\\d\\d|204|304)( .*)?");

    /** A megabyte of gzip can hold a gigabyte. */
    private static final int MAX_DECODED = 16 << 20;

    private static final int NOT_THERE = -1;

    private final byte[] bytes;
    private final boolean whole;
    private final PrintStream out;
    private int at;
    private long contentLength;
    private boolean chunked;
    private String encoding = "";

    /** @param whole whether these are all bytes of the exchange: only then is a body without a length known to be */
    HttpText(final ByteBuffer bytes, final boolean whole, final PrintStream out) {
        this.bytes = new byte[bytes.remaining()];
        bytes.get(bytes.position(), this.bytes);
        this.whole = whole;
        this.out = out;
    }

    void print() {
        while (at < bytes.length) {
            final String startLine = line(at);
            if (startLine == null || !START_LINE.matcher(startLine).matches()) {
                HexDump.text(ByteBuffer.wrap(bytes, at, bytes.length - at), out);
                return;
            }
            if (!fields()) {
                return;
            }
            out.println();
            if (!NO_BODY.matcher(startLine).matches()) {
                body(startLine.startsWith("HTTP/"));
            }
        }
    }

    /** Prints start line and fields; false when the bytes end among them. */
    private boolean fields() {
        contentLength = NOT_THERE;
        chunked = false;
        encoding = "";
        while (at < bytes.length) {
            final String line = line(at);
            if (line == null) {
                HexDump.text(ByteBuffer.wrap(bytes, at, bytes.length - at), out);
                at = bytes.length;
                return false;
            }
            at = lineEnd(at) + 1;
            if (line.isEmpty()) {
                return true;
            }
            out.println(printable(line));
            final int colon = line.indexOf(':');
            if (colon > 0) {
                field(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        }
        return false;
    }

    private void field(final String name, final String value) {
        switch (name) {
            case "content-length" -> contentLength = value.matches("\\d{1,18}") ? Long.parseLong(value) : NOT_THERE;
            case "transfer-encoding" -> chunked = value.toLowerCase(Locale.ROOT).endsWith("chunked");
            case "content-encoding" -> encoding = value.toLowerCase(Locale.ROOT);
            default -> {
                // Only shown.
            }
        }
    }

    private void body(final boolean answer) {
        if (chunked) {
            final ByteArrayOutputStream data = new ByteArrayOutputStream();
            content(data, dechunk(data), "chunked");
        } else if (contentLength >= 0) {
            final int there = (int) Math.min(contentLength, bytes.length - at);
            final ByteArrayOutputStream data = new ByteArrayOutputStream();
            data.write(bytes, at, there);
            at += there;
            content(
                    data,
                    there == contentLength,
                    there == contentLength ? "" : there + " of " + contentLength + " bytes");
        } else if (answer) {
            // RFC 9112 6.3: until the connection closes.
            final ByteArrayOutputStream data = new ByteArrayOutputStream();
            data.write(bytes, at, bytes.length - at);
            at = bytes.length;
            content(data, whole, whole ? "" : "the rest is not kept");
        }
    }

    /** Takes the chunks off (RFC 9112 7.1); false when the bytes end among them or are none. */
    private boolean dechunk(final ByteArrayOutputStream data) {
        while (true) {
            final String size = line(at);
            if (size == null || !size.matches("[0-9a-fA-F]{1,7}([ \\t;].*)?")) {
                at = size == null ? bytes.length : at;
                return false;
            }
            final int length = Integer.parseInt(size.split("[ \\t;]", 2)[0], 16);
            at = lineEnd(at) + 1;
            if (length == 0) {
                return trailer();
            }
            final int there = Math.min(length, bytes.length - at);
            data.write(bytes, at, there);
            at += there;
            if (there < length || line(at) == null) {
                at = bytes.length;
                return false;
            }
            at = lineEnd(at) + 1;
        }
    }

    private boolean trailer() {
        while (true) {
            final String line = line(at);
            if (line == null) {
                at = bytes.length;
                return false;
            }
            at = lineEnd(at) + 1;
            if (line.isEmpty()) {
                return true;
            }
        }
    }

    private void content(final ByteArrayOutputStream data, final boolean isWhole, final String note) {
        String notes = note;
        byte[] content = data.toByteArray();
        if (!encoding.isEmpty() && !encoding.equals("identity") && content.length > 0) {
            final byte[] decoded = isWhole ? decoded(content) : null;
            notes = notes
                    + (notes.isEmpty() ? "" : ", ")
                    + encoding
                    + (decoded == null ? " not decoded" : " of " + Human.count(content.length, "byte"));
            content = decoded == null ? content : decoded;
        }
        if (!isWhole && chunked) {
            notes += ", not whole";
        }
        if (!notes.isEmpty()) {
            out.println("[" + printable(notes) + "]");
        }
        if (content.length == 0) {
            return;
        }
        if (isText(content)) {
            HexDump.text(ByteBuffer.wrap(content), out);
        } else {
            HexDump.print(ByteBuffer.wrap(content), out);
        }
    }

    /** The content without gzip or deflate; null when it is something else, damaged or too large. */
    private byte @Nullable [] decoded(final byte[] content) {
        final ByteArrayInputStream in = new ByteArrayInputStream(content);
        try (InputStream inflated = switch (encoding) {
            case "gzip", "x-gzip" -> new GZIPInputStream(in);
            case "deflate" -> new InflaterInputStream(in);
            default -> InputStream.nullInputStream();
        }) {
            final byte[] decoded = inflated.readNBytes(MAX_DECODED);
            return decoded.length == 0 || inflated.read() >= 0 ? null : decoded;
        } catch (final IOException e) {
            // Captured bytes are nobody's promise: then they are shown as they are.
            return null;
        }
    }

    /** Mostly printable ASCII and line ends, or UTF-8. */
    private static boolean isText(final byte[] content) {
        int odd = 0;
        for (final byte value : content) {
            odd += value < 0x20 && value != '\n' && value != '\r' && value != '\t' ? 1 : 0;
        }
        return odd * 10 < content.length;
    }

    /** The line at an index without its end, one char a byte; null when its end is not there. */
    private @Nullable String line(final int from) {
        final int end = lineEnd(from);
        if (end < 0) {
            return null;
        }
        final int length = end > from && bytes[end - 1] == '\r' ? end - 1 - from : end - from;
        return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }

    private int lineEnd(final int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static String printable(final String line) {
        final StringBuilder text = new StringBuilder(line.length());
        for (int i = 0; i < line.length(); i++) {
            text.append(Human.escaped((byte) line.charAt(i)));
        }
        return text.toString();
    }
}
