package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * All frames of one interface, or of all, in both directions, in a ring that the kernel fills and we read without a system
 * call (PACKET_RX_RING with TPACKET_V3, packet(7)): frames lie one behind the other in blocks, so that a ring for
 * super-segments of 64 KiB holds many more small ones. For recording; {@link PacketRing} hands over each frame at once. One
 * thread.
 *
 * <pre>
 * struct tpacket_block_desc: version  offset_to_priv  block_status  num_pkts  offset_to_first_pkt  blk_len  ...
 *                            0        4               8             12        16                   20
 * struct tpacket3_hdr: tp_next_offset  tp_sec  tp_nsec  tp_snaplen  tp_len  tp_status  tp_mac  tp_net  tp_rxhash
 *                      0               4       8        12          16      20         24 (16) 26 (16) 28
 *                      tp_vlan_tci  tp_vlan_tpid      behind it, at 48, a struct sockaddr_ll
 *                      32           36 (16)
 * </pre>
 *
 * What the kernel took off a frame is put back in front of it: the outer VLAN tag, as libpcap does; and of interfaces
 * without Ethernet headers, or of all at once, a header of LINKTYPE_LINUX_SLL2 says where it was seen.
 */
public final class CaptureRing implements LiveCapture {
    private static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_MR_PROMISC = 1;
    private static final int TPACKET_V3 = 2;
    private static final int TP_STATUS_VLAN_VALID = 1 << 4;
    private static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;
    private static final short ETH_P_8021Q = (short) 0x8100;
    /**
     * Room for a segment of 64 KiB and its headers. The kernel hands over a block when a time is over, however little is in it,
     * so a ring lasts the longer the more blocks it has; and it gives each a power of two.
     */
    private static final int BLOCK_BYTES = 128 * 1024;

    /** The same for a frame of {@link #SNAPLEN} bytes, where there are any. */
    private static final int LARGE_BLOCK_BYTES = 2 * BLOCK_BYTES;

    private static final int MOST_BLOCKS = 8192;

    /** Of a block and of a frame, with what stands in front of it. */
    private static final int HEADER_BYTES = 1024;

    /** Of no meaning in V3, where frames take what they need, but checked. */
    private static final int FRAME_BYTES = 2048;

    private static final int BLOCK_STATUS = 8;
    private static final int SOCKADDR = 48;
    private static final int MAC_ADDRESSES = 12;
    private static final int VLAN_TAG = 4;
    private static final int SLL2_HEADER = 20;

    private final RingSocket socket;
    private final boolean cooked;
    private final boolean ofAll;
    private final int blockBytes;
    private final int blocks;
    private final ByteBuffer ring;
    private final ByteBuffer frames;
    /** The first block that the kernel has not got back. */
    private int oldest;

    /** The block that is being read, and what of it is left. */
    private int current;

    private boolean inBlock;
    private int frame;
    private int framesLeft;
    /** Blocks that were read since the kernel got some back. */
    private int held;

    private long seen;
    private long drops;
    private boolean open = true;

    private CaptureRing(final RingSocket socket, final @Nullable Link link, final Settings settings)
            throws LinuxException {
        this.socket = socket;
        cooked = linktype(link) != Linktype.ETHERNET;
        ofAll = link == null;
        blockBytes = Link.largestPacket() + HEADER_BYTES > BLOCK_BYTES ? LARGE_BLOCK_BYTES : BLOCK_BYTES;
        blocks = (int) Math.max(2, Math.min(MOST_BLOCKS, settings.ringBytes / blockBytes));
        final int bytes = blocks * blockBytes;
        // struct tpacket_req3: block_size, block_nr, frame_size, frame_nr, retire_blk_tov, sizeof_priv,
        // feature_req_word
        final NativeMemory request = NativeMemory.allocate(28);
        request.buffer()
                .putInt(0, blockBytes)
                .putInt(4, blocks)
                .putInt(8, FRAME_BYTES)
                .putInt(12, bytes / FRAME_BYTES)
                .putInt(16, settings.blockTimeoutMs);
        ring = socket.map(request, 28, bytes, "ring of " + bytes + " bytes");
        frames = ring.duplicate().order(ByteOrder.BIG_ENDIAN);
    }

    /**
     * How to capture.
     *
     * @param filter no frame that it refuses is ever in the ring
     * @param ringBytes 1 MiB to 1 GiB
     * @param blockTimeoutMs how long a frame may rest before it is handed over, at least 1
     * @param promiscuous also frames to other hosts, as a mirror port sends them; of one interface only
     */
    public record Settings(PacketFilter filter, long ringBytes, int blockTimeoutMs, boolean promiscuous) {}

    /**
     * The link type of the frames of {@code link}, which a filter is compiled for.
     *
     * @param link or null for all interfaces
     */
    public static int linktype(final @Nullable Link link) {
        return link != null && link.ethernet() ? Linktype.ETHERNET : Linktype.LINUX_SLL2;
    }

    /**
     * Opens a ring. What the loopback interface sends is left out, for it is what it receives; and so is what this process
     * sends past the kernel's TCP ({@link SendMark}).
     *
     * @param link or null for all interfaces
     * @throws LinuxException EPERM without CAP_NET_RAW; ENOMEM; EINVAL from a kernel older than 4.20
     */
    public static CaptureRing open(final @Nullable Link link, final Settings settings) throws LinuxException {
        final boolean cooked = linktype(link) != Linktype.ETHERNET;
        final RingSocket socket = RingSocket.open(cooked ? RingSocket.SOCK_DGRAM : RingSocket.SOCK_RAW, TPACKET_V3);
        boolean done = false;
        try {
            if (link != null && link.loopback()) {
                socket.ignoreOutgoing();
            }
            settings.filter.guarded(link == null).attachTo(socket.descriptor());
            final CaptureRing ring = new CaptureRing(socket, link, settings);
            socket.bind(link == null ? 0 : link.index(), name(link));
            if (settings.promiscuous && link != null) {
                beStranger(socket.descriptor(), link);
            }
            done = true;
            return ring;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    private static String name(final @Nullable Link link) {
        return link == null ? "any" : link.name();
    }

    /** For as long as the socket is open: the kernel counts who wants it, and the interface is set back behind the last. */
    private static void beStranger(final Descriptor socket, final Link link) throws LinuxException {
        // struct packet_mreq: mr_ifindex, mr_type (16 bits), mr_alen (16 bits), mr_address
        final NativeMemory request = NativeMemory.allocate(16);
        request.buffer().putInt(0, link.index()).putShort(4, (short) PACKET_MR_PROMISC);
        socket.setOption(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 16);
    }

    @Override
    public int linktype() {
        return cooked ? Linktype.LINUX_SLL2 : Linktype.ETHERNET;
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) {
        if (!open) {
            throw new IllegalStateException("the ring is closed");
        }
        if (framesLeft == 0) {
            leaveBlock();
        }
        for (; held > 0; held--) {
            RingSocket.release(ring, oldest * blockBytes + BLOCK_STATUS);
            oldest = next(oldest);
        }
        int count = 0;
        while (count < limit && (framesLeft > 0 || enterBlock())) {
            deliver(handler, frame);
            // 0 behind the last one of a block.
            frame += ring.getInt(frame);
            framesLeft--;
            count++;
        }
        return count;
    }

    @Override
    public double fill() {
        // The kernel fills blocks in order, so what waits is in one piece: its end is found by halving.
        int waiting = 0;
        int free = blocks;
        while (waiting < free) {
            final int middle = (waiting + free) >>> 1;
            final int block = (current + middle) % blocks * blockBytes;
            if ((RingSocket.status(ring, block + BLOCK_STATUS) & RingSocket.TP_STATUS_USER) == 0) {
                free = middle;
            } else {
                waiting = middle + 1;
            }
        }
        return (double) waiting / blocks;
    }

    private int next(final int block) {
        return block + 1 == blocks ? 0 : block + 1;
    }

    private void leaveBlock() {
        if (inBlock) {
            inBlock = false;
            held++;
            current = next(current);
        }
    }

    /** Whether there is a frame in the next block that the kernel handed over. */
    private boolean enterBlock() {
        while (framesLeft == 0) {
            leaveBlock();
            final int block = current * blockBytes;
            if (held == blocks || (RingSocket.status(ring, block + BLOCK_STATUS) & RingSocket.TP_STATUS_USER) == 0) {
                return false;
            }
            inBlock = true;
            framesLeft = ring.getInt(block + 12);
            frame = block + ring.getInt(block + 16);
        }
        return true;
    }

    private void deliver(final PacketHandler handler, final int at) {
        final long captureTimeNs = Integer.toUnsignedLong(ring.getInt(at + 4)) * 1_000_000_000L
                + Integer.toUnsignedLong(ring.getInt(at + 8));
        int start = at + Short.toUnsignedInt(ring.getShort(at + 24));
        int prefix = 0;
        final int status = ring.getInt(at + 20);
        final boolean tagged = (status & TP_STATUS_VLAN_VALID) != 0;
        if (cooked) {
            prefix = tagged ? SLL2_HEADER + VLAN_TAG : SLL2_HEADER;
            start -= prefix;
            describe(at, start, status, tagged);
        } else if (tagged && ring.getInt(at + 12) >= MAC_ADDRESSES) {
            prefix = VLAN_TAG;
            start -= prefix;
            frames.putLong(start, frames.getLong(start + VLAN_TAG));
            frames.putInt(start + 8, frames.getInt(start + 8 + VLAN_TAG));
            frames.putShort(start + MAC_ADDRESSES, tpid(at, status));
            frames.putShort(start + MAC_ADDRESSES + 2, (short) ring.getInt(at + 32));
        }
        handler.onPacket(
                frames, start, ring.getInt(at + 12) + prefix, ring.getInt(at + 16) + prefix, captureTimeNs, linktype());
    }

    private short tpid(final int at, final int status) {
        // Zero before 3.14, which said of 802.1Q nothing.
        return (status & TP_STATUS_VLAN_TPID_VALID) == 0 ? ETH_P_8021Q : ring.getShort(at + 36);
    }

    /**
     * LINKTYPE_LINUX_SLL2: protocol, reserved, interface index, ARPHRD_ type, packet type, address length, address. From
     * struct sockaddr_ll: family, protocol (network order), index, ARPHRD_ type, packet type, address length, address.
     */
    private void describe(final int at, final int start, final int status, final boolean tagged) {
        final int from = at + SOCKADDR;
        final short protocol = frames.getShort(from + 2);
        frames.putShort(start, tagged ? tpid(at, status) : protocol);
        frames.putShort(start + 2, (short) 0);
        frames.putInt(start + 4, ring.getInt(from + 4));
        frames.putShort(start + 8, ring.getShort(from + 8));
        frames.put(start + 10, frames.get(from + 10));
        frames.put(start + 11, frames.get(from + 11));
        frames.putLong(start + 12, frames.getLong(from + 12));
        if (tagged) {
            frames.putShort(start + SLL2_HEADER, (short) ring.getInt(at + 32));
            frames.putShort(start + SLL2_HEADER + 2, protocol);
        }
    }

    /** The kernel says it once; a ring of all interfaces never hears it. */
    @Override
    public boolean wentDown() throws LinuxException {
        return socket.wentDown("capture ring");
    }

    @Override
    public void stop() throws LinuxException {
        PacketFilter.nothing().attachTo(socket.descriptor());
    }

    @Override
    public void filter(final PacketFilter filter) throws LinuxException {
        filter.guarded(ofAll).attachTo(socket.descriptor());
    }

    @Override
    public void count() throws LinuxException {
        // In V3 the drops are in the packets.
        final ByteBuffer counts = socket.statistics(12);
        seen += Integer.toUnsignedLong(counts.getInt(0));
        drops += Integer.toUnsignedLong(counts.getInt(4));
    }

    @Override
    public long seen() {
        return seen;
    }

    @Override
    public long drops() {
        return drops;
    }

    /** Readable when a block is full, or old enough. */
    @Override
    public int[] fds() {
        return new int[] {socket.descriptor().fd()};
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            socket.close();
        }
    }
}
