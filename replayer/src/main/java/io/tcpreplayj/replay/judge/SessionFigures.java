package io.tcpreplayj.replay.judge;

/** What one session did, for the {@link Ledger}. Requests that were answered or timed out are among those sent. */
interface SessionFigures {
    long requestsSent();

    long requestsNotSent();

    long requestsAnswered();

    long requestsTimedOut();

    /** Sent again, because the connection broke before their answer was whole. */
    long requestsRepeated();

    /** The same, but left out by the rules. */
    long requestsAbandoned();

    /** Connections that the target lost and another one took the place of. */
    int connectionsLost();

    /** Client bytes that the target acknowledged, each once. */
    long ackedBytes();

    /** Bytes of the server's streams. */
    long receivedBytes();

    /** Client bytes that a connection sent more than once. */
    long retransmittedBytes();

    /** One of each exchange. */
    Tally<Verdict> verdicts();
}
