package io.tcpreplayj.flow;

import io.tcpreplayj.flow.dns.DnsMessage;
import java.nio.ByteBuffer;

/** What the first datagram of a UDP conversation looks like. As conservative as {@link AppDetector}. */
final class UdpApps {
    private static final int DNS_PORT = 53;
    private static final int MDNS_PORT = 5353;
    private static final int LLMNR_PORT = 5355;
    private static final int HTTPS_PORT = 443;

    /** RFC 9000 17.2: header form and fixed bit of a long header; of a short one (17.3) only the fixed bit is set. */
    private static final int QUIC_FORM = 0xc0;

    private static final int QUIC_SHORT = 0x40;
    /** Form, version and the length of the destination's connection id. */
    private static final int QUIC_LEAST = 6;

    private static final int QUIC_MAX_ID = 20;
    /** A short header, and behind it at least what its packet number and sample for header protection take (RFC 9001 5.4.2). */
    private static final int QUIC_SHORT_LEAST = 21;

    private static final int QUIC_1 = 1;
    /** RFC 9369. */
    private static final int QUIC_2 = 0x6b33_43cf;
    /** Versions of drafts, 0xff0000nn. */
    private static final int QUIC_DRAFT = 0xff_0000;

    private UdpApps() {}

    /**
     * @param bytes the datagram, index 0 to limit
     * @param fromClient who sent it
     */
    static FlowRecord.App detect(final ByteBuffer bytes, final int serverPort, final boolean fromClient) {
        if (isDns(bytes, serverPort, fromClient)) {
            return FlowRecord.App.DNS;
        }
        if (isQuic(bytes, serverPort)) {
            return FlowRecord.App.QUIC;
        }
        return isDtls(bytes) ? FlowRecord.App.TLS : FlowRecord.App.UNKNOWN;
    }

    private static boolean isDns(final ByteBuffer bytes, final int serverPort, final boolean fromClient) {
        final DnsMessage message = new DnsMessage();
        if (!message.read(bytes, 0, bytes.limit())) {
            return false;
        }
        final boolean usual = serverPort == DNS_PORT || serverPort == MDNS_PORT || serverPort == LLMNR_PORT;
        return usual ? message.isResponse() != fromClient : fromClient && message.isStrictQuery(bytes.limit());
    }

    private static boolean isQuic(final ByteBuffer bytes, final int serverPort) {
        if (bytes.limit() < QUIC_LEAST) {
            return false;
        }
        final int form = bytes.get(0) & QUIC_FORM;
        if (form == QUIC_FORM) {
            final int version = bytes.getInt(1);
            final boolean known = version == QUIC_1 || version == QUIC_2 || version >>> 8 == QUIC_DRAFT;
            return known && (bytes.get(5) & 0xff) <= QUIC_MAX_ID;
        }
        return form == QUIC_SHORT && serverPort == HTTPS_PORT && bytes.limit() >= QUIC_SHORT_LEAST;
    }

    /** RFC 6347 4.1 and 4.2.2, RFC 9147: a handshake record of epoch 0 that begins with a ClientHello. */
    private static boolean isDtls(final ByteBuffer bytes) {
        return bytes.limit() >= 14
                && bytes.get(0) == 22
                && bytes.get(1) == (byte) 0xfe
                && (bytes.get(2) & 0xff) >= 0xfd
                && bytes.getShort(3) == 0
                && bytes.get(13) == 1;
    }
}
