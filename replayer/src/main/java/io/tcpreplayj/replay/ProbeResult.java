package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * How far one connection got.
 *
 * @param way where its packets left and came back, for people
 * @param local its own end, or null where the kernel chose one
 * @param tookNs from the SYN to its answer
 * @param fullPacket the largest packet that a session would send, bytes
 * @param largestPacket the largest that arrived, bytes; 0 where that was not asked
 * @param refusal why the kernel would not send the last packet that it would not send; "" when it sent all
 * @param icmp who said that a packet went no further, and how
 */
public record ProbeResult(
        Fate fate,
        String way,
        @Nullable Endpoint local,
        long tookNs,
        int fullPacket,
        int largestPacket,
        String refusal,
        @Nullable Icmp icmp) {
    /** How it ended. */
    public enum Fate {
        /** The handshake was done, and packets of full size arrive. */
        CONNECTED,
        /** A RST for the SYN. */
        REFUSED,
        /** An ICMP error for the SYN. */
        REJECTED,
        /** Nothing for the SYN. */
        SILENT,
        /** This host would not send. */
        NOT_SENT,
        /** After the handshake nothing more. */
        MUTE,
        /** After the handshake small packets arrive and large ones do not. */
        BLACK_HOLE
    }

    /** An ICMP error in the numbers of the sender's family. */
    public record Icmp(IpAddress sender, int type, int code) {
        /** ICMP host and network unreachable, time exceeded; ICMPv6 no route, address unreachable, time exceeded. */
        public boolean isRoutersDespair() {
            return sender.isV4() ? type == 11 || (type == 3 && code <= 1) : type == 3 || code == 0 || code == 3;
        }
    }

    static ProbeResult of(final Fate fate, final long tookNs, final String refusal) {
        return new ProbeResult(fate, "kernel sockets", null, tookNs, 0, 0, refusal, null);
    }
}
