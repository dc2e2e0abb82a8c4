package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One captured TCP connection, or UDP conversation, both directions: what is needed to list it, to replay its client and to judge the
 * server's answers. The client's bytes are kept beside it.
 *
 * @param id counter in the database, from 1, in order of each flow's first packet; never reused
 * @param captureId which capture of the database it came from
 * @param client who opened the connection (without a SYN in the capture: the end with the higher port, on a tie the
 *     first sender)
 * @param server the other end
 * @param tunnel what the first packet was carried in, see {@link io.tcpreplayj.packet.Tunnel}; 0 for nothing
 * @param startNs capture time of the first packet in file order, ns since the epoch
 * @param endNs the greatest capture time of its packets
 * @param clientStream client to server
 * @param serverStream server to client
 * @param handshake how much of the three-way handshake the capture holds
 * @param close how it ended in the capture
 * @param midstream no SYN and no SYN+ACK seen
 * @param app what the payload looks like
 * @param requests HTTP/1.x messages of the client where {@code app} is HTTP, else {@code exchanges.size()}
 * @param skipReason why it cannot be replayed, or null when it can
 * @param opening the captured SYN's options and the round trip seen in the handshake
 * @param events what the client did, in order
 * @param exchanges client bursts and their answers
 * @param acks what the client acknowledged and when, if that was asked for
 * @param datagrams what the server of a UDP conversation sent; null of a TCP connection. In a UDP conversation each row of
 *     {@code events} is one datagram, and its gate counts datagrams, not bytes
 */
public record FlowRecord(
        long id,
        int captureId,
        Endpoint client,
        Endpoint server,
        long tunnel,
        long startNs,
        long endNs,
        StreamSummary clientStream,
        StreamSummary serverStream,
        Handshake handshake,
        Close close,
        boolean midstream,
        App app,
        int requests,
        @Nullable SkipReason skipReason,
        Opening opening,
        ClientEvents events,
        Exchanges exchanges,
        ClientAcks acks,
        @Nullable ServerDatagrams datagrams)
        implements FlowSummary {

    /** The same flow by another number. */
    public FlowRecord withId(final long other) {
        return new FlowRecord(
                other,
                captureId,
                client,
                server,
                tunnel,
                startNs,
                endNs,
                clientStream,
                serverStream,
                handshake,
                close,
                midstream,
                app,
                requests,
                skipReason,
                opening,
                events,
                exchanges,
                acks,
                datagrams);
    }

    /** A TCP connection of which nobody asked when the client acknowledged what. */
    public FlowRecord(
            final long id,
            final int captureId,
            final Endpoint client,
            final Endpoint server,
            final long tunnel,
            final long startNs,
            final long endNs,
            final StreamSummary clientStream,
            final StreamSummary serverStream,
            final Handshake handshake,
            final Close close,
            final boolean midstream,
            final App app,
            final int requests,
            final @Nullable SkipReason skipReason,
            final Opening opening,
            final ClientEvents events,
            final Exchanges exchanges) {
        this(
                id,
                captureId,
                client,
                server,
                tunnel,
                startNs,
                endNs,
                clientStream,
                serverStream,
                handshake,
                close,
                midstream,
                app,
                requests,
                skipReason,
                opening,
                events,
                exchanges,
                ClientAcks.NONE,
                null);
    }

    @Override
    public Protocol protocol() {
        return datagrams == null ? Protocol.TCP : Protocol.UDP;
    }

    @Override
    public int exchangeCount() {
        return exchanges.size();
    }

    /** What carried the flow. */
    public enum Protocol {
        TCP,
        UDP
    }

    /** How much of the three-way handshake was captured. */
    public enum Handshake {
        /** SYN, SYN+ACK and the client's first ACK. */
        FULL,
        /** Some of them. */
        PARTIAL,
        /** None: the capture began later. */
        NONE
    }

    /** How the connection ended in the capture. Append only: ordinals are stored. */
    public enum Close {
        /** Both ends sent FIN. */
        FIN,
        /** One end sent FIN. */
        HALF,
        /** Any RST wins over FIN. */
        RST,
        /** Still open when the capture ended. */
        NONE
    }

    /** What the payload looks like. Append only: ordinals are stored. */
    public enum App {
        UNKNOWN,
        HTTP,
        TLS,
        MYSQL,
        REDIS,
        HTTP2,
        SSH,
        SMTP,
        POSTGRES,
        DNS,
        QUIC
    }

    /** The closed list of reasons why a flow is not replayed. Append only: ordinals are stored. */
    public enum SkipReason {
        MIDSTREAM("midstream"),
        GAP("gap"),
        TRUNCATED("truncated"),
        UNESTABLISHED("unestablished"),
        NO_CLIENT_BYTES("no-client-bytes"),
        TLS("tls"),
        CAPACITY("capacity"),
        FILTERED("filtered"),
        /** Indexed without its payload, whatever else there is to say of it. */
        HEADERS_ONLY("headers-only"),
        /** Went to more than one host (multicast, broadcast), or is DHCP's, which begins so: nobody to be replaced by a target. */
        MULTICAST("multicast"),
        /** Encrypted with keys that no other server has. */
        QUIC("quic");

        private final String label;

        SkipReason(final String label) {
            this.label = label;
        }

        /** The word in reports and JSON. */
        public String label() {
            return label;
        }
    }
}
