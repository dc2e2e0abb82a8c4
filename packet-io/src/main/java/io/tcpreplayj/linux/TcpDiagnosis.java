package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What the kernel knows of one of its own TCP connections: sock_diag(7) with INET_DIAG_INFO, that is TCP_INFO of tcp(7), by
 * address instead of by descriptor. Needs no privilege. Offsets are those of struct tcp_info in linux/tcp.h; an older
 * kernel's is shorter, and what it lacks counts as 0. One thread.
 */
public final class TcpDiagnosis implements AutoCloseable {
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IPPROTO_TCP = 6;
    private static final int INET_DIAG_INFO = 2;
    private static final int INET_DIAG_SKV6ONLY = 11;
    private static final int TCP_LISTEN = 10;
    /** In struct inet_diag_msg (linux/inet_diag.h). */
    private static final int PORT_OFFSET = 4;

    private static final int ADDRESS_OFFSET = 8;
    private static final int ALL_STATES = -1;
    private static final int NO_COOKIE = -1;
    private static final int ADDRESS_BYTES = 16;
    private static final int INET_DIAG_MSG_BYTES = 72;

    private static final int BACKOFF_OFFSET = 4;
    private static final int RTO_US_OFFSET = 8;
    private static final int SND_MSS_OFFSET = 16;
    private static final int RCV_MSS_OFFSET = 20;
    private static final int UNACKED_OFFSET = 24;
    private static final int RTT_US_OFFSET = 68;
    private static final int TOTAL_RETRANS_OFFSET = 100;
    /** Segments that came out of order; since Linux 5.4. */
    private static final int RCV_OOOPACK_OFFSET = 224;

    private final Netlink netlink;
    private boolean found;
    private boolean backedOff;
    private int retransmitTimeoutUs;
    private int sentSegment;
    private int receivedSegment;
    private int unacked;
    private int roundTripUs;
    private int retransmits;
    private int outOfOrder;

    public TcpDiagnosis() throws LinuxException {
        netlink = new Netlink(NETLINK_SOCK_DIAG);
    }

    /**
     * Looks at the connection between two addresses of one family.
     *
     * @return false when there is none, or it only waits for its TIME-WAIT to end
     */
    public boolean look(final Endpoint local, final Endpoint remote) throws LinuxException {
        found = false;
        final NetlinkMessage request = new NetlinkMessage(SOCK_DIAG_BY_FAMILY, 0);
        final boolean v4 = remote.address().isV4();
        request.u8(v4 ? AF_INET : AF_INET6)
                .u8(IPPROTO_TCP)
                .u8(1 << (INET_DIAG_INFO - 1))
                .u8(0);
        request.u32(ALL_STATES);
        request.bigEndian16(local.port()).bigEndian16(remote.port());
        address(request, local);
        address(request, remote);
        request.u32(0).u32(NO_COOKIE).u32(NO_COOKIE);
        try {
            netlink.ask(request, "connection " + local + " to " + remote, this::onConnection);
        } catch (final LinuxException e) {
            if (!e.errno().equals("ENOENT")) {
                throw e;
            }
        }
        return found;
    }

    /** Whether a socket of this network namespace takes connections to {@code local}, one bound to all addresses too. */
    public boolean listens(final Endpoint local) throws LinuxException {
        found = false;
        for (final int family : local.address().isV4() ? new int[] {AF_INET, AF_INET6} : new int[] {AF_INET6}) {
            final NetlinkMessage request = new NetlinkMessage(SOCK_DIAG_BY_FAMILY, NetlinkMessage.NLM_F_DUMP);
            request.u8(family).u8(IPPROTO_TCP).u8(0).u8(0).u32(1 << TCP_LISTEN);
            request.bigEndian16(local.port()).bigEndian16(0);
            request.bytes(new byte[2 * ADDRESS_BYTES]);
            request.u32(0).u32(NO_COOKIE).u32(NO_COOKIE);
            netlink.ask(request, "listeners at " + local, (type, message, body, end) -> {
                found |= type == SOCK_DIAG_BY_FAMILY && takes(message, body, end, local);
            });
        }
        return found;
    }

    private static boolean takes(final ByteBuffer message, final int body, final int end, final Endpoint local) {
        if (body + INET_DIAG_MSG_BYTES > end) {
            return false;
        }
        final boolean v4 = message.get(body) == AF_INET;
        final byte[] bytes = new byte[v4 ? 4 : ADDRESS_BYTES];
        message.get(body + ADDRESS_OFFSET, bytes);
        final int port = ((message.get(body + PORT_OFFSET) & 0xff) << 8) | (message.get(body + PORT_OFFSET + 1) & 0xff);
        if (port != local.port()) {
            return false;
        }
        if (Arrays.equals(bytes, new byte[bytes.length])) {
            return v4 || !local.address().isV4() || !onlyV6(message, body, end);
        }
        return IpAddress.of(bytes).equals(local.address());
    }

    private static boolean onlyV6(final ByteBuffer message, final int body, final int end) {
        final int at = NetlinkMessage.find(message, body + INET_DIAG_MSG_BYTES, end, INET_DIAG_SKV6ONLY);
        return at >= 0 && message.get(at) != 0;
    }

    private static void address(final NetlinkMessage request, final Endpoint end) {
        final byte[] bytes = end.address().toBytes();
        request.bytes(bytes);
        for (int i = bytes.length; i < ADDRESS_BYTES; i++) {
            request.u8(0);
        }
    }

    private void onConnection(final int type, final ByteBuffer message, final int body, final int end) {
        final int info = NetlinkMessage.find(message, body + INET_DIAG_MSG_BYTES, end, INET_DIAG_INFO);
        if (type != SOCK_DIAG_BY_FAMILY || info < 0) {
            return;
        }
        final int length = Short.toUnsignedInt(message.getShort(info - 4)) - 4;
        backedOff = length > BACKOFF_OFFSET && message.get(info + BACKOFF_OFFSET) != 0;
        retransmitTimeoutUs = field(message, info, length, RTO_US_OFFSET);
        sentSegment = field(message, info, length, SND_MSS_OFFSET);
        receivedSegment = field(message, info, length, RCV_MSS_OFFSET);
        unacked = field(message, info, length, UNACKED_OFFSET);
        roundTripUs = field(message, info, length, RTT_US_OFFSET);
        retransmits = field(message, info, length, TOTAL_RETRANS_OFFSET);
        outOfOrder = field(message, info, length, RCV_OOOPACK_OFFSET);
        found = true;
    }

    private static int field(final ByteBuffer message, final int info, final int length, final int offset) {
        return offset + 4 <= length ? message.getInt(info + offset) : 0;
    }

    /** Whether the peer has yet to acknowledge something. */
    public boolean hasUnacked() {
        return unacked != 0;
    }

    /** The retransmission timeout of this side, ns; 0 when nothing was measured, or it is backed off. */
    public long retransmitTimeoutNs() {
        return backedOff || roundTripUs == 0 ? 0 : Integer.toUnsignedLong(retransmitTimeoutUs) * 1_000;
    }

    /** Whether the peer, as far as its segments show, would fill some with so many bytes and leave none over. */
    public boolean fillsSegments(final long bytes) {
        // Estimated from what came; one that is smaller than ours may be no full one.
        return bytes > 0 && sentSegment > 0 && receivedSegment >= sentSegment && bytes % receivedSegment == 0;
    }

    /** Whether either side had to send anything again, or something overtook what was sent before it. */
    public boolean sawLoss() {
        return retransmits != 0 || outOfOrder != 0;
    }

    @Override
    public void close() {
        netlink.close();
    }
}
