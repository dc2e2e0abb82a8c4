package io.tcpreplayj.linux;

/**
 * The mark of every packet that sockets of this process send past the kernel's TCP (SO_MARK, socket(7)): rules know them by
 * it. Each process has its own, so that the rules of one replay pass over the packets of another.
 */
public final class SendMark {
    /** "t", and the process's id, which Linux keeps below 2^22 (PID_MAX_LIMIT, include/linux/threads.h). */
    private static final int VALUE = 't' << 24 | (int) (ProcessHandle.current().pid() & 0xffffff);

    /** As rules of nftables write it. */
    public static final String TEXT = "0x" + Integer.toHexString(VALUE);

    private static final int SOL_SOCKET = 1;
    private static final int SO_MARK = 36;

    private SendMark() {}

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
