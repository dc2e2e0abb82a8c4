package io.tcpreplayj.replay.tcp;

/** States of a connection (RFC 9293 3.3.2); a client never listens. */
public enum SessionState {
    CLOSED,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSING,
    TIME_WAIT,
    CLOSE_WAIT,
    LAST_ACK
}
