package io.tcpreplayj.flow;

import java.util.Arrays;

/**
 * The exchanges of a flow: an exchange is a maximal run of client bytes sent with the same gate, and what the server
 * answered before the next one. Exchange {@code i} covers the DATA rows of {@link ClientEvents} from
 * {@code firstEvent(i)} on; its answer is the server's stream from its gate to the gate of the next exchange (of the last:
 * to the end of the stream; a server's FIN is not part of it).
 */
public final class Exchanges {
    private final int[] firstEvents;
    private final int[] eventCounts;
    private final int[] requests;
    private final long[] responseBytes;
    private final long[] firstResponseNs;
    private final long[] lastResponseNs;
    private final long[] digests;
    private final byte[][] heads;

    /**
     * The arrays are taken over, not copied; all have the same length.
     *
     * @param requests HTTP/1.x messages that begin in the exchange where the flow is HTTP, else 1
     * @param firstResponseNs capture time of the answer's first byte, ns since the flow's start, -1 without an answer
     * @param lastResponseNs the same of its last byte
     * @param digests CRC-32C of each answer, -1 when it is empty or not whole
     * @param heads the first bytes of each answer, as many as were asked for
     */
    public Exchanges(
            final int[] firstEvents,
            final int[] eventCounts,
            final int[] requests,
            final long[] responseBytes,
            final long[] firstResponseNs,
            final long[] lastResponseNs,
            final long[] digests,
            final byte[][] heads) {
        this.firstEvents = firstEvents;
        this.eventCounts = eventCounts;
        this.requests = requests;
        this.responseBytes = responseBytes;
        this.firstResponseNs = firstResponseNs;
        this.lastResponseNs = lastResponseNs;
        this.digests = digests;
        this.heads = heads;
    }

    /** The exchanges from {@code first} on; its first row becomes row 0. */
    public Exchanges from(final int first) {
        final int n = firstEvents.length;
        final int[] firstEventsFrom = Arrays.copyOfRange(firstEvents, first, n);
        final int base = firstEventsFrom[0];
        for (int i = 0; i < firstEventsFrom.length; i++) {
            firstEventsFrom[i] -= base;
        }
        return new Exchanges(
                firstEventsFrom,
                Arrays.copyOfRange(eventCounts, first, n),
                Arrays.copyOfRange(requests, first, n),
                Arrays.copyOfRange(responseBytes, first, n),
                Arrays.copyOfRange(firstResponseNs, first, n),
                Arrays.copyOfRange(lastResponseNs, first, n),
                Arrays.copyOfRange(digests, first, n),
                Arrays.copyOfRange(heads, first, n));
    }

    /**
     * As many of the exchanges as the arrays have, over other rows.
     *
     * @param newFirstEvents taken over, as is {@code newEventCounts}
     */
    public Exchanges withRows(final int[] newFirstEvents, final int[] newEventCounts) {
        final int n = newFirstEvents.length;
        return new Exchanges(
                newFirstEvents,
                newEventCounts,
                Arrays.copyOf(requests, n),
                Arrays.copyOf(responseBytes, n),
                Arrays.copyOf(firstResponseNs, n),
                Arrays.copyOf(lastResponseNs, n),
                Arrays.copyOf(digests, n),
                Arrays.copyOf(heads, n));
    }

    public int size() {
        return firstEvents.length;
    }

    /** First row of the exchange in {@link ClientEvents}. */
    public int firstEvent(final int exchange) {
        return firstEvents[exchange];
    }

    /** Rows of the exchange, all of kind DATA. */
    public int eventCount(final int exchange) {
        return eventCounts[exchange];
    }

    public int requests(final int exchange) {
        return requests[exchange];
    }

    public long responseBytes(final int exchange) {
        return responseBytes[exchange];
    }

    public long firstResponseNs(final int exchange) {
        return firstResponseNs[exchange];
    }

    public long lastResponseNs(final int exchange) {
        return lastResponseNs[exchange];
    }

    /** CRC-32C of the answer, or -1. */
    public long digest(final int exchange) {
        return digests[exchange];
    }

    public byte[] head(final int exchange) {
        return heads[exchange];
    }
}
