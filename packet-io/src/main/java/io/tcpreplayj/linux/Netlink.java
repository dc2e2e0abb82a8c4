package io.tcpreplayj.linux;

import java.nio.ByteBuffer;

/**
 * A netlink socket: asks the kernel about links, addresses, routes and neighbours, and changes them (rtnetlink(7)), or
 * about its connections (sock_diag(7)).
 */
final class Netlink implements AutoCloseable {
    /** Takes one answer: {@code body} is where the family header begins. */
    @FunctionalInterface
    interface Answer {
        void onMessage(int type, ByteBuffer message, int body, int end);
    }

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int NETLINK_ROUTE = 0;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int RECEIVE_BYTES = 64 * 1024;
    private static final long PATIENCE_NS = 2_000_000_000L;

    private final Descriptor socket;
    private final NativeMemory send = NativeMemory.allocate(NetlinkMessage.CAPACITY);
    private final NativeMemory receive = NativeMemory.allocate(RECEIVE_BYTES);
    private final Poller poller;
    private int sequence;

    /** For rtnetlink(7). */
    Netlink() throws LinuxException {
        this(NETLINK_ROUTE);
    }

    /** @param family which part of the kernel is asked, netlink(7) */
    Netlink(final int family) throws LinuxException {
        socket = Descriptor.socket(AF_NETLINK, SOCK_RAW, family);
        poller = new Poller(socket.fd());
    }

    /** Sends {@code request} and waits until the kernel has done it. */
    void change(final NetlinkMessage request, final String what) throws LinuxException {
        ask(request, what, (type, message, body, end) -> {});
    }

    /** Sends {@code request} and hands over every answer until the kernel says that it was the last. */
    void ask(final NetlinkMessage request, final String what, final Answer answer) throws LinuxException {
        if (!request.isDump()) {
            request.addFlags(NetlinkMessage.NLM_F_ACK);
        }
        final int length = request.copyTo(send.buffer(), ++sequence);
        final long sent = LibC.sendto(socket.fd(), send.address(), length, 0, 0, 0);
        if (sent < 0) {
            throw new LinuxException("sendto", LibC.errno(), "netlink: " + what);
        }
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!takeDatagram(what, answer)) {
            if (System.nanoTime() > deadlineNs) {
                throw new LinuxException("recv", Errno.EAGAIN, "netlink gave no answer: " + what);
            }
        }
    }

    /** Returns whether the last answer came. */
    private boolean takeDatagram(final String what, final Answer answer) throws LinuxException {
        poller.await(PATIENCE_NS);
        final int length = (int) LibC.recv(socket.fd(), receive.address(), RECEIVE_BYTES, 0);
        if (length < 0) {
            final int errno = LibC.errno();
            if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
                return false;
            }
            throw new LinuxException("recv", errno, "netlink: " + what);
        }
        final ByteBuffer buffer = receive.buffer();
        int at = 0;
        while (at + NetlinkMessage.HEADER_BYTES <= length) {
            final int messageLength = buffer.getInt(at);
            if (messageLength < NetlinkMessage.HEADER_BYTES || at + messageLength > length) {
                break;
            }
            final int type = Short.toUnsignedInt(buffer.getShort(at + 4));
            if (buffer.getInt(at + 8) == sequence) {
                final int body = at + NetlinkMessage.HEADER_BYTES;
                if (type == NLMSG_DONE || type == NLMSG_ERROR) {
                    // A dump that failed ends with its error, too.
                    final int error = at + messageLength < body + Integer.BYTES ? 0 : buffer.getInt(body);
                    if (error < 0) {
                        throw new LinuxException("netlink", -error, what);
                    }
                    return true;
                }
                answer.onMessage(type, buffer, body, at + messageLength);
            }
            at += (messageLength + 3) & ~3;
        }
        return false;
    }

    /** For messages that are no answers. */
    Descriptor socket() {
        return socket;
    }

    @Override
    public void close() {
        socket.close();
    }
}
