package io.tcpreplayj.replay.udp;

/** What of captured datagrams waits to be sent or to be compared, of all conversations and copies: memory has its bounds. */
final class WaitingBytes {
    /** About what a datagram takes beside its bytes. */
    private static final int OVERHEAD = 112;

    private final long most;
    private long bytes;

    /** @param most bytes; a conversation that would need more is given up */
    WaitingBytes(final long most) {
        this.most = most;
    }

    void add(final int length) {
        bytes += length + OVERHEAD;
    }

    void remove(final int length) {
        bytes -= length + OVERHEAD;
    }

    /** Whether there is room for so many datagrams of that length. */
    boolean hasRoomFor(final int length, final int count) {
        return bytes + (long) (length + OVERHEAD) * count <= most;
    }
}
