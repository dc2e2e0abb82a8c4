package io.tcpreplayj.replay.pkt;

/** The bytes that a side sends: each tells where it stands, so that one in the wrong place is noticed. */
final class Stream {
    private static final int CLIENT = 0x11;
    private static final int TARGET = 0x5a;

    private Stream() {}

    static byte ofClient(final long offset) {
        return at(offset, CLIENT);
    }

    static byte ofTarget(final long offset) {
        return at(offset, TARGET);
    }

    private static byte at(final long offset, final int salt) {
        return (byte) (offset * 131 + (offset >> 8) * 7 + salt);
    }

    static byte[] ofTarget(final long offset, final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = ofTarget(offset + i);
        }
        return bytes;
    }

    /** As Latin-1, for the builder of flows. */
    static String textOfClient(final long offset, final int length) {
        final StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) (ofClient(offset + i) & 0xff));
        }
        return text.toString();
    }
}
