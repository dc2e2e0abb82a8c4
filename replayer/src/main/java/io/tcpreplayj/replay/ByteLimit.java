package io.tcpreplayj.replay;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes a second all sessions of a run may send: IP packets with their headers, retransmissions and ACKs
 * included, each as the shortest frame of Ethernet at least, so that this is a limit on packets, too. What left is paid for by
 * the time that it takes at that rate, and nothing more leaves before it is; so no packet is too long for the limit, and in any
 * time T there leave at most T plus {@link #BURST_NS} of the rate, and one packet. Only what nobody asks for here, the ACKs and
 * FINs of the kernel, may be more: it is paid for, too, but {@link #MOST_UNASKED_NS} ahead at most, and not while somebody waits,
 * or the ACKs of a long download would stop all sending for as long.
 *
 * <p>Connections and UDP conversations have threads of their own, and one limit: their moments meet in atomic fields, of which
 * none is waited for.
 */
public final class ByteLimit {
    /** For any number of bytes. */
    public static final ByteLimit NONE = new ByteLimit(0);

    /** What a pause leaves for later, or every late timer would cost a part of the rate. */
    static final long BURST_NS = 20_000_000L;

    /** For so long what left unasked may keep the rest from leaving: whoever asks then waits no longer for what follows it. */
    static final long MOST_UNASKED_NS = 100_000_000L;

    /** IEEE 802.3: 64 of the frame itself, 8 of preamble before it, and the time of 12 behind it. */
    private static final int SHORTEST_FRAME_BYTES = 84;

    private static final long BIT_NS = 1_000_000_000L;
    private static final int IPV4_UDP_HEADERS = 28;
    private static final int IPV6_UDP_HEADERS = 48;

    private final long bitsPerSecond;
    /** When what left will have been paid for. */
    private final AtomicLong paidNs = new AtomicLong();
    /** Until then somebody has to wait, as far as anybody asked; and how long somebody had to, in all. */
    private final AtomicLong heldUntilNs = new AtomicLong();

    private final AtomicLong heldNs = new AtomicLong();
    /** Who asked last was told that nothing may leave: what leaves unasked meanwhile must not have that wait anew. */
    private volatile boolean awaited;

    private ByteLimit(final long bitsPerSecond) {
        this.bitsPerSecond = bitsPerSecond;
    }

    /** @param bitsPerSecond 0 for any number */
    public static ByteLimit of(final long bitsPerSecond) {
        return bitsPerSecond == 0 ? NONE : new ByteLimit(bitsPerSecond);
    }

    public boolean isNone() {
        return bitsPerSecond == 0;
    }

    /** 0 for any number. */
    public long bitsPerSecond() {
        return bitsPerSecond;
    }

    /** Whether a packet may leave now; who is told that it may not is counted as held back until one may. */
    public boolean opens(final long nowNs) {
        final long freeNs = paidNs.get();
        if (freeNs <= nowNs) {
            if (awaited) {
                awaited = false;
            }
            return true;
        }
        awaited = true;
        final long countedNs = heldUntilNs.getAndAccumulate(freeNs, Math::max);
        heldNs.addAndGet(Math.max(0, freeNs - Math.max(nowNs, countedNs)));
        return false;
    }

    /** What an IP packet of {@code bytes} counts. */
    public static long packet(final long bytes) {
        return Math.max(bytes, SHORTEST_FRAME_BYTES);
    }

    /** So many bytes left. */
    public void spent(final long bytes, final long nowNs) {
        spent(bytes, Long.MAX_VALUE, nowNs);
    }

    /** So many bytes left that did not wait to be let. */
    public void spentUnasked(final long bytes, final long nowNs) {
        if (!awaited) {
            spent(bytes, nowNs + MOST_UNASKED_NS, nowNs);
        }
    }

    private void spent(final long bytes, final long mostNs, final long nowNs) {
        if (isNone()) {
            return;
        }
        final long costNs = (bytes * 8 * BIT_NS + bitsPerSecond - 1) / bitsPerSecond;
        long before;
        long after;
        do {
            before = paidNs.get();
            after = Math.max(before, Math.min(Math.max(before, nowNs - BURST_NS) + costNs, mostNs));
        } while (!paidNs.compareAndSet(before, after));
    }

    /** A datagram with so much payload left, by a kernel socket. */
    public void spentDatagram(final int payloadBytes, final boolean v4, final long nowNs) {
        spent(packet(payloadBytes + (v4 ? IPV4_UDP_HEADERS : IPV6_UDP_HEADERS)), nowNs);
    }

    /** When the next packet may leave; may lie in the past. */
    public long freeNs() {
        return paidNs.get();
    }

    /** How long, until now, somebody had something to send and was not let. */
    public long heldNs(final long nowNs) {
        return heldNs.get() - Math.max(0, Math.min(heldUntilNs.get() - nowNs, heldNs.get()));
    }
}
