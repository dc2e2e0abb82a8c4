package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a {@link UdpObserver} is told of conversations, datagram by datagram; what is secret is replaced before. */
final class UdpNews {
    private static final Opening NO_OPENING = new Opening(new byte[0], 0, -1, -1);

    /** How far a conversation was told. */
    enum Told {
        NOTHING,
        ALL,
        /** It is not wanted, or not whole. */
        NO_MORE
    }

    private final UdpObserver observer;
    private final @Nullable DatagramSecrets secrets;
    /** Around the array in which {@link #secrets} works. */
    private ByteBuffer redacted = ByteBuffer.allocate(0);

    UdpNews(final UdpObserver observer, final @Nullable DatagramSecrets secrets) {
        this.observer = observer;
        this.secrets = secrets;
    }

    /** A datagram was added to the flow. */
    void onDatagram(final UdpFlow flow, final PacketView view, final boolean byClient, final long timeNs) {
        if (flow.told == Told.NOTHING && byClient) {
            flow.told = isWanted(flow, view) ? Told.ALL : Told.NO_MORE;
        }
        if (flow.told != Told.ALL) {
            return;
        }
        if (!byClient) {
            observer.onServer(
                    flow.id,
                    timeNs,
                    view.payloadLength(),
                    flow.serverDigest(flow.serverCount() - 1),
                    view.buffer(),
                    view.payloadOffset(),
                    view.payloadCaplen());
        } else if (view.payloadCaplen() < view.payloadLength()) {
            flow.told = Told.NO_MORE;
            observer.onLost(flow.id);
        } else {
            tellClient(flow, view, timeNs);
        }
    }

    private boolean isWanted(final UdpFlow flow, final PacketView view) {
        final ByteBuffer first = view.buffer().slice(view.payloadOffset(), view.payloadCaplen());
        final FlowRecord.App app = UdpApps.detect(first, flow.serverEndpoint().port(), true);
        return UdpRecords.kindNotReplayed(flow, app) == null
                && observer.onOpened(new OpenFlow(
                        flow.id,
                        flow.clientEndpoint(),
                        flow.serverEndpoint(),
                        flow.tunnel(),
                        flow.startNs(),
                        false,
                        true,
                        app,
                        NO_OPENING));
    }

    private void tellClient(final UdpFlow flow, final PacketView view, final long timeNs) {
        final int gate = flow.gate(flow.clientCount() - 1);
        final int length = view.payloadLength();
        if (secrets == null) {
            observer.onClient(flow.id, timeNs, gate, view.buffer(), view.payloadOffset(), length);
            return;
        }
        secrets.replaceInHead(view.buffer(), view.payloadOffset(), length, length);
        if (redacted.array() != secrets.whole()) {
            redacted = ByteBuffer.wrap(secrets.whole());
        }
        observer.onClient(flow.id, timeNs, gate, redacted, 0, length);
    }

    void onEnded(final FlowRecord record) {
        observer.onEnded(record);
    }
}
