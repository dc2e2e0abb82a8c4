package io.tcpreplayj.packet;

/**
 * Which senders write one IP identification into all that they send. Small devices do, and RFC 6864 4.1 lets them for packets
 * that nobody may fragment; then it does not tell a packet from the one before. Known by direction of a conversation, from
 * two different datagrams in a row with the same identification, until one has another. Only the last thousand or so are known.
 */
final class FixedIds {
    private static final int SLOT_BITS = 10;

    private static final int ID_BITS = 16;

    /** Above the identification: whether the datagram before had the same. */
    private static final long FIXED = 1L << ID_BITS;

    /** What is left for the conversation. */
    private static final long CONVERSATION = -(FIXED << 1);

    private final long[] last = new long[1 << SLOT_BITS];

    /**
     * A datagram that is the sender's, no copy of the capture.
     *
     * @param conversation a hash of its ends, all of whose bits count
     */
    void onDatagram(final long conversation, final int id) {
        final int slot = slot(conversation);
        final boolean same = (last[slot] & ~FIXED) == word(conversation, id);
        last[slot] = word(conversation, id) | (same ? FIXED : 0);
    }

    /** Something else gave it away. */
    void found(final long conversation, final int id) {
        last[slot(conversation)] = word(conversation, id) | FIXED;
    }

    boolean isFixed(final long conversation, final int id) {
        return last[slot(conversation)] == (word(conversation, id) | FIXED);
    }

    private static long word(final long conversation, final int id) {
        return (conversation & CONVERSATION) | id;
    }

    private static int slot(final long conversation) {
        return (int) (conversation >>> (Long.SIZE - SLOT_BITS));
    }
}
