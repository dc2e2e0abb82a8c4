package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Packets that a rule of the kernel's filter sends to a queue (linux/netfilter/nfnetlink_queue.h): each is seen here and then
 * dropped, by one verdict for all that came together. To its sender it was sent. While nobody listens, the kernel drops what
 * the rule finds: nothing passes. One thread; {@link #poll} allocates nothing.
 */
public final class NfQueue implements AutoCloseable {
    private static final int NETLINK_NETFILTER = 12;
    private static final int SUBSYSTEM = 3 << 8;
    private static final int VERDICT_BATCH = SUBSYSTEM | 3;
    private static final int CONFIG = SUBSYSTEM | 2;
    private static final int PACKET = SUBSYSTEM;
    private static final int CFG_CMD = 1;
    private static final int CFG_PARAMS = 2;
    private static final int CFG_QUEUE_MAXLEN = 3;
    private static final int CFG_MASK = 4;
    private static final int CFG_FLAGS = 5;
    private static final int BIND = 1;
    private static final int COPY_PACKET = 2;
    private static final int FLAG_GSO = 1 << 2;
    private static final int ATTRIBUTE_HEADER = 1;
    private static final int ATTRIBUTE_VERDICT = 2;
    private static final int ATTRIBUTE_PAYLOAD = 10;
    private static final int ATTRIBUTE_CAP_LEN = 13;
    private static final int GENERIC_BYTES = 4;
    private static final int NF_DROP = 0;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int RECEIVE_BUFFER = 64 << 20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int BATCH = 64;
    /** What a message holds besides the packet: its header and some attributes. */
    private static final int OVERHEAD = 512;

    private static final int MMSGHDR_BYTES = 64;
    private static final int IOVEC_BYTES = 16;
    private static final int MSG_LEN = 56;
    private static final int QUEUES_BEFORE_GIVING_UP = 64;
    private static final int LARGEST_COPY = 65_531;
    private static final Path COUNTERS = Path.of("/proc/thread-self/net/netfilter/nfnetlink_queue");
    private static final int COLUMN_DROPPED = 5;
    private static final int COLUMN_USER_DROPPED = 6;

    private final Netlink netlink;
    private final int number;
    private final int stride;
    private final NativeMemory memory;
    private final ByteBuffer packets;
    private final NativeMemory iovecs = NativeMemory.allocate(BATCH * IOVEC_BYTES);
    private final NativeMemory messages = NativeMemory.allocate(BATCH * MMSGHDR_BYTES);
    private final NativeMemory verdict = NativeMemory.allocate(NetlinkMessage.CAPACITY);
    private final int verdictBytes;
    private final int verdictId;
    private final WallClock clock = new WallClock();

    private NfQueue(final Netlink netlink, final int number, final int snaplen) {
        this.netlink = netlink;
        this.number = number;
        stride = (snaplen + OVERHEAD + 63) & -64;
        memory = NativeMemory.allocate(BATCH * stride);
        packets = memory.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
        for (int i = 0; i < BATCH; i++) {
            iovecs.buffer().putLong(i * IOVEC_BYTES, memory.address() + (long) i * stride);
            iovecs.buffer().putLong(i * IOVEC_BYTES + 8, stride);
            messages.buffer().putLong(i * MMSGHDR_BYTES + 16, iovecs.address() + (long) i * IOVEC_BYTES);
            messages.buffer().putLong(i * MMSGHDR_BYTES + 24, 1);
        }
        verdictBytes = message(VERDICT_BATCH, number)
                .attribute(
                        ATTRIBUTE_VERDICT,
                        ByteBuffer.allocate(8).putInt(NF_DROP).array())
                .copyTo(verdict.buffer(), 0);
        verdictId = verdictBytes - 4;
    }

    /**
     * Takes over the first free queue from {@code from} on.
     *
     * @param snaplen bytes of each packet that are wanted, at most 65,531
     * @param maxPackets that may wait for their verdict; more are dropped
     * @throws LinuxException EPERM without CAP_NET_ADMIN; EINVAL or EPROTONOSUPPORT without nfnetlink_queue; EBUSY when many
     *     queues are taken
     */
    public static NfQueue open(final int from, final int snaplen, final int maxPackets) throws LinuxException {
        final int copy = Math.min(snaplen, LARGEST_COPY);
        final Netlink netlink = new Netlink(NETLINK_NETFILTER);
        boolean done = false;
        try {
            final int number = bind(netlink, from);
            netlink.change(
                    message(CONFIG, number)
                            .attribute(
                                    CFG_PARAMS,
                                    ByteBuffer.allocate(5)
                                            .putInt(copy)
                                            .put((byte) COPY_PACKET)
                                            .array()),
                    "what is copied");
            netlink.change(
                    message(CONFIG, number).attribute(CFG_QUEUE_MAXLEN, number32(maxPackets)), "length of queue");
            netlink.change(
                    message(CONFIG, number)
                            .attribute(CFG_FLAGS, number32(FLAG_GSO))
                            .attribute(CFG_MASK, number32(FLAG_GSO)),
                    "whole segments");
            netlink.socket().setOption(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
            final NfQueue queue = new NfQueue(netlink, number, copy);
            done = true;
            return queue;
        } finally {
            if (!done) {
                netlink.close();
            }
        }
    }

    private static int bind(final Netlink netlink, final int from) throws LinuxException {
        LinuxException last = new LinuxException("bind", Errno.EBUSY, "queues from " + from);
        for (int number = from; number < from + QUEUES_BEFORE_GIVING_UP; number++) {
            try {
                netlink.change(
                        message(CONFIG, number).attribute(CFG_CMD, new byte[] {BIND, 0, 0, 0}), "queue " + number);
                return number;
            } catch (final LinuxException e) {
                if (!e.errno().equals("EBUSY") && !(e.errno().equals("EPERM") && number > from)) {
                    throw e;
                }
                last = e;
            }
        }
        throw last;
    }

    private static NetlinkMessage message(final int type, final int queue) {
        // struct nfgenmsg: family, version, queue in network byte order.
        return new NetlinkMessage(type, 0).u8(0).u8(0).u8(queue >> 8).u8(queue);
    }

    private static byte[] number32(final int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /** What a rule must name. */
    public int number() {
        return number;
    }

    /**
     * Hands over the packets that are there, as {@link Linktype#RAW}, without waiting, and lets the kernel drop them.
     *
     * @return packets handed over, at most {@code limit}
     */
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        final int count =
                LibC.recvmmsg(netlink.socket().fd(), messages.address(), Math.min(limit, BATCH), MSG_DONTWAIT, 0);
        if (count < 0) {
            final int errno = LibC.errno();
            // What did not fit into the socket the kernel dropped, and counted.
            if (errno == Errno.EAGAIN || errno == Errno.EINTR || errno == Errno.ENOBUFS) {
                return 0;
            }
            throw new LinuxException("recvmmsg", errno, "queue " + number);
        }
        final long nowNs = clock.nowNs();
        // First of all: a handler that fails must not leave packets in the queue, and they are copied.
        decide(count);
        int handed = 0;
        for (int i = 0; i < count; i++) {
            if (header(i) >= 0) {
                handed += hand(handler, attributes(i), end(i), nowNs);
            }
        }
        return handed;
    }

    private int attributes(final int message) {
        return message * stride + NetlinkMessage.HEADER_BYTES + GENERIC_BYTES;
    }

    private int end(final int message) {
        return message * stride + messages.buffer().getInt(message * MMSGHDR_BYTES + MSG_LEN);
    }

    /** Where a packet's is; negative for a message that is none. */
    private int header(final int message) {
        final int end = end(message);
        return isPacket(message * stride, end) ? find(attributes(message), end, ATTRIBUTE_HEADER) : -1;
    }

    private boolean isPacket(final int at, final int end) {
        return end - at >= NetlinkMessage.HEADER_BYTES + GENERIC_BYTES
                && Short.toUnsignedInt(memory.buffer().getShort(at + 4)) == PACKET;
    }

    private int find(final int from, final int end, final int type) {
        return NetlinkMessage.find(memory.buffer(), from, end, type);
    }

    private int hand(final PacketHandler handler, final int from, final int end, final long nowNs) throws IOException {
        final int payload = find(from, end, ATTRIBUTE_PAYLOAD);
        if (payload < 0) {
            return 0;
        }
        final int caplen = Short.toUnsignedInt(memory.buffer().getShort(payload - 4)) - 4;
        final int whole = find(from, end, ATTRIBUTE_CAP_LEN);
        final int origlen = whole < 0 ? caplen : Math.max(caplen, packets.getInt(whole));
        handler.onPacket(packets, payload, caplen, origlen, nowNs, Linktype.RAW);
        return 1;
    }

    /** Each packet needs exactly one verdict, or it waits for ever; those up to the last one get theirs together. */
    private void decide(final int count) throws LinuxException {
        int last = count - 1;
        while (last >= 0 && header(last) < 0) {
            last--;
        }
        if (last < 0) {
            return;
        }
        verdict.buffer().putInt(verdictId, memory.buffer().getInt(header(last)));
        if (LibC.sendto(netlink.socket().fd(), verdict.address(), verdictBytes, 0, 0, 0) < 0) {
            throw new LinuxException("sendto", LibC.errno(), "verdict for queue " + number);
        }
    }

    /** Readable when a packet is there. */
    public int fd() {
        return netlink.socket().fd();
    }

    /** Packets that the kernel dropped unseen, for want of room. Reads a file: not for the hot path. */
    public long drops() throws IOException {
        for (final String line : Files.readAllLines(COUNTERS, StandardCharsets.US_ASCII)) {
            final String[] columns = line.strip().split(" +");
            if (columns.length > COLUMN_USER_DROPPED && columns[0].equals(Integer.toString(number))) {
                return Long.parseLong(columns[COLUMN_DROPPED]) + Long.parseLong(columns[COLUMN_USER_DROPPED]);
            }
        }
        return 0;
    }

    /** Gives the queue back; what waits in it is dropped. */
    @Override
    public void close() {
        netlink.close();
    }
}
