package io.tcpreplayj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** One netlink request under construction: nlmsghdr, family header, attributes (linux/netlink.h). */
final class NetlinkMessage {
    static final int HEADER_BYTES = 16;
    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;
    private static final int NLA_F_NESTED = 0x8000;
    /** The longest request that this program makes is shorter than this. */
    static final int CAPACITY = 512;

    private final ByteBuffer buffer = ByteBuffer.allocate(CAPACITY).order(ByteOrder.nativeOrder());

    NetlinkMessage(final int type, final int flags) {
        buffer.position(4);
        buffer.putShort((short) type);
        buffer.putShort((short) (flags | NLM_F_REQUEST));
        buffer.position(HEADER_BYTES);
    }

    NetlinkMessage u8(final int value) {
        buffer.put((byte) value);
        return this;
    }

    NetlinkMessage u16(final int value) {
        buffer.putShort((short) value);
        return this;
    }

    NetlinkMessage u32(final int value) {
        buffer.putInt(value);
        return this;
    }

    NetlinkMessage bigEndian16(final int value) {
        return u8(value >> 8).u8(value);
    }

    NetlinkMessage bytes(final byte[] value) {
        buffer.put(value);
        return this;
    }

    NetlinkMessage attribute(final int type, final byte[] value) {
        u16(4 + value.length).u16(type);
        buffer.put(value);
        while ((buffer.position() & 3) != 0) {
            buffer.put((byte) 0);
        }
        return this;
    }

    NetlinkMessage attributeU32(final int type, final int value) {
        return u16(8).u16(type).u32(value);
    }

    NetlinkMessage attributeU8(final int type, final int value) {
        return attribute(type, new byte[] {(byte) value});
    }

    NetlinkMessage attributeString(final int type, final String value) {
        return attribute(type, (value + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    /** Opens a nested attribute; the result goes to {@link #endNested}. */
    int beginNested(final int type) {
        final int start = buffer.position();
        u16(0).u16(type | NLA_F_NESTED);
        return start;
    }

    void endNested(final int start) {
        buffer.putShort(start, (short) (buffer.position() - start));
    }

    /** Gives the message its number and copies it; returns its length. The same message may be sent again. */
    int copyTo(final ByteBuffer target, final int sequence) {
        buffer.putInt(0, buffer.position());
        buffer.putInt(8, sequence);
        target.put(0, buffer.array(), 0, buffer.position());
        return buffer.position();
    }

    boolean isDump() {
        return (buffer.getShort(6) & NLM_F_DUMP) == NLM_F_DUMP;
    }

    void addFlags(final int flags) {
        buffer.putShort(6, (short) (buffer.getShort(6) | flags));
    }

    /** Index of the value of attribute {@code type} between {@code from} and {@code end}, or -1. */
    static int find(final ByteBuffer message, final int from, final int end, final int type) {
        int at = from;
        while (at + 4 <= end) {
            final int length = Short.toUnsignedInt(message.getShort(at));
            if (length < 4 || at + length > end) {
                return -1;
            }
            if ((message.getShort(at + 2) & 0x3fff) == type) {
                return at + 4;
            }
            at += (length + 3) & ~3;
        }
        return -1;
    }

    /** Bytes of the value at {@code valueIndex}, as found by {@link #find}. */
    static byte[] value(final ByteBuffer message, final int valueIndex) {
        final byte[] bytes = new byte[Short.toUnsignedInt(message.getShort(valueIndex - 4)) - 4];
        message.get(valueIndex, bytes);
        return bytes;
    }
}
