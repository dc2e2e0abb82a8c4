package io.tcpreplayj.flow;

/** How the connection was opened. */
public final class Opening {
    private final byte[] synOptions;
    private final int synWindow;
    private final long synAckDelayNs;
    private final long ackDelayNs;
    private final ClientHeaders headers;

    /** Of a client whose headers are unknown. */
    public Opening(final byte[] synOptions, final int synWindow, final long synAckDelayNs, final long ackDelayNs) {
        this(synOptions, synWindow, synAckDelayNs, ackDelayNs, ClientHeaders.UNKNOWN);
    }

    /**
     * @param synOptions the client's SYN options as captured, padding included (0 to 40 bytes, empty without a SYN); taken
     *     over, not copied
     * @param synWindow SEG.WND of the client's SYN
     * @param synAckDelayNs SYN to SYN+ACK, -1 when unknown
     * @param ackDelayNs SYN+ACK to the client's ACK, -1 when unknown
     */
    public Opening(
            final byte[] synOptions,
            final int synWindow,
            final long synAckDelayNs,
            final long ackDelayNs,
            final ClientHeaders headers) {
        this.synOptions = synOptions;
        this.synWindow = synWindow;
        this.synAckDelayNs = synAckDelayNs;
        this.ackDelayNs = ackDelayNs;
        this.headers = headers;
    }

    /** Of the client's first packet. */
    public ClientHeaders headers() {
        return headers;
    }

    /** Borrowed: must not be written to. */
    public byte[] synOptions() {
        return synOptions;
    }

    public int synWindow() {
        return synWindow;
    }

    public long synAckDelayNs() {
        return synAckDelayNs;
    }

    public long ackDelayNs() {
        return ackDelayNs;
    }

    /** The round trip of the handshake, ns, or -1 when the capture does not hold all of it. */
    public long roundTripNs() {
        return synAckDelayNs < 0 || ackDelayNs < 0 ? -1 : synAckDelayNs + ackDelayNs;
    }

    /** The smaller of the two gaps tells the end at which the capture was taken. */
    public boolean capturedAtServer() {
        return synAckDelayNs >= 0 && ackDelayNs >= 0 && synAckDelayNs < ackDelayNs;
    }
}
