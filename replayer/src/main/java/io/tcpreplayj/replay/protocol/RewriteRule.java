package io.tcpreplayj.replay.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/** One thing that requests say otherwise than captured: {@code header:NAME=VALUE} or {@code text:FROM=TO}. Immutable. */
public final class RewriteRule {
    private static final String HEADER = "header:";
    private static final String TEXT = "text:";
    /** RFC 9110 5.6.2: a token. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    /** They say where a request ends. */
    private static final Pattern FRAMING = Pattern.compile("(?i)content-length|transfer-encoding");

    private final boolean header;
    private final String subject;
    private final byte[] from;
    private final byte[] to;

    private RewriteRule(final boolean header, final String subject, final byte[] from, final byte[] to) {
        this.header = header;
        this.subject = subject;
        this.from = from;
        this.to = to;
    }

    /**
     * {@code \xNN} is the byte with that number.
     *
     * @throws IllegalArgumentException when it is no rule; the message says what one is
     */
    public static RewriteRule parse(final String rule) {
        final int equals = rule.indexOf('=');
        final String subject = rule.substring(0, Math.max(0, equals));
        final byte[] to = bytes(rule.substring(equals + 1));
        if (subject.startsWith(HEADER)) {
            return header(subject, subject.substring(HEADER.length()), to);
        }
        if (subject.startsWith(TEXT) && subject.length() > TEXT.length()) {
            return new RewriteRule(false, subject, bytes(subject.substring(TEXT.length())), to);
        }
        throw new IllegalArgumentException("\"" + rule + "\" is no rule: header:NAME=VALUE and text:FROM=TO are, as"
                + " header:Host=staging.example and text:@example.com=@example.net");
    }

    private static RewriteRule header(final String subject, final String name, final byte[] value) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a header");
        }
        if (FRAMING.matcher(name).matches()) {
            throw new IllegalArgumentException(name + " says where a request ends, which no rule may change");
        }
        for (final byte b : value) {
            // RFC 9110 5.5.
            if (b == '\r' || b == '\n' || b == 0) {
                throw new IllegalArgumentException("the value of a header has no line ends and no zeros");
            }
        }
        return new RewriteRule(true, subject, ascii(name.toLowerCase(Locale.ROOT)), value);
    }

    private static byte[] bytes(final String text) {
        final byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = 0;
        for (int at = 0; at < utf8.length; at++) {
            final boolean escaped = at + 3 < utf8.length
                    && utf8[at] == '\\'
                    && utf8[at + 1] == 'x'
                    && digit(utf8[at + 2]) >= 0
                    && digit(utf8[at + 3]) >= 0;
            utf8[length++] = escaped ? (byte) (16 * digit(utf8[at + 2]) + digit(utf8[at + 3])) : utf8[at];
            at += escaped ? 3 : 0;
        }
        return Arrays.copyOf(utf8, length);
    }

    private static int digit(final byte hex) {
        return Character.digit(hex, 16);
    }

    private static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** What it is about, as the user typed it; without what is to stand there, which may be a secret. */
    public String subject() {
        return subject;
    }

    boolean isHeader() {
        return header;
    }

    /** The header's name in small letters, or the bytes that are replaced. */
    byte[] from() {
        return from;
    }

    byte[] to() {
        return to;
    }
}
