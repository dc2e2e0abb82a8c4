package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What the first bytes of a flow look like. Conservative: a wrong name does harm (TLS is not replayed, HTTP is counted by
 * messages), no name does none.
 */
final class AppDetector {
    private static final byte[] HTTP2_PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private static final byte[] SSH = ascii("SSH-");
    private static final byte[] SMTP_READY = ascii("220");
    private static final byte[][] SMTP_HELLOS = {ascii("EHLO "), ascii("HELO "), ascii("ehlo "), ascii("helo ")};

    /** RFC 9110 9.3, RFC 5789, and what WebDAV (RFC 4918) and caches use. */
    private static final byte[][] HTTP_METHODS = {
        ascii("GET "),
        ascii("POST "),
        ascii("HEAD "),
        ascii("PUT "),
        ascii("DELETE "),
        ascii("OPTIONS "),
        ascii("PATCH "),
        ascii("CONNECT "),
        ascii("TRACE "),
        ascii("PROPFIND "),
        ascii("PROPPATCH "),
        ascii("MKCOL "),
        ascii("COPY "),
        ascii("MOVE "),
        ascii("LOCK "),
        ascii("UNLOCK "),
        ascii("REPORT "),
        ascii("SEARCH "),
        ascii("PURGE "),
        ascii("NOTIFY "),
        ascii("SUBSCRIBE "),
        ascii("UNSUBSCRIBE ")
    };

    /** Start-up, SSLRequest and GSSENCRequest of PostgreSQL's protocol ("Message Formats"). */
    private static final int POSTGRES_3_0 = 3 << 16;

    private static final int POSTGRES_SSL = 80877103;
    private static final int POSTGRES_GSS = 80877104;

    /** Handshake protocol version of every MySQL server since 3.21. */
    private static final int MYSQL_PROTOCOL = 10;

    private AppDetector() {}

    /**
     * @param client the client's stream from its first byte
     * @param length how many bytes of it are there
     * @param greeting the first bytes that the server sent before the client sent any
     */
    static FlowRecord.App detect(final byte[] client, final int length, final byte[] greeting) {
        if (startsWith(client, length, HTTP2_PREFACE)) {
            return FlowRecord.App.HTTP2;
        }
        if (greeting.length == 0) {
            return detectClientFirst(client, length);
        }
        if (isMysqlGreeting(greeting)) {
            return FlowRecord.App.MYSQL;
        }
        if (startsWith(greeting, greeting.length, SSH)) {
            return FlowRecord.App.SSH;
        }
        if (startsWith(greeting, greeting.length, SMTP_READY) && startsWithAny(client, length, SMTP_HELLOS)) {
            return FlowRecord.App.SMTP;
        }
        return detectClientFirst(client, length);
    }

    private static FlowRecord.App detectClientFirst(final byte[] client, final int length) {
        if (isHttp(client, length)) {
            return FlowRecord.App.HTTP;
        }
        if (isTlsClientHello(client, length)) {
            return FlowRecord.App.TLS;
        }
        if (isRedisArray(client, length)) {
            return FlowRecord.App.REDIS;
        }
        if (startsWith(client, length, SSH)) {
            return FlowRecord.App.SSH;
        }
        return isPostgresStart(client, length) ? FlowRecord.App.POSTGRES : FlowRecord.App.UNKNOWN;
    }

    /** A known method, and after the target on the same line HTTP/1.x, as far as the line was sent. */
    private static boolean isHttp(final byte[] client, final int length) {
        int from = 0;
        // RFC 9112 2.2: empty lines before a request are ignored.
        while (from < length && (client[from] == '\r' || client[from] == '\n')) {
            from++;
        }
        final ByteBuffer bytes = ByteBuffer.wrap(client);
        final int end = HttpRequests.lineEnd(bytes, from, length);
        for (final byte[] method : HTTP_METHODS) {
            if (matches(client, from, length, method)) {
                return end < 0 || HttpRequests.isRequestLine(bytes, from, end);
            }
        }
        return false;
    }

    /** RFC 8446 5.1 and 4: a handshake record with major version 3 that begins with a ClientHello. */
    private static boolean isTlsClientHello(final byte[] client, final int length) {
        return length >= 6 && client[0] == 22 && client[1] == 3 && client[2] >= 0 && client[2] <= 4 && client[5] == 1;
    }

    /** RESP: an array of bulk strings, as every client library sends commands. */
    private static boolean isRedisArray(final byte[] client, final int length) {
        if (length < 4 || client[0] != '*') {
            return false;
        }
        int at = 1;
        while (at < length && at < 8 && client[at] >= '0' && client[at] <= '9') {
            at++;
        }
        return at > 1 && at + 2 < length && client[at] == '\r' && client[at + 1] == '\n' && client[at + 2] == '$';
    }

    private static boolean isPostgresStart(final byte[] client, final int length) {
        if (length < 8) {
            return false;
        }
        final int messageLength = bigInt(client, 0);
        final int code = bigInt(client, 4);
        return messageLength == 8
                ? code == POSTGRES_SSL || code == POSTGRES_GSS
                : code == POSTGRES_3_0 && messageLength > 8 && messageLength < 10_000;
    }

    /** A packet of at least 40 bytes with number 0, protocol 10 and a version that begins with a digit. */
    private static boolean isMysqlGreeting(final byte[] greeting) {
        return greeting.length >= 6
                && (greeting[0] & 0xff) >= 40
                && greeting[1] == 0
                && greeting[2] == 0
                && greeting[3] == 0
                && greeting[4] == MYSQL_PROTOCOL
                && greeting[5] >= '0'
                && greeting[5] <= '9';
    }

    private static int bigInt(final byte[] bytes, final int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }

    private static boolean startsWithAny(final byte[] bytes, final int length, final byte[][] prefixes) {
        for (final byte[] prefix : prefixes) {
            if (startsWith(bytes, length, prefix)) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWith(final byte[] bytes, final int length, final byte[] prefix) {
        return matches(bytes, 0, length, prefix);
    }

    private static boolean matches(final byte[] bytes, final int from, final int length, final byte[] word) {
        if (length - from < word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if (bytes[from + i] != word[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
