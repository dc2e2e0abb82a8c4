package io.tcpreplayj.pcap.live;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinkWatch;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.PcapPackets;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * The packets of one interface, or of all, by libpcap: pcap4j opens it, {@link PcapPackets} reads, for what pcap4j itself
 * hands over is an array of its own for each packet.
 */
public final class PcapCapture implements LiveCapture {
    /** libpcap's own pseudo-interface. */
    private static final String ANY = "any";

    private final PcapHandle handle;
    private final PcapPackets packets;
    private final LinkWatch watch;
    private final Settings settings;
    private final int linktype;
    private final boolean leavesOutCopies;
    private boolean open = true;

    private PcapCapture(final PcapHandle handle, final @Nullable Link link, final Settings settings)
            throws IOException, ReflectiveOperationException {
        this.handle = handle;
        this.settings = settings;
        watch = new LinkWatch(link);
        linktype = linktype(handle);
        leavesOutCopies = link == null || link.loopback();
        packets = new PcapPackets(
                Libpcap.address(handle), linktype, settings.snaplen, guarded(settings.filter.apply(linktype)));
    }

    /**
     * How to capture.
     *
     * @param filter compiles for a link type; no packet that it refuses is handed over
     * @param snaplen bytes of each packet to keep, at most {@link LiveCapture#SNAPLEN}
     * @param bufferBytes libpcap's ring
     * @param immediate each packet at once, in a slot of {@code snaplen} bytes; else blocks of them within some milliseconds
     * @param promiscuous also packets to other hosts; of one interface only
     * @param incomingOnly nothing that this host sends
     */
    public record Settings(
            IntFunction<PacketFilter> filter,
            int snaplen,
            int bufferBytes,
            boolean immediate,
            boolean promiscuous,
            boolean incomingOnly) {}

    /**
     * Opens one. What the loopback interface sends is left out, for it is what it receives; and so is what this process sends
     * past the kernel's TCP.
     *
     * @param link or null for all interfaces
     * @throws BpfException when there is no libpcap, or it refuses
     */
    public static PcapCapture open(final @Nullable Link link, final Settings settings) throws IOException {
        final String name = link == null ? ANY : link.name();
        return Libpcap.using(
                "capturing by libpcap", "apt-get install libpcap0.8, or --capture ring, which does not need it", () -> {
                    try {
                        return open(name, link, settings);
                    } catch (final PcapNativeException e) {
                        throw new BpfException(
                                "libpcap does not capture on " + name + ": " + e.getMessage(),
                                "it needs CAP_NET_RAW, and an interface that is up: ip -brief link");
                    }
                });
    }

    private static PcapCapture open(final String name, final @Nullable Link link, final Settings settings)
            throws PcapNativeException, NotOpenException, IOException, ReflectiveOperationException {
        final PcapHandle handle = new PcapHandle.Builder(name)
                .snaplen(settings.snaplen)
                .bufferSize(settings.bufferBytes)
                .timeoutMillis(1)
                .immediateMode(settings.immediate)
                .promiscuousMode(
                        settings.promiscuous && link != null
                                ? PromiscuousMode.PROMISCUOUS
                                : PromiscuousMode.NONPROMISCUOUS)
                .timestampPrecision(PcapHandle.TimestampPrecision.NANO)
                .build();
        boolean done = false;
        try {
            if (settings.incomingOnly) {
                handle.setDirection(PcapHandle.PcapDirection.IN);
            }
            handle.setBlockingMode(PcapHandle.BlockingMode.NONBLOCKING);
            if (handle.getDlt().value() == Linktype.LINUX_SLL) {
                tellInterfaces(handle);
            }
            final PcapCapture capture = new PcapCapture(handle, link, settings);
            done = true;
            return capture;
        } finally {
            if (!done) {
                handle.close();
            }
        }
    }

    /** The newer header says which interface it was. */
    private static void tellInterfaces(final PcapHandle handle) throws NotOpenException {
        try {
            handle.setDlt(DataLinkType.getInstance(Linktype.LINUX_SLL2));
        } catch (final PcapNativeException e) {
            // libpcap before 1.10 does not know it, and then the older one it is.
            return;
        }
    }

    private static int linktype(final PcapHandle handle) {
        return Libpcap.linktype(handle.getDlt().value());
    }

    private PacketFilter guarded(final PacketFilter filter) {
        return filter.guarded(leavesOutCopies);
    }

    @Override
    public int linktype() {
        return linktype;
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        checkOpen();
        try {
            return packets.poll(handler, limit);
        } catch (final IOException e) {
            // The kernel hands its last block over in its own time, which may be behind that.
            if (watch.look() == LinkWatch.State.UP) {
                throw e;
            }
            return 0;
        }
    }

    /** Behind {@link #close} libpcap would write through memory that is no longer its own. */
    private void checkOpen() {
        if (!open) {
            throw new IllegalStateException("the capture is closed");
        }
    }

    @Override
    public double fill() throws IOException {
        checkOpen();
        return Math.min(1, (double) packets.waitingBytes() / settings.bufferBytes);
    }

    @Override
    public boolean wentDown() {
        return watch.wentDown();
    }

    @Override
    public void stop() throws IOException {
        checkOpen();
        packets.filter(PacketFilter.nothing());
    }

    @Override
    public void filter(final PacketFilter filter) throws IOException {
        checkOpen();
        packets.filter(guarded(filter));
    }

    @Override
    public void count() throws IOException {
        checkOpen();
        packets.count();
    }

    @Override
    public long seen() {
        return packets.seen();
    }

    @Override
    public long drops() {
        return packets.drops();
    }

    @Override
    public int[] fds() {
        return new int[] {packets.fd()};
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            handle.close();
        }
    }
}
