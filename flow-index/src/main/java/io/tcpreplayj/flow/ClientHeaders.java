package io.tcpreplayj.flow;

/**
 * What the headers of the client's packets said besides TCP's business, as the capture saw them in the first one.
 *
 * @param iss the client's initial sequence number; without a SYN in the capture, the number before the first one seen
 * @param dscp Differentiated Services Code Point, 0 to 63 (RFC 2474 3)
 * @param hopLimit Time to Live, or Hop Limit, where the capture was taken, 0 to 255; 0 when unknown
 */
public record ClientHeaders(int iss, int dscp, int hopLimit) {
    /** Of a flow whose client the capture did not see. */
    public static final ClientHeaders UNKNOWN = new ClientHeaders(0, 0, 0);

    public ClientHeaders {
        if ((dscp & ~0x3f) != 0 || (hopLimit & ~0xff) != 0) {
            throw new IllegalArgumentException("DSCP " + dscp + ", hop limit " + hopLimit);
        }
    }
}
