package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.PortSpan;
import io.tcpreplayj.cli.flags.TimeBound;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.pcap.live.BpfException;
import io.tcpreplayj.pcap.live.BpfFilter;
import io.tcpreplayj.replay.UserException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which packets {@code index} takes: all conditions hold at once. Time and expression are asked of the packet as it was
 * captured, ports and hosts of the segment that is in it, however it was wrapped.
 */
final class PacketSelection {
    private final @Nullable TimeBound from;
    private final @Nullable TimeBound to;
    private final @Nullable BpfFilter filter;
    private final List<PortSpan> ports;
    private final List<Cidr> hosts;
    private final double share;
    private boolean isResolved;
    private long fromNs = Long.MIN_VALUE;
    private long toNs = Long.MAX_VALUE;

    private PacketSelection(
            final @Nullable TimeBound from,
            final @Nullable TimeBound to,
            final @Nullable BpfFilter filter,
            final List<PortSpan> ports,
            final List<Cidr> hosts,
            final double share) {
        this.from = from;
        this.to = to;
        this.filter = filter;
        this.ports = List.copyOf(ports);
        this.hosts = List.copyOf(hosts);
        this.share = share;
        isResolved = from == null && to == null;
    }

    /** Takes every packet. */
    static PacketSelection all() {
        return new PacketSelection(null, null, null, List.of(), List.of(), 1);
    }

    boolean isAll() {
        return from == null && to == null && filter == null && ports.isEmpty() && hosts.isEmpty() && share == 1;
    }

    /**
     * From {@code --from --to --port --host --sample} and an expression.
     *
     * @param expression of pcap-filter(7), or empty
     */
    static PacketSelection of(final LowArgs args, final String expression) {
        final List<PortSpan> ports = new ArrayList<>();
        args.all(Flags.PACKET_PORT).forEach(text -> ports.addAll(PortSpan.parseAll(Flags.PACKET_PORT, text)));
        final List<Cidr> hosts = args.all(Flags.PACKET_HOST).stream()
                .map(text -> Selection.network(Flags.PACKET_HOST, text))
                .toList();
        final String from = args.value(Flags.FROM);
        final String to = args.value(Flags.TO);
        final String sample = args.value(Flags.SAMPLE);
        return new PacketSelection(
                from == null ? null : TimeBound.parse(Flags.FROM, from),
                to == null ? null : TimeBound.parse(Flags.TO, to),
                expression.isEmpty() ? null : compile(expression),
                ports,
                hosts,
                sample == null ? 1 : Units.percent(Flags.SAMPLE, sample));
    }

    // Alone in a method: whoever gives no expression never loads what compiles it.
    private static BpfFilter compile(final String expression) {
        try {
            return new BpfFilter(expression);
        } catch (final BpfException e) {
            throw refused(e);
        }
    }

    static UserException refused(final BpfException cause) {
        final UserException failure = new UserException(String.valueOf(cause.getMessage()), cause.hint());
        failure.initCause(cause);
        return failure;
    }

    /** Whether a packet is taken, before it is known what is in it. */
    boolean takes(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        if (!isResolved) {
            resolve(captureTimeNs);
        }
        // A time that no long can hold is held as the greatest; it is before no end, and taken where none was given.
        return captureTimeNs >= fromNs
                && (captureTimeNs < toNs || toNs == Long.MAX_VALUE)
                && (filter == null || passes(filter, buffer, offset, caplen, origlen, linktype));
    }

    private static boolean passes(
            final BpfFilter filter,
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final int linktype) {
        try {
            return filter.accepts(buffer, offset, caplen, origlen, linktype);
        } catch (final BpfException e) {
            throw refused(e);
        }
    }

    /** Whether a segment is taken. */
    boolean takes(final PacketView view) {
        return hasPort(view) && hasHost(view) && (share == 1 || isSampled(view));
    }

    /**
     * The same answer for both directions. Who is the client is only told by a SYN, which most segments are not: the server is
     * who has a selected port, else the lower one.
     */
    private boolean isSampled(final PacketView view) {
        final boolean bySelection = contains(view.sourcePort()) != contains(view.destinationPort());
        final boolean fromServer = bySelection
                ? contains(view.sourcePort())
                : view.sourcePort() < view.destinationPort()
                        || (view.sourcePort() == view.destinationPort() && isLesser(view));
        return fromServer
                ? Selection.sampled(view.destinationHigh(), view.destinationLow(), share)
                : Selection.sampled(view.sourceHigh(), view.sourceLow(), share);
    }

    private static boolean isLesser(final PacketView view) {
        return view.sourceHigh() != view.destinationHigh()
                ? view.sourceHigh() < view.destinationHigh()
                : view.sourceLow() < view.destinationLow();
    }

    private boolean contains(final int port) {
        for (int i = 0; i < ports.size(); i++) {
            if (ports.get(i).contains(port)) {
                return true;
            }
        }
        return false;
    }

    private boolean hasPort(final PacketView view) {
        return ports.isEmpty() || contains(view.sourcePort()) || contains(view.destinationPort());
    }

    private boolean hasHost(final PacketView view) {
        for (int i = 0; i < hosts.size(); i++) {
            if (hosts.get(i).contains(view.sourceHigh(), view.sourceLow())
                    || hosts.get(i).contains(view.destinationHigh(), view.destinationLow())) {
                return true;
            }
        }
        return hosts.isEmpty();
    }

    /** The first packet of all says what a time of day and a distance mean. */
    private void resolve(final long firstPacketNs) {
        fromNs = from == null ? Long.MIN_VALUE : from.resolve(firstPacketNs);
        toNs = to == null ? Long.MAX_VALUE : to.resolve(firstPacketNs);
        isResolved = true;
    }
}
