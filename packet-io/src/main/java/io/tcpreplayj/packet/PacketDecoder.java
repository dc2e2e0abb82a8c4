package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * From link layer to TCP payload in one pass, trusting nothing that a header claims. Headers quoted in ICMP are not
 * segments. Of nested packets the outermost counts, as it does for the host that gets them; a decoder that opens tunnels
 * goes on to the innermost, and reads UDP datagrams, too, unless they are a tunnel's.
 *
 * <p>All lengths inside are counted from the packet's first byte ({@code at} is relative to {@code offset}).
 */
public final class PacketDecoder {
    /** What the length of a UDP header can say. */
    private static final int MAX_DATAGRAM = 0xffff;

    private final boolean opensTunnels;

    /** Does not open tunnels. */
    public PacketDecoder() {
        this(false);
    }

    private PacketDecoder(final boolean opensTunnels) {
        this.opensTunnels = opensTunnels;
    }

    /** One that opens tunnels and says so in {@link PacketView#tunnel()}; it also reads UDP. */
    public static PacketDecoder openingTunnels() {
        return new PacketDecoder(true);
    }

    /**
     * Decodes one packet into {@code view}.
     *
     * @param buffer big-endian; holds at least {@code offset + caplen} bytes
     * @param caplen bytes that are really there
     * @param origlen length on the wire in bytes; counts where the IP header leaves its own length open, and where it
     *     claims more than the frame ever held
     * @return {@link Verdict#TCP} or {@link Verdict#UDP} when {@code view} was filled; anything else leaves it undefined
     */
    public Verdict decode(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final int linktype,
            final PacketView view) {
        if (linktype == Linktype.ETHERNET
                && PlainSegment.decode(buffer, offset, caplen, Math.max(origlen, caplen), view)) {
            return Verdict.TCP;
        }
        final int found = LinkLayer.findNetworkLayer(buffer, offset, caplen, linktype);
        if (found < 0) {
            return ofLinkLayer(found);
        }
        view.buffer = buffer;
        view.tunnel = Tunnel.NONE;
        if (opensTunnels) {
            view.linkGroup = LinkLayer.isToGroup(buffer, offset, linktype);
            view.linkPlace = CopyFinder.placeOf(buffer, offset, found >>> 16, linktype);
        }
        return decodeNetwork(found, offset, caplen, Math.max(origlen, caplen), view);
    }

    /**
     * @param found as {@link LinkLayer#findNetworkLayer} says it, not negative
     * @param caplen bytes from {@code offset} on that are really there and belong to the packet around this one
     * @param wireLength the same on the wire
     */
    private Verdict decodeNetwork(
            final int found, final int offset, final int caplen, final int wireLength, final PacketView view) {
        final int at = found >>> 16;
        return switch (found & 0xffff) {
            case EtherType.IPV4 -> decodeIpv4(offset, at, caplen, wireLength, view);
            case EtherType.IPV6 -> decodeIpv6(offset, at, caplen, wireLength, view);
            default -> opensTunnels ? openShim(found, offset, caplen, wireLength, view) : Verdict.NOT_IP;
        };
    }

    /** What stands between the link layer and IP: label stacks, PPPoE. */
    private Verdict openShim(
            final int found, final int offset, final int caplen, final int wireLength, final PacketView view) {
        if (Tunnel.layers(view.tunnel) == Tunnel.MAX_LAYERS) {
            return Verdict.NOT_IP;
        }
        final int at = found >>> 16;
        final int inner = switch (found & 0xffff) {
            case EtherType.MPLS, EtherType.MPLS_UPSTREAM -> Shims.behindMpls(offset, at, caplen, view);
            case EtherType.PPPOE_SESSION -> Shims.behindPppoe(offset, at, caplen, view);
            default -> LinkLayer.NO_ETHERTYPE;
        };
        return inner < 0 ? ofLinkLayer(inner) : decodeNetwork(inner, offset, caplen, wireLength, view);
    }

    /** What an IP packet carries that is not TCP; {@code view} has its addresses. */
    private Verdict openTunnel(
            final int protocol,
            final int offset,
            final int at,
            final int caplen,
            final int wireLength,
            final PacketView view) {
        if (!opensTunnels) {
            return Verdict.NOT_TCP;
        }
        if (protocol == IpProtocol.UDP) {
            return openDatagram(offset, at, caplen, wireLength, view);
        }
        if (Tunnel.layers(view.tunnel) == Tunnel.MAX_LAYERS) {
            return Verdict.NOT_TCP;
        }
        final int inner = switch (protocol) {
            case IpProtocol.IPV4 -> Shims.behindNothing(at, EtherType.IPV4, view);
            case IpProtocol.IPV6 -> Shims.behindNothing(at, EtherType.IPV6, view);
            case IpProtocol.GRE -> Gre.behind(offset, at, caplen, view);
            default -> LinkLayer.NO_ETHERTYPE;
        };
        if (inner < 0) {
            return Verdict.NOT_TCP;
        }
        final Verdict verdict = decodeNetwork(inner, offset, caplen, wireLength, view);
        return isBelieved(verdict) || verdict == Verdict.MALFORMED_IP ? verdict : Verdict.NOT_TCP;
    }

    private static boolean isBelieved(final Verdict insideTunnel) {
        return switch (insideTunnel) {
            case TCP, UDP, FRAGMENT, MALFORMED_TCP, MALFORMED_UDP -> true;
            default -> false;
        };
    }

    /** A UDP port says little: what does not look like IP inside was never a tunnel, but a datagram like any other. */
    private Verdict openDatagram(
            final int offset, final int at, final int caplen, final int wireLength, final PacketView view) {
        final long tunnel = view.tunnel;
        final boolean isOpen = Tunnel.layers(tunnel) == Tunnel.MAX_LAYERS;
        final int inner = isOpen ? LinkLayer.NO_ETHERTYPE : UdpTunnels.behind(offset, at, caplen, view);
        if (inner >= 0) {
            final int ipVersion = view.ipVersion;
            final int ipId = view.ipId;
            final int trafficClass = view.trafficClass;
            final int hopLimit = view.hopLimit;
            final long sourceHigh = view.sourceHigh;
            final long sourceLow = view.sourceLow;
            final long destinationHigh = view.destinationHigh;
            final long destinationLow = view.destinationLow;
            final Verdict verdict = decodeNetwork(inner, offset, caplen, wireLength, view);
            if (verdict != Verdict.MALFORMED_IP) {
                // ARP and ICMP in a tunnel stay the tunnel's.
                return isBelieved(verdict) ? verdict : Verdict.NOT_TCP;
            }
            view.ipVersion = ipVersion;
            view.ipId = ipId;
            view.trafficClass = trafficClass;
            view.hopLimit = hopLimit;
            view.sourceHigh = sourceHigh;
            view.sourceLow = sourceLow;
            view.destinationHigh = destinationHigh;
            view.destinationLow = destinationLow;
        }
        view.tunnel = tunnel;
        return decodeUdp(offset, at, caplen, wireLength - at, view);
    }

    /** @param length bytes of UDP header and payload that the IP header claims and the frame on the wire could hold */
    private static Verdict decodeUdp(
            final int offset, final int at, final int caplen, final int length, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        final int header = offset + at;
        if (caplen - at < UdpHeader.LENGTH) {
            return Verdict.MALFORMED_UDP;
        }
        final int claimed = UdpHeader.length(buffer, header);
        // Who gets a datagram that claims more than its packet holds drops it, and reads none of what is behind it
        // (Linux, __udp4_lib_rcv). 0: a jumbogram, or captured before the card cut it (UDP segmentation offload); no
        // socket
        // sends more than the field can say, and RFC 2675's jumbograms are on no link.
        final int datagram = claimed == 0 ? length : claimed;
        if (datagram < UdpHeader.LENGTH || datagram > length || datagram > MAX_DATAGRAM) {
            return Verdict.MALFORMED_UDP;
        }
        view.sourcePort = UdpHeader.sourcePort(buffer, header);
        view.destinationPort = UdpHeader.destinationPort(buffer, header);
        view.segSeq = 0;
        view.segAck = 0;
        view.segFlags = 0;
        view.segWnd = 0;
        view.segUp = 0;
        view.tcpChecksum = UdpHeader.checksum(buffer, header);
        view.payloadOffset = header + UdpHeader.LENGTH;
        view.optionsOffset = view.payloadOffset;
        view.optionsLength = 0;
        view.payloadLength = datagram - UdpHeader.LENGTH;
        view.payloadCaplen = Math.min(view.payloadLength, caplen - at - UdpHeader.LENGTH);
        view.payloadDigest = PacketView.NO_DIGEST;
        view.toMany = isToMany(view);
        return Verdict.UDP;
    }

    private static boolean isToMany(final PacketView view) {
        final boolean isIpGroup = view.ipVersion == 4
                ? ((int) view.destinationLow >>> 28 == 0xe || (int) view.destinationLow == -1)
                : view.destinationHigh >>> 56 == 0xff;
        return isIpGroup || (view.linkGroup && view.tunnel == Tunnel.NONE);
    }

    private static Verdict ofLinkLayer(final int failure) {
        return switch (failure) {
            case LinkLayer.UNKNOWN -> Verdict.UNKNOWN_LINKTYPE;
            case LinkLayer.NO_ETHERTYPE -> Verdict.NOT_IP;
            case LinkLayer.ENCRYPTED -> Verdict.ENCRYPTED;
            case LinkLayer.NOT_WHOLE -> Verdict.NOT_WHOLE;
            default -> Verdict.MALFORMED_LINK;
        };
    }

    private Verdict decodeIpv4(
            final int offset, final int at, final int caplen, final int wireLength, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        final int header = offset + at;
        if (caplen - at < Ipv4Header.MIN_LENGTH || Ipv4Header.version(buffer, header) != 4) {
            return Verdict.MALFORMED_IP;
        }
        final int headerLength = Ipv4Header.headerLength(buffer, header);
        final int claimed = Ipv4Header.totalLength(buffer, header);
        // Total Length 0: captured before the card cut the segment (TSO, BIG TCP), so the frame's length counts.
        final int totalLength = claimed == 0 ? wireLength - at : Math.min(claimed, wireLength - at);
        if (headerLength < Ipv4Header.MIN_LENGTH || headerLength > totalLength || headerLength > caplen - at) {
            return Verdict.MALFORMED_IP;
        }
        final int protocol = Ipv4Header.protocol(buffer, header);
        if (Ipv4Header.isFragment(buffer, header)) {
            addressesOfIpv4(header, view);
            view.fragmentId = view.ipId;
            view.fragmentOffset = Ipv4Header.fragmentOffset(buffer, header);
            view.moreFragments = Ipv4Header.hasMoreFragments(buffer, header);
            return fragment(protocol, offset, at + headerLength, caplen, totalLength - headerLength, view);
        }
        addressesOfIpv4(header, view);
        if (protocol != IpProtocol.TCP) {
            final int end = at + totalLength;
            return openTunnel(protocol, offset, at + headerLength, Math.min(caplen, end), end, view);
        }
        return decodeTcp(offset, at + headerLength, caplen, totalLength - headerLength, view);
    }

    private Verdict decodeIpv6(
            final int offset, final int at, final int caplen, final int wireLength, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        final int header = offset + at;
        if (caplen - at < Ipv6Header.LENGTH || Ipv6Header.version(buffer, header) != 6) {
            return Verdict.MALFORMED_IP;
        }
        final int claimed = Ipv6Header.payloadLength(buffer, header);
        // Payload Length 0: a jumbogram (RFC 2675) or what Linux shows of BIG TCP, so the frame's length counts.
        final int totalLength = claimed == 0 ? wireLength - at : Math.min(Ipv6Header.LENGTH + claimed, wireLength - at);
        final int found = Ipv6Header.findUpperLayer(buffer, header, Math.min(totalLength, caplen - at));
        if (found < 0) {
            return Verdict.MALFORMED_IP;
        }
        final int headersLength = found >>> 8;
        final int protocol = found & 0xff;
        if (protocol == IpProtocol.FRAGMENT) {
            addressesOfIpv6(header, view);
            return fragmentOfIpv6(offset, at + headersLength, caplen, totalLength - headersLength, view);
        }
        addressesOfIpv6(header, view);
        if (protocol != IpProtocol.TCP) {
            final int end = at + totalLength;
            return openTunnel(protocol, offset, at + headersLength, Math.min(caplen, end), end, view);
        }
        return decodeTcp(offset, at + headersLength, caplen, totalLength - headersLength, view);
    }

    private static void addressesOfIpv4(final int header, final PacketView view) {
        view.ipVersion = 4;
        view.ipId = Ipv4Header.identification(view.buffer, header);
        view.trafficClass = Ipv4Header.trafficClass(view.buffer, header);
        view.hopLimit = Ipv4Header.timeToLive(view.buffer, header);
        view.sourceHigh = 0;
        view.sourceLow = IpAddress.mapV4(Ipv4Header.source(view.buffer, header));
        view.destinationHigh = 0;
        view.destinationLow = IpAddress.mapV4(Ipv4Header.destination(view.buffer, header));
    }

    private static void addressesOfIpv6(final int header, final PacketView view) {
        view.ipVersion = 6;
        view.ipId = 0;
        view.trafficClass = Ipv6Header.trafficClass(view.buffer, header);
        view.hopLimit = Ipv6Header.hopLimit(view.buffer, header);
        view.sourceHigh = Ipv6Header.sourceHigh(view.buffer, header);
        view.sourceLow = Ipv6Header.sourceLow(view.buffer, header);
        view.destinationHigh = Ipv6Header.destinationHigh(view.buffer, header);
        view.destinationLow = Ipv6Header.destinationLow(view.buffer, header);
    }

    /** @param at of the Fragment header, which is there */
    private static Verdict fragmentOfIpv6(
            final int offset, final int at, final int caplen, final int length, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        final int header = offset + at;
        view.fragmentId = Ipv6Header.fragmentId(buffer, header);
        view.fragmentOffset = Ipv6Header.fragmentOffset(buffer, header);
        view.moreFragments = Ipv6Header.hasMoreFragments(buffer, header);
        return fragment(
                buffer.get(header) & 0xff,
                offset,
                at + Ipv6Header.FRAGMENT_HEADER_LENGTH,
                caplen,
                length - Ipv6Header.FRAGMENT_HEADER_LENGTH,
                view);
    }

    /** @param length bytes behind the IP headers that these claim and the frame on the wire could hold */
    private static Verdict fragment(
            final int protocol,
            final int offset,
            final int at,
            final int caplen,
            final int length,
            final PacketView view) {
        view.fragmentProtocol = protocol;
        view.payloadOffset = offset + at;
        view.payloadLength = length;
        view.payloadCaplen = Math.min(length, caplen - at);
        return Verdict.FRAGMENT;
    }

    /**
     * Goes on behind the IP header of a datagram whose fragments were put together.
     *
     * @param offset where in {@code view.buffer} its payload begins
     * @param caplen bytes of it that are there without a hole
     * @param length bytes of it on the wire
     * @param view has addresses, tunnel and protocol from a fragment
     */
    Verdict decodeReassembled(final int offset, final int caplen, final int length, final PacketView view) {
        int protocol = view.fragmentProtocol;
        int headersLength = 0;
        if (view.ipVersion == 6) {
            final int found = Ipv6Header.findUpperLayer(view.buffer, offset, 0, protocol, Math.min(caplen, length));
            if (found < 0) {
                return Verdict.MALFORMED_IP;
            }
            headersLength = found >>> 8;
            protocol = found & 0xff;
        }
        return switch (protocol) {
            case IpProtocol.TCP -> decodeTcp(offset, headersLength, caplen, length - headersLength, view);
            case IpProtocol.FRAGMENT -> fragmentOfIpv6(offset, headersLength, caplen, length - headersLength, view);
            default -> openTunnel(protocol, offset, headersLength, caplen, length, view);
        };
    }

    /** @param length bytes of TCP header and payload that the IP header claims and the frame on the wire could hold */
    private static Verdict decodeTcp(
            final int offset, final int at, final int caplen, final int length, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        final int header = offset + at;
        final int captured = caplen - at;
        if (captured < TcpHeader.MIN_LENGTH) {
            return Verdict.MALFORMED_TCP;
        }
        final int headerLength = TcpHeader.headerLength(buffer, header);
        if (headerLength < TcpHeader.MIN_LENGTH || headerLength > length) {
            return Verdict.MALFORMED_TCP;
        }
        view.sourcePort = TcpHeader.sourcePort(buffer, header);
        view.destinationPort = TcpHeader.destinationPort(buffer, header);
        view.segSeq = TcpHeader.seq(buffer, header);
        view.segAck = TcpHeader.ack(buffer, header);
        view.segFlags = TcpHeader.flags(buffer, header);
        view.segWnd = TcpHeader.window(buffer, header);
        view.tcpChecksum = TcpHeader.checksum(buffer, header);
        view.segUp = TcpHeader.urgentPointer(buffer, header);
        // The snaplen may have cut inside the options: the header is whole, its options and payload are not.
        final int capturedHeader = Math.min(headerLength, captured);
        view.optionsOffset = header + TcpHeader.OPTIONS_OFFSET;
        view.optionsLength = capturedHeader - TcpHeader.MIN_LENGTH;
        view.payloadOffset = header + capturedHeader;
        view.payloadLength = length - headerLength;
        view.payloadCaplen = Math.min(view.payloadLength, captured - capturedHeader);
        view.payloadDigest = PacketView.NO_DIGEST;
        return Verdict.TCP;
    }
}
