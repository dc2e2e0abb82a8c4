package io.tcpreplayj.flow;

import java.util.Arrays;

/**
 * The exchanges of a flow: an exchange is a maximal run of client bytes sent with the same gate, and what the server
 * answered before the next one. Exchange {@code i} covers the DATA rows of {@link ClientEvents} from
 * {@code firstEvent(i)} on; its answer is the server's stream from its gate to the gate of the next exchange (of the last:
 * to the end of the stream; a server's FIN is not part of it).
 */
public final class Exchanges {
    private int[] firstEvents;
    private int[] eventCounts;
    private int[] requests;
    private long[] responseBytes;
    private long[] firstResponseNs;
    private long[] lastResponseNs;
    private long[] digests;
    private byte[][] heads;
    private int size;
    /** The exchange at index 0 of the columns. */
    private int first;

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
        this.size = firstEvents.length;
    }

    /** The exchanges from {@code first} on; its first row becomes row 0. */
    public Exchanges from(final int first) {
        final int n = size;
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

    /** Of a flow that is still being captured: how many there are by now. */
    public int size() {
        return size;
    }

    /** The first exchange that is kept: 0, but where some were forgotten behind which a flow goes on that is being captured. */
    public int first() {
        return first;
    }

    /** First row of the exchange in {@link ClientEvents}. */
    public int firstEvent(final int exchange) {
        return firstEvents[exchange - first];
    }

    /** Rows of the exchange, all of kind DATA. */
    public int eventCount(final int exchange) {
        return eventCounts[exchange - first];
    }

    public int requests(final int exchange) {
        return requests[exchange - first];
    }

    public long responseBytes(final int exchange) {
        return responseBytes[exchange - first];
    }

    public long firstResponseNs(final int exchange) {
        return firstResponseNs[exchange - first];
    }

    public long lastResponseNs(final int exchange) {
        return lastResponseNs[exchange - first];
    }

    /** CRC-32C of the answer, or -1. */
    public long digest(final int exchange) {
        return digests[exchange - first];
    }

    public byte[] head(final int exchange) {
        return heads[exchange - first];
    }

    /** The exchanges of a flow that is still being captured; on one thread with whoever reads them. */
    public static final class Growing {
        private static final int FIRST_ROWS = 4;
        private static final byte[] NO_HEAD = {};

        private final Exchanges rows = new Exchanges(
                new int[FIRST_ROWS],
                new int[FIRST_ROWS],
                new int[FIRST_ROWS],
                new long[FIRST_ROWS],
                new long[FIRST_ROWS],
                new long[FIRST_ROWS],
                new long[FIRST_ROWS],
                new byte[FIRST_ROWS][]);

        public Growing() {
            rows.size = 0;
        }

        /** What is there by now, and will be there later. */
        public Exchanges rows() {
            return rows;
        }

        /**
         * Another exchange begins, nothing of whose answer is known.
         *
         * @param firstResponseNs that something of it was on its way by then, or -1
         */
        public void begin(final int firstEvent, final long firstResponseNs) {
            if (kept() == rows.firstEvents.length) {
                reserve(0, 2 * kept());
            }
            final int exchange = kept();
            rows.size++;
            rows.firstEvents[exchange] = firstEvent;
            rows.eventCounts[exchange] = 0;
            rows.requests[exchange] = 0;
            rows.responseBytes[exchange] = 0;
            rows.firstResponseNs[exchange] = firstResponseNs;
            rows.lastResponseNs[exchange] = -1;
            rows.digests[exchange] = -1;
            rows.heads[exchange] = NO_HEAD;
        }

        /** The latest exchange has another row, in which so many requests begin. */
        public void onRow(final int requests) {
            rows.eventCounts[kept() - 1]++;
            rows.requests[kept() - 1] += requests;
        }

        /** So far the last byte of an answer came then, or -1. */
        public void onAnswering(final int exchange, final long lastResponseNs) {
            rows.lastResponseNs[exchange - rows.first] = lastResponseNs;
        }

        /** The answer is complete; parameters as the columns of {@link Exchanges}. */
        public void onAnswer(
                final int exchange,
                final long responseBytes,
                final long firstResponseNs,
                final long lastResponseNs,
                final long digest,
                final byte[] head) {
            final int at = exchange - rows.first;
            rows.responseBytes[at] = responseBytes;
            rows.firstResponseNs[at] = firstResponseNs;
            rows.lastResponseNs[at] = lastResponseNs;
            rows.digests[at] = digest;
            rows.heads[at] = head;
        }

        /** Exchanges that take memory. */
        public int kept() {
            return rows.size - rows.first;
        }

        /** Nobody will ask for the exchanges before this one any more; the others keep their numbers. */
        public void forget(final int exchange) {
            reserve(exchange - rows.first, Math.max(FIRST_ROWS, 2 * (rows.size - exchange)));
            rows.first = exchange;
        }

        /** Leaves out the first {@code count}, and has room for {@code capacity}. */
        private void reserve(final int count, final int capacity) {
            rows.firstEvents = Arrays.copyOfRange(rows.firstEvents, count, count + capacity);
            rows.eventCounts = Arrays.copyOfRange(rows.eventCounts, count, count + capacity);
            rows.requests = Arrays.copyOfRange(rows.requests, count, count + capacity);
            rows.responseBytes = Arrays.copyOfRange(rows.responseBytes, count, count + capacity);
            rows.firstResponseNs = Arrays.copyOfRange(rows.firstResponseNs, count, count + capacity);
            rows.lastResponseNs = Arrays.copyOfRange(rows.lastResponseNs, count, count + capacity);
            rows.digests = Arrays.copyOfRange(rows.digests, count, count + capacity);
            rows.heads = Arrays.copyOfRange(rows.heads, count, count + capacity);
        }
    }
}
