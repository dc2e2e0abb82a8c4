package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.packet.IcmpError;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Finds the replayer for each packet that the tap sees: the tap's thread. Allocates nothing. */
final class ResponseRouter {
    private static final int ETHERNET_HEADER = 14;

    private final ResponseTap tap;
    private final Subscriptions subscriptions;
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final IcmpError icmpError = new IcmpError();
    private final PacketHandler route = this::onPacket;
    private volatile long routed;
    private volatile long unclaimed;

    ResponseRouter(final ResponseTap tap, final Subscriptions subscriptions) {
        this.tap = tap;
        this.subscriptions = subscriptions;
    }

    /** Routes what is there, without waiting; what it counts and hands on is visible to others on return. */
    int poll(final int limit) throws IOException {
        final int packets = tap.poll(route, limit);
        if (packets > 0) {
            subscriptions.flush();
        }
        return packets;
    }

    private void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        final int link = linktype == Linktype.ETHERNET ? ETHERNET_HEADER : 0;
        final Verdict verdict = decoder.decode(buffer, offset, caplen, origlen, linktype, view);
        if (verdict == Verdict.TCP) {
            final Subscription owner = subscriptions.find(
                    view.destinationHigh(),
                    view.destinationLow(),
                    view.destinationPort(),
                    view.sourceHigh(),
                    view.sourceLow(),
                    view.sourcePort());
            final int headers = view.payloadOffset() - offset - link;
            hand(owner, buffer, offset + link, headers, view.payloadLength(), view.payloadCaplen(), captureTimeNs);
        } else if (verdict == Verdict.NOT_TCP && icmpError.parse(buffer, offset + link, caplen - link)) {
            final Subscription owner = subscriptions.find(
                    icmpError.sourceHigh(),
                    icmpError.sourceLow(),
                    icmpError.sourcePort(),
                    icmpError.destinationHigh(),
                    icmpError.destinationLow(),
                    icmpError.destinationPort());
            hand(owner, buffer, offset + link, caplen - link, 0, 0, captureTimeNs);
        } else {
            hand(null, buffer, offset, 0, 0, 0, captureTimeNs);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // This thread alone counts; others only look.
    private void hand(
            final @Nullable Subscription owner,
            final ByteBuffer buffer,
            final int offset,
            final int headers,
            final int payloadLength,
            final int payloadCaplen,
            final long captureTimeNs) {
        if (owner == null) {
            unclaimed++;
            return;
        }
        routed++;
        final int payload = Math.min(payloadCaplen, owner.payloadBytes());
        final int kept = Math.min(headers + payload, FeedFormat.MAX_CAPLEN);
        final boolean whole = kept == headers + payloadLength;
        owner.add(buffer, offset, kept, headers + payloadLength, captureTimeNs, !whole || tap.checksumKnown());
    }

    /** Packets handed on so far. */
    long routed() {
        return routed;
    }

    /** Packets that were no replayer's. */
    long unclaimed() {
        return unclaimed;
    }
}
