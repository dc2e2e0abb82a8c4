package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.flow.ClientHeaders;

/**
 * What a client repeats of the captured one beyond its bytes and their times; a flow that was indexed before that was
 * recorded is replayed as if nothing were asked for.
 *
 * @param acks when it acknowledges
 * @param windows it offers the windows that the captured client offered
 * @param iss it begins with the captured initial sequence number
 * @param dscp Differentiated Services Code Point, 0 to 63, or {@link #CAPTURED}
 * @param hopLimit Time to Live, or Hop Limit, 1 to 255, or {@link #CAPTURED}
 */
public record Likeness(AckStyle acks, boolean windows, boolean iss, int dscp, int hopLimit) {
    /** In place of a number: the captured one. */
    public static final int CAPTURED = -1;

    /** RFC 1700; Linux's net.ipv4.ip_default_ttl. */
    public static final int USUAL_HOP_LIMIT = 64;

    /** A client of our own manners. */
    public static final Likeness NONE = new Likeness(AckStyle.RFC, false, false, 0, USUAL_HOP_LIMIT);

    /** The initial sequence number of a flow's first connection, when the clock's would be {@code otherwise}. */
    public int issOf(final ClientHeaders headers, final int otherwise) {
        return iss && !headers.equals(ClientHeaders.UNKNOWN) ? headers.iss() : otherwise;
    }

    int dscpOf(final ClientHeaders headers) {
        return dscp == CAPTURED ? headers.dscp() : dscp;
    }

    int hopLimitOf(final ClientHeaders headers) {
        if (hopLimit != CAPTURED) {
            return hopLimit;
        }
        return headers.hopLimit() == 0 ? USUAL_HOP_LIMIT : headers.hopLimit();
    }
}
