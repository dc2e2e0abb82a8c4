package io.tcpreplayj.flow;

/** Turns the positions of a client's rows to stream offsets and their times to think times, row by row. */
final class EventTimes {
    private static final int MAX_URGENT = 0xffff;

    private final long startNs;
    private final long serverStart;
    private final long establishedNs;
    private final long roundTripNs;
    private long gate;
    private long delayNs;
    private long sentBeforeNs = ClientLog.NO_TIME;
    private long serverBeforeNs = ClientLog.NO_TIME;

    EventTimes(final FlowBuilder flow) {
        final StreamAssembler server = flow.server();
        final Opening opening = flow.handshake().opening();
        startNs = flow.startNs();
        serverStart = server == null ? 0 : server.startPosition();
        establishedNs = flow.handshake().establishedNs(ClientLog.NO_TIME);
        roundTripNs = opening.capturedAtServer() ? opening.roundTripNs() : 0;
    }

    /**
     * The next row.
     *
     * @param gatePosition what it acknowledged, or {@link StreamAssembler#NO_ACK}
     * @param serverNs see {@link FlowBuilder#serverTimeUnder}
     */
    void onRow(final long gatePosition, final long rowNs, final long serverNs) {
        final long gateBefore = gate;
        if (gatePosition != StreamAssembler.NO_ACK) {
            gate = Math.max(gateBefore, gatePosition - serverStart);
        }
        final boolean hasNewBytes = gate > gateBefore && serverNs != ClientLog.NO_TIME && serverNs != serverBeforeNs;
        if (hasNewBytes) {
            // Seen at the server, the last answer has yet to travel to the client and the request has come from there.
            delayNs = Math.max(0, rowNs - serverNs - roundTripNs);
            serverBeforeNs = serverNs;
        } else {
            final long sinceNs = sentBeforeNs == ClientLog.NO_TIME ? establishedNs : sentBeforeNs;
            delayNs = sinceNs == ClientLog.NO_TIME ? 0 : Math.max(0, rowNs - sinceNs);
        }
        sentBeforeNs = rowNs;
    }

    /** Of the row told last, as are the others: bytes of the server's stream that the client had seen. */
    long gate() {
        return gate;
    }

    long delayNs() {
        return delayNs;
    }

    /** Capture time, ns since the flow's start. */
    long sentNs() {
        return sentBeforeNs - startNs;
    }

    long serverStart() {
        return serverStart;
    }

    static byte flags(final int control) {
        return (byte) (control & (ClientEvents.PSH | ClientEvents.URG));
    }

    static int urgent(final int control) {
        return control >>> 8 & MAX_URGENT;
    }
}
