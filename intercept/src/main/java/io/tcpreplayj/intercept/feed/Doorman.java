package io.tcpreplayj.intercept.feed;

import java.util.HashMap;
import java.util.Map;

/**
 * Decides who may come in at all: anybody can reach a listening port, and strangers must not cost more than a few
 * kilobytes, however many they are. One thread.
 */
final class Doorman {
    /** Peers that have not introduced themselves, at the same time. */
    static final int MAX_STRANGERS = 64;

    /** Of these, from one address. */
    static final int MAX_STRANGERS_EACH = 16;

    /** New connections a second from one address; a replayer that was cut off comes back once a second. */
    static final int PER_SECOND = 10;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final int MAX_ADDRESSES = 4_096;

    private final Map<String, Integer> thisSecond = new HashMap<>();
    private long secondEndsNs = Long.MIN_VALUE;
    private long turnedAway;

    /**
     * @param peer its address
     * @param strangers connections that have not introduced themselves
     * @param ofPeer those of this peer
     */
    boolean admits(final String peer, final int strangers, final int ofPeer, final long nowNs) {
        if (nowNs >= secondEndsNs || thisSecond.size() >= MAX_ADDRESSES) {
            secondEndsNs = nowNs + SECOND_NS;
            thisSecond.clear();
        }
        final int count = thisSecond.merge(peer, 1, Integer::sum);
        if (strangers >= MAX_STRANGERS || ofPeer >= MAX_STRANGERS_EACH || count > PER_SECOND) {
            turnedAway++;
            return false;
        }
        return true;
    }

    long turnedAway() {
        return turnedAway;
    }
}
