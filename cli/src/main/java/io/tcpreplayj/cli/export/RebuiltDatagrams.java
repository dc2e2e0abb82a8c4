package io.tcpreplayj.cli.export;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.packet.Checksums;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.IpProtocol;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;

/**
 * The packets of one UDP conversation made from its record: the client's datagrams whole, the server's as far as they are
 * kept, in the order that the gates tell. What is not kept is cut (caplen below origlen); the checksum is right with zeros there.
 */
final class RebuiltDatagrams {
    private static final int IPV4_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;
    private static final int UDP_LENGTH = 8;
    private static final int HOP_LIMIT = 64;
    private static final int IPV4_CHECKSUM_AT = 10;
    private static final int UDP_CHECKSUM_AT = 6;

    private final PacketHandler out;
    private final ByteBuffer packet = ByteBuffer.allocate(IPV6_LENGTH + UDP_LENGTH + ServerDatagrams.MAX_LENGTH);
    private int identification;
    private long lastNs;

    RebuiltDatagrams(final PacketHandler out) {
        this.out = out;
    }

    void write(final FlowRecord flow, final ServerDatagrams datagrams, final ByteBuffer clientBytes) {
        lastNs = flow.startNs();
        final ClientEvents events = flow.events();
        int next = 0;
        int at = clientBytes.position();
        for (int row = 0; row < events.size(); row++) {
            for (; next < events.gate(row); next++) {
                server(flow, datagrams, next);
            }
            final int length = events.length(row);
            final int known = Math.min(events.caplen(row), clientBytes.limit() - at);
            send(flow, true, events.sentNs(row), clientBytes.slice(at, known), length);
            at += known;
        }
        for (; next < datagrams.size(); next++) {
            server(flow, datagrams, next);
        }
    }

    private void server(final FlowRecord flow, final ServerDatagrams datagrams, final int datagram) {
        send(
                flow,
                false,
                datagrams.timeNs(datagram),
                ByteBuffer.wrap(datagrams.head(datagram)),
                datagrams.length(datagram));
    }

    private void send(
            final FlowRecord flow, final boolean byClient, final long atNs, final ByteBuffer known, final int claimed) {
        final Endpoint from = byClient ? flow.client() : flow.server();
        final Endpoint to = byClient ? flow.server() : flow.client();
        final boolean v4 = from.address().isV4();
        final int udpAt = v4 ? IPV4_LENGTH : IPV6_LENGTH;
        // A datagram of IPv6 may be longer than one of IPv4.
        final int whole = Math.min(claimed, ServerDatagrams.MAX_LENGTH - UDP_LENGTH - (v4 ? IPV4_LENGTH : 0));
        packet.clear();
        header(from, to, UDP_LENGTH + whole);
        packet.putShort((short) from.port()).putShort((short) to.port());
        packet.putShort((short) (UDP_LENGTH + whole)).putShort((short) 0);
        final int there = Math.min(known.remaining(), whole);
        packet.put(known.slice(known.position(), there));
        for (int i = there; i < whole; i++) {
            packet.put((byte) 0);
        }
        final int length = UDP_LENGTH + whole;
        final long pseudo = Checksums.pseudoHeader(from.address(), to.address(), IpProtocol.UDP, length);
        final int checksum = Checksums.finish(Checksums.add(pseudo, packet, udpAt, length));
        // RFC 768: 0 would say that there is none.
        packet.putShort(udpAt + UDP_CHECKSUM_AT, (short) (checksum == 0 ? 0xffff : checksum));
        lastNs = Math.max(lastNs, flow.startNs() + atNs);
        out.onPacket(packet, 0, udpAt + UDP_LENGTH + there, udpAt + length, lastNs, Linktype.RAW);
    }

    private void header(final Endpoint from, final Endpoint to, final int length) {
        if (from.address().isV4()) {
            packet.put((byte) 0x45).put((byte) 0).putShort((short) (IPV4_LENGTH + length));
            packet.putShort((short) ++identification).putShort((short) 0);
            packet.put((byte) HOP_LIMIT).put((byte) IpProtocol.UDP).putShort((short) 0);
            packet.putInt(from.address().v4()).putInt(to.address().v4());
            packet.putShort(IPV4_CHECKSUM_AT, (short) Checksums.finish(Checksums.add(0, packet, 0, IPV4_LENGTH)));
        } else {
            packet.putInt(0x6000_0000)
                    .putShort((short) length)
                    .put((byte) IpProtocol.UDP)
                    .put((byte) HOP_LIMIT);
            put(from.address());
            put(to.address());
        }
    }

    private void put(final IpAddress address) {
        packet.putLong(address.high()).putLong(address.low());
    }
}
