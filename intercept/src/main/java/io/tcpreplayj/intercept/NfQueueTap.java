package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.NfQueue;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/** The answers that a rule sends to a queue of the kernel's filter; who sees them drops them. */
final class NfQueueTap implements ResponseTap {
    private final NfQueue queue;
    private long lastDrops;

    NfQueueTap(final NfQueue queue) {
        this.queue = queue;
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        return queue.poll(handler, limit);
    }

    /** The packets never leave this machine, and their checksums are mostly not computed yet. */
    @Override
    public boolean checksumKnown() {
        return true;
    }

    /** The kernel takes no verdict from others (nfnetlink_rcv of net/netfilter/nfnetlink.c). */
    @Override
    public boolean needsNetAdmin() {
        return true;
    }

    @Override
    public int fd() {
        return queue.fd();
    }

    @Override
    public long drops() {
        try {
            lastDrops = queue.drops();
        } catch (final IOException e) {
            // The kernel does not tell any more: what was dropped before is still the answer.
            return lastDrops;
        }
        return lastDrops;
    }

    @Override
    public void close() {
        queue.close();
    }
}
