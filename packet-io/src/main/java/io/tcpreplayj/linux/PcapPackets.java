package io.tcpreplayj.linux;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The packets of a live handle of libpcap (pcap(3PCAP)) that somebody else opens, without blocking, and closes. libpcap
 * gives a block of its ring back to the kernel with the block's last packet, and a packet must stay until the next
 * {@link #poll}: so it is copied, into memory that is used again. Nothing is allocated for a packet. One thread.
 *
 * <p>The filter is ours and not libpcap's, on libpcap's socket: its language has no word for marks (see {@link SendMark}).
 *
 * <pre>
 * struct pcap_pkthdr: tv_sec  tv_nsec  caplen  len      struct pcap_stat: ps_recv  ps_drop  ps_ifdrop
 *                     0       8        16      20                         0        4        8
 * </pre>
 */
public final class PcapPackets {
    private static final int HEADER_BYTES = 24;
    private static final int ROOM_BYTES = 4 << 20;

    /** What a frame takes in the ring besides its bytes: struct tpacket3_hdr, struct sockaddr_ll, alignment. */
    private static final int OVERHEAD_BYTES = 96;

    private final long pcap;
    private final int linktype;
    private final int snaplen;
    private final Descriptor socket;
    private final NativeMemory headerAddress = NativeMemory.allocate(8);
    private final NativeMemory dataAddress = NativeMemory.allocate(8);
    private final NativeMemory statistics = NativeMemory.allocate(16);
    private final ByteBuffer room = ByteBuffer.allocateDirect(ROOM_BYTES).order(ByteOrder.BIG_ENDIAN);

    /** libpcap has one place for the header and one for the bytes. */
    private long headerAt;

    private long dataAt;
    private ByteBuffer header = room;
    private ByteBuffer data = room;

    private @Nullable IOException failure;
    private boolean mayHaveMore;
    private long read;
    private long readBytes;
    private int countedReceived;
    private int countedDropped;
    private long seen;
    private long drops;

    /**
     * Begins to capture: what came before the filter is thrown away.
     *
     * @param pcap address of the pcap_t, with times in nanoseconds
     * @param linktype of its packets
     * @param snaplen of the handle, at most {@link LiveCapture#SNAPLEN} and a bit
     */
    public PcapPackets(final long pcap, final int linktype, final int snaplen, final PacketFilter filter)
            throws IOException {
        this.pcap = pcap;
        this.linktype = linktype;
        this.snaplen = snaplen;
        final int fd = LibpcapCalls.pcap_get_selectable_fd(pcap);
        if (fd < 0) {
            throw new IOException("libpcap has no descriptor for this interface");
        }
        socket = Descriptor.of(fd);
        PacketFilter.nothing().attachTo(socket);
        handOver();
        while (next() > 0) {
            // What came before the filter. Its times would not tell: the clock may be set back before the first packet
            // comes.
        }
        ask();
        countedReceived = statistics.buffer().getInt(0);
        countedDropped = statistics.buffer().getInt(4);
        filter(filter);
    }

    /** Longer than a packet is on its way through the kernel to the socket, and stays in a block of the ring. */
    private static void handOver() {
        final long dueNs = System.nanoTime() + LiveCapture.HANDED_OVER_NS;
        for (long leftNs = LiveCapture.HANDED_OVER_NS; leftNs > 0; leftNs = dueNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
    }

    /** Another filter from now on, for frames as the kernel has them. */
    public void filter(final PacketFilter filter) throws LinuxException {
        filter.attachTo(socket);
    }

    /**
     * Hands over the packets that are there. They stay where they are until the next call.
     *
     * @return packets handed over, at most {@code limit}
     */
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        int count = 0;
        int at = 0;
        while (count < limit && at + snaplen <= ROOM_BYTES) {
            if (!hasNext(count)) {
                mayHaveMore = false;
                return count;
            }
            final long captureTimeNs = header.getLong(0) * 1_000_000_000L + header.getLong(8);
            final int caplen = Math.min(header.getInt(16), snaplen);
            room.put(at, data, 0, caplen);
            handler.onPacket(room, at, caplen, header.getInt(20), captureTimeNs, linktype);
            at += caplen;
            count++;
            read++;
            readBytes += caplen;
        }
        mayHaveMore = true;
        return count;
    }

    /** An error behind packets that were handed over is the next call's. */
    private boolean hasNext(final int count) throws IOException {
        final IOException before = failure;
        if (before != null) {
            failure = null;
            throw before;
        }
        try {
            return next() > 0;
        } catch (final IOException e) {
            if (count == 0) {
                throw e;
            }
            failure = e;
            return false;
        }
    }

    /** 1 when there is another packet, 0 when there is none. */
    private int next() throws IOException {
        final int result = LibpcapCalls.pcap_next_ex(pcap, headerAddress.address(), dataAddress.address());
        if (result < 0) {
            throw new IOException("libpcap: " + error());
        }
        if (result > 0) {
            header = headerAt(headerAddress.buffer().getLong(0));
            data = dataAt(dataAddress.buffer().getLong(0));
        }
        return result;
    }

    private ByteBuffer headerAt(final long address) {
        if (address != headerAt) {
            headerAt = address;
            return NativeMemory.at(address, HEADER_BYTES);
        }
        return header;
    }

    private ByteBuffer dataAt(final long address) {
        if (address != dataAt) {
            dataAt = address;
            return NativeMemory.at(address, snaplen);
        }
        return data;
    }

    private String error() {
        final long text = LibpcapCalls.pcap_geterr(pcap);
        // PCAP_ERRBUF_SIZE, closed by a zero byte.
        final ByteBuffer bytes = NativeMemory.at(text, 256);
        final byte[] all = new byte[256];
        int length = 0;
        while (length < all.length && bytes.get(length) != 0) {
            all[length] = bytes.get(length);
            length++;
        }
        return new String(all, 0, length, StandardCharsets.UTF_8);
    }

    private void ask() throws IOException {
        if (LibpcapCalls.pcap_stats(pcap, statistics.address()) < 0) {
            throw new IOException("libpcap: " + error());
        }
    }

    /** Asks for the counts, which are of 32 bits there. */
    public void count() throws IOException {
        ask();
        final int received = statistics.buffer().getInt(0);
        final int dropped = statistics.buffer().getInt(4);
        seen += Integer.toUnsignedLong(received - countedReceived);
        drops += Integer.toUnsignedLong(dropped - countedDropped);
        countedReceived = received;
        countedDropped = dropped;
    }

    /** Packets that passed the filter, at the last {@link #count}. */
    public long seen() {
        return seen;
    }

    /** Packets of those that found libpcap's buffer full. */
    public long drops() {
        return drops;
    }

    /**
     * How much of the ring waits to be read, at least and about: libpcap tells of packets only, so each counts as long as those
     * before. 0 when there were no more.
     */
    public long waitingBytes() throws IOException {
        if (!mayHaveMore || read == 0) {
            return 0;
        }
        count();
        return Math.max(0, seen - drops - read) * (OVERHEAD_BYTES + readBytes / read);
    }

    /** Readable when there are packets. */
    public int fd() {
        return socket.fd();
    }
}
