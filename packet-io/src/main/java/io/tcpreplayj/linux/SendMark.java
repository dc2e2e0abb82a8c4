package io.tcpreplayj.linux;

/** The mark of every packet that sockets of ours send past the kernel's TCP (SO_MARK, socket(7)): rules know them by it. */
public final class SendMark {
    /** As rules of nftables write it; "tj". */
    public static final String TEXT = "0x746a";

    private static final int VALUE = 0x746a;
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
