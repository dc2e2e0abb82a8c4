package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The frames that come in by one interface, in a ring that the kernel fills and we read without a system call
 * (PACKET_RX_RING with TPACKET_V2, packet(7)). V2 and not V3, because V3 hands over whole blocks after at least a tick
 * (4 ms): too late for ACKs. Our own outgoing frames are left out, which on the loopback interface would come twice.
 * One thread.
 *
 * <pre>
 * struct tpacket2_hdr: tp_status  tp_len  tp_snaplen  tp_mac (16 bits)  tp_net (16 bits)  tp_sec  tp_nsec
 *                      0          4       8           12                14                16      20
 * </pre>
 *
 * Local senders leave TCP checksums to the hardware, so those of veth and loopback frames may be partial: see
 * {@link #checksumKnown}.
 */
public final class PacketRing implements AutoCloseable {
    private static final int TPACKET_V2 = 1;
    private static final int TP_STATUS_CSUMNOTREADY = 1 << 3;
    private static final int TP_STATUS_CSUM_VALID = 1 << 7;
    // TPACKET2_HDRLEN, aligned, plus the alignment of the network header: at most so much before the frame.
    private static final int HEADROOM = 96;
    private static final int ALIGNMENT = 16;
    private static final int BLOCK_BYTES = 1 << 20;
    private static final int EMPTY_POLLS_BEFORE_ERROR_CHECK = 64;

    private final RingSocket socket;
    private final String name;
    private final int slotBytes;
    private final int slotsPerBlock;
    private final int slots;
    private final ByteBuffer ring;
    private final ByteBuffer frames;
    private int next;
    private int emptyPolls;
    private long drops;
    private boolean checksumKnown;
    private boolean open = true;

    private PacketRing(final RingSocket socket, final Link link, final int snaplen, final int blocks)
            throws LinuxException {
        this.socket = socket;
        this.name = link.name();
        slotBytes = (HEADROOM + snaplen + ALIGNMENT - 1) & -ALIGNMENT;
        slotsPerBlock = BLOCK_BYTES / slotBytes;
        slots = slotsPerBlock * blocks;
        final NativeMemory request = NativeMemory.allocate(16);
        request.buffer()
                .putInt(0, BLOCK_BYTES)
                .putInt(4, blocks)
                .putInt(8, slotBytes)
                .putInt(12, slots);
        final int bytes = blocks * BLOCK_BYTES;
        ring = socket.map(request, 16, bytes, "ring of " + bytes + " bytes on " + name);
        frames = ring.duplicate().order(ByteOrder.BIG_ENDIAN);
    }

    /**
     * Opens a ring. No frame that {@code filter} refuses is ever in it.
     *
     * @param snaplen bytes of a frame that a slot holds: 64 for headers only, 65,550 for the super-segments of veth and
     *     loopback; at most 1,000,000
     * @param ringBytes rounded to whole MiB, 1 MiB to 1 GiB
     * @throws LinuxException EPERM without CAP_NET_RAW; ENOMEM; EINVAL from a kernel older than 4.20
     */
    public static PacketRing open(final Link link, final PacketFilter filter, final int snaplen, final long ringBytes)
            throws LinuxException {
        return open(link, filter, snaplen, ringBytes, true);
    }

    /**
     * As {@link #open}, of the frames that this machine sends by {@code link} too: for a {@link SinkDevice}, by which nothing
     * comes in.
     */
    public static PacketRing openOutgoing(
            final Link link, final PacketFilter filter, final int snaplen, final long ringBytes) throws LinuxException {
        return open(link, filter, snaplen, ringBytes, false);
    }

    private static PacketRing open(
            final Link link,
            final PacketFilter filter,
            final int snaplen,
            final long ringBytes,
            final boolean ignoreOutgoing)
            throws LinuxException {
        final RingSocket socket = RingSocket.open(RingSocket.SOCK_RAW, TPACKET_V2);
        boolean done = false;
        try {
            if (ignoreOutgoing) {
                socket.ignoreOutgoing();
            }
            filter.attachTo(socket.descriptor());
            final int blocks = (int) Math.max(1, Math.min(1024, ringBytes / BLOCK_BYTES));
            final PacketRing ring = new PacketRing(socket, link, snaplen, blocks);
            socket.bind(link.index(), link.name());
            done = true;
            return ring;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /**
     * Hands over the frames that are there, as {@link Linktype#ETHERNET}, without waiting. While the interface is set down
     * there are none; the kernel fills the ring again when it is up.
     *
     * @return frames handed over, at most {@code limit}
     */
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        if (!open) {
            throw new IllegalStateException("the ring on " + name + " is closed");
        }
        int count = 0;
        while (count < limit) {
            final int slot = next / slotsPerBlock * BLOCK_BYTES + next % slotsPerBlock * slotBytes;
            final int status = RingSocket.status(ring, slot);
            if ((status & RingSocket.TP_STATUS_USER) == 0) {
                break;
            }
            checksumKnown = (status & (TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID)) != 0;
            final long captureTimeNs = Integer.toUnsignedLong(ring.getInt(slot + 16)) * 1_000_000_000L
                    + Integer.toUnsignedLong(ring.getInt(slot + 20));
            handler.onPacket(
                    frames,
                    slot + Short.toUnsignedInt(ring.getShort(slot + 12)),
                    ring.getInt(slot + 8),
                    ring.getInt(slot + 4),
                    captureTimeNs,
                    Linktype.ETHERNET);
            RingSocket.release(ring, slot);
            next = next + 1 == slots ? 0 : next + 1;
            count++;
        }
        if (count == 0 && ++emptyPolls == EMPTY_POLLS_BEFORE_ERROR_CHECK) {
            emptyPolls = 0;
            socket.wentDown(name);
        }
        return count;
    }

    /**
     * Of the frame that is being handed over: whether its transport checksum needs no look, because the kernel or the card
     * found it right, or because it has not been computed yet (if_packet.h: TP_STATUS_CSUM_VALID, TP_STATUS_CSUMNOTREADY).
     */
    public boolean checksumKnown() {
        return checksumKnown;
    }

    /** Readable when a frame is there. */
    public int fd() {
        return socket.descriptor().fd();
    }

    /** Frames that passed the filter and found the ring full. Asks the kernel: not for the hot path. */
    public long drops() throws LinuxException {
        drops += Integer.toUnsignedLong(socket.statistics(8).getInt(4));
        return drops;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            socket.close();
        }
    }
}
