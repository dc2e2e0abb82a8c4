package io.tcpreplayj.linux;

import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * The mark of every packet that sockets of this process send past the kernel's TCP (SO_MARK, socket(7)): rules know them by
 * it. Each process has a random one, so that the rules of one replay pass over the packets of another; its process id would
 * not do, for it is a name within one PID namespace only.
 *
 * <p>Bits that others are known to test by mask stay clear: 0x4000 and 0x8000 (kube-proxy), 0xff0000 (Tailscale; the first
 * eight that Calico takes from its 0xffff0000; Weave's 0x20000), 0x0f00 (Cilium) and 0x80 (the AWS VPC CNI).
 */
public final class SendMark {
    /** The bits that may be set: seventeen. */
    static final int FREE_BITS = 0xff00307f;

    private static final int VALUE = draw(ThreadLocalRandom.current());

    /** As rules of nftables write it. */
    public static final String TEXT = "0x" + Integer.toHexString(VALUE);

    private static final int SOL_SOCKET = 1;
    private static final int SO_MARK = 36;

    private SendMark() {}

    /** A mark, never 0, which is that of unmarked packets. */
    static int draw(final RandomGenerator random) {
        int mark = 0;
        while (mark == 0) {
            mark = random.nextInt() & FREE_BITS;
        }
        return mark;
    }

    static int value() {
        return VALUE;
    }

    /** Marks what {@code socket} sends, where this process may: before Linux 5.17 that takes CAP_NET_ADMIN. */
    static void set(final Descriptor socket) throws LinuxException {
        try {
            socket.setOption(SOL_SOCKET, SO_MARK, VALUE);
        } catch (final LinuxException e) {
            // Without that capability there are no rules of ours that would look for the mark either.
            if (!e.errno().equals(Errno.name(Errno.EPERM))) {
                throw e;
            }
        }
    }
}
