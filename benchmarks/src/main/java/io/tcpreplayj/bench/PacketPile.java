package io.tcpreplayj.bench;

import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Packets in memory, one behind the other, each with the same link header before it. */
final class PacketPile implements PacketHandler {
    private record Place(int offset, int length, long timeNs) {}

    private final byte[] linkHeader;
    private final int linktype;
    private final ByteBuffer bytes;
    private final List<Place> places = new ArrayList<>();

    /** @param linkHeader empty for packets that begin with the IP header */
    PacketPile(final byte[] linkHeader, final int linktype, final int capacity) {
        this.linkHeader = linkHeader.clone();
        this.linktype = linktype;
        bytes = ByteBuffer.allocateDirect(capacity);
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int ignoredLinktype) {
        places.add(new Place(bytes.position(), linkHeader.length + caplen, captureTimeNs));
        bytes.put(linkHeader);
        bytes.put(bytes.position(), buffer, offset, caplen).position(bytes.position() + caplen);
    }

    int size() {
        return places.size();
    }

    ByteBuffer bytes() {
        return bytes;
    }

    int offset(final int packet) {
        return places.get(packet).offset();
    }

    int length(final int packet) {
        return places.get(packet).length();
    }

    /** Hands all packets over again, in order. */
    void replayTo(final PacketHandler handler) {
        for (int i = 0; i < places.size(); i++) {
            final Place place = places.get(i);
            handler.onPacket(bytes, place.offset(), place.length(), place.length(), place.timeNs(), linktype);
        }
    }
}
