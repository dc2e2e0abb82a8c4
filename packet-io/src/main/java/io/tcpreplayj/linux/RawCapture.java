package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What comes in for this host over TCP and UDP, as raw sockets at the IP layer see it (raw(7)): behind the firewall's input,
 * without link layer, in super-segments where the kernel made them, fragments put together. What this host sends is not
 * seen: of each connection there is the other's side, of which a flow can be made.
 */
public final class RawCapture implements LiveCapture {
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final List<RawReceiver> receivers;
    private final LinkWatch watch;

    private RawCapture(final List<RawReceiver> receivers, final LinkWatch watch) {
        this.receivers = receivers;
        this.watch = watch;
    }

    /**
     * Opens a socket for each protocol and IP version.
     *
     * @param link or null for all interfaces
     * @param filter a program for {@link Linktype#RAW}
     * @param queueBytes that may wait in each of the sockets; without CAP_NET_ADMIN net.core.rmem_max is the most
     * @throws LinuxException EPERM without CAP_NET_RAW
     */
    public static RawCapture open(final @Nullable Link link, final PacketFilter filter, final long queueBytes)
            throws LinuxException {
        final List<RawReceiver> receivers = new ArrayList<>();
        boolean done = false;
        try {
            for (final boolean v4 : new boolean[] {true, false}) {
                for (final int protocol : new int[] {TCP, UDP}) {
                    add(receivers, v4, protocol, link, filter, queueBytes);
                }
            }
            done = true;
            return new RawCapture(receivers, new LinkWatch(link));
        } finally {
            if (!done) {
                receivers.forEach(RawReceiver::close);
            }
        }
    }

    private static void add(
            final List<RawReceiver> receivers,
            final boolean v4,
            final int protocol,
            final @Nullable Link link,
            final PacketFilter filter,
            final long queueBytes)
            throws LinuxException {
        try {
            receivers.add(RawReceiver.open(v4, protocol, link, filter, queueBytes));
        } catch (final LinuxException e) {
            // A kernel without IPv6 has no packets of it.
            if (v4 || !e.errno().equals("EAFNOSUPPORT")) {
                throw e;
            }
        }
    }

    @Override
    public int linktype() {
        return Linktype.RAW;
    }

    /** One batch of each socket, or a few packets more than {@code limit}: a batch is not cut. */
    @Override
    public int poll(final PacketHandler handler, final int limit) throws LinuxException {
        int count = 0;
        for (int i = 0; i < receivers.size() && count < limit; i++) {
            count += receivers.get(i).poll(handler);
        }
        return count;
    }

    @Override
    public double fill() throws LinuxException {
        double fill = 0;
        for (int i = 0; i < receivers.size(); i++) {
            fill = Math.max(fill, receivers.get(i).fill());
        }
        return fill;
    }

    /** Bytes that may wait in each of the sockets: what the kernel made of the wish. */
    public long queueBytes() throws LinuxException {
        return receivers.get(0).queueBytes();
    }

    @Override
    public boolean wentDown() {
        return watch.wentDown();
    }

    @Override
    public void stop() throws LinuxException {
        for (final RawReceiver receiver : receivers) {
            receiver.stop();
        }
    }

    @Override
    public void filter(final PacketFilter filter) throws LinuxException {
        for (final RawReceiver receiver : receivers) {
            receiver.filter(filter);
        }
    }

    @Override
    public void count() throws LinuxException {
        for (final RawReceiver receiver : receivers) {
            receiver.count();
        }
    }

    /**
     * Of what passed the filter the kernel has no count of its own: it is what was read and what was lost, and no proof of
     * either.
     */
    @Override
    public long seen() {
        long read = 0;
        for (int i = 0; i < receivers.size(); i++) {
            read += receivers.get(i).read();
        }
        return read + drops();
    }

    /** While a queue is full, the kernel counts also what the filter would have refused: it does not look. */
    @Override
    public long drops() {
        long drops = 0;
        for (int i = 0; i < receivers.size(); i++) {
            drops += receivers.get(i).drops();
        }
        return drops;
    }

    @Override
    public int[] fds() {
        return receivers.stream().mapToInt(RawReceiver::fd).toArray();
    }

    @Override
    public void close() {
        receivers.forEach(RawReceiver::close);
    }

    @Override
    public String toString() {
        return "raw sockets " + Arrays.toString(fds());
    }
}
