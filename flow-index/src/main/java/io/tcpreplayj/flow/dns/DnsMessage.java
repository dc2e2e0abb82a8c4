package io.tcpreplayj.flow.dns;

import java.nio.ByteBuffer;

/**
 * Header and question of one DNS message (RFC 1035 4.1); one instance is reused. The records behind the question are not
 * looked at. Messages are written by enemies: a name has at most 255 octets, a compressed one leads backwards only.
 *
 * <pre>
 * 0    2       4       6       8       10      12
 * +----+-------+-------+-------+-------+-------+----------+------+-------+
 * | id | flags |QDCOUNT|ANCOUNT|NSCOUNT|ARCOUNT|   name   | type | class |
 * +----+-------+-------+-------+-------+-------+----------+------+-------+
 * flags: QR 1 bit, opcode 4, AA, TC, RD, RA, Z, AD, CD 1 each, RCODE 4
 * </pre>
 */
public final class DnsMessage {
    public static final int HEADER_LENGTH = 12;

    /** RFC 1035 2.3.4, with the length octets. */
    private static final int MAX_NAME = 255;

    private static final int MAX_LABEL = 63;
    private static final int POINTER = 0xc0;
    private static final int RESPONSE = 0x8000;
    private static final int TRUNCATED = 0x0200;

    private final byte[] name = new byte[MAX_NAME];
    private int nameLength;
    private int id;
    private int flags;
    private final int[] counts = new int[4];
    private int type;
    private int qclass;
    private int end;

    /**
     * Reads a message, or as much of it as there is.
     *
     * @return whether header and question are whole: those of a message with one question, or none
     */
    public boolean read(final ByteBuffer buffer, final int offset, final int length) {
        nameLength = 0;
        type = 0;
        qclass = 0;
        if (length < HEADER_LENGTH) {
            return false;
        }
        id = u16(buffer, offset);
        flags = u16(buffer, offset + 2);
        for (int i = 0; i < counts.length; i++) {
            counts[i] = u16(buffer, offset + 4 + 2 * i);
        }
        end = HEADER_LENGTH;
        return counts[0] == 0 || (counts[0] == 1 && readQuestion(buffer, offset, length));
    }

    private boolean readQuestion(final ByteBuffer buffer, final int offset, final int length) {
        int at = HEADER_LENGTH;
        int least = at;
        boolean jumped = false;
        while (at < length) {
            final int octet = buffer.get(offset + at) & 0xff;
            if (octet == 0) {
                end = jumped ? end : at + 1;
                return addLabel(buffer, offset + at, 0) && readType(buffer, offset, length);
            }
            if ((octet & POINTER) == POINTER) {
                if (at + 1 >= length) {
                    return false;
                }
                final int to = (octet & ~POINTER) << 8 | (buffer.get(offset + at + 1) & 0xff);
                // RFC 1035 4.1.4: a prior occurrence. Each jump leads before all that was read, so this ends.
                if (to < HEADER_LENGTH || to >= least) {
                    return false;
                }
                end = jumped ? end : at + 2;
                jumped = true;
                least = to;
                at = to;
                continue;
            }
            if (octet > MAX_LABEL || at + 1 + octet > length || !addLabel(buffer, offset + at, octet)) {
                return false;
            }
            at += 1 + octet;
        }
        return false;
    }

    /** @param at of the length octet */
    private boolean addLabel(final ByteBuffer buffer, final int at, final int length) {
        if (nameLength + 1 + length > MAX_NAME) {
            return false;
        }
        name[nameLength++] = (byte) length;
        for (int i = 1; i <= length; i++) {
            final byte octet = buffer.get(at + i);
            // RFC 1035 2.3.3: A and a are the same; some resolvers mix them to tell forged answers.
            name[nameLength++] = octet >= 'A' && octet <= 'Z' ? (byte) (octet + 'a' - 'A') : octet;
        }
        return true;
    }

    private boolean readType(final ByteBuffer buffer, final int offset, final int length) {
        if (length - end < 4) {
            return false;
        }
        type = u16(buffer, offset + end);
        qclass = u16(buffer, offset + end + 2);
        end += 4;
        return true;
    }

    private static int u16(final ByteBuffer buffer, final int at) {
        return ((buffer.get(at) & 0xff) << 8) | (buffer.get(at + 1) & 0xff);
    }

    /** The identifier that an answer repeats. */
    public int id() {
        return id;
    }

    public boolean isResponse() {
        return (flags & RESPONSE) != 0;
    }

    /** 0 for a standard query. */
    public int opcode() {
        return flags >>> 11 & 0xf;
    }

    /** The answer did not fit (TC); who asked may ask again over TCP. */
    public boolean isTruncated() {
        return (flags & TRUNCATED) != 0;
    }

    /** RCODE of the header, 0 to 15. */
    public int rcode() {
        return flags & 0xf;
    }

    public boolean hasQuestion() {
        return counts[0] == 1;
    }

    /** Records of the answer section, as the header says. */
    public int answers() {
        return counts[1];
    }

    /** QTYPE; 0 without a question. */
    public int type() {
        return type;
    }

    /** The question in a form that equal questions have in common. */
    public DnsQuestion question() {
        return new DnsQuestion(id, type, qclass, nameText());
    }

    /** Whether this is nothing but a query: what any payload that begins by chance like one is not. */
    public boolean isStrictQuery(final int length) {
        final int behind = length - end;
        return !isResponse()
                && opcode() == 0
                && (flags & 0x0040) == 0
                && rcode() == 0
                && counts[0] == 1
                && counts[1] == 0
                && counts[2] == 0
                && counts[3] <= 2
                && (qclass & 0x7fff) > 0
                && ((qclass & 0x7fff) <= 4 || qclass == 254 || qclass == 255)
                && type != 0
                // RFC 1035 4.1.3: a record takes 11 octets at least.
                && (counts[3] == 0 ? behind == 0 : behind >= 11 * counts[3]);
    }

    /** The name as people write it (RFC 1035 5.1), with escapes for what is no letter, digit, hyphen or underscore. */
    public String nameText() {
        final StringBuilder text = new StringBuilder(nameLength + 1);
        int at = 0;
        while (at < nameLength && name[at] != 0) {
            final int labelEnd = at + 1 + name[at];
            for (at++; at < labelEnd; at++) {
                final int octet = name[at] & 0xff;
                final boolean plain = (octet >= 'a' && octet <= 'z')
                        || (octet >= '0' && octet <= '9')
                        || octet == '-'
                        || octet == '_';
                if (plain) {
                    text.append((char) octet);
                } else {
                    text.append('\\').append((char) ('0' + octet / 100));
                    text.append((char) ('0' + octet / 10 % 10)).append((char) ('0' + octet % 10));
                }
            }
            text.append('.');
        }
        return text.length() == 0 ? "." : text.toString();
    }
}
