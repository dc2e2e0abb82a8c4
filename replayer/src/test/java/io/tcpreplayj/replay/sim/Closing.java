package io.tcpreplayj.replay.sim;

/** How a captured conversation ended. */
enum Closing {
    /** The client closes when it has all answers, then the server. */
    CLIENT_FIRST,
    /** The server closes behind its last answer, then the client. */
    SERVER_FIRST,
    /** Both close without having seen the other do it. */
    AT_ONCE,
    /** The client closes its side behind its last request, the answers come after that. */
    HALF,
    /** The client resets the connection when it has all answers. */
    RESET,
    /** The capture ended before the connection did. */
    OPEN
}
