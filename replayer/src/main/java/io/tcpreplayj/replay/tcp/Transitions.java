package io.tcpreplayj.replay.tcp;

/** How a connection closes (RFC 9293 3.3.2, figure 5), from the client's side. */
final class Transitions {
    private Transitions() {}

    static SessionState finSent(final SessionState state) {
        return switch (state) {
            case ESTABLISHED -> SessionState.FIN_WAIT_1;
            case CLOSE_WAIT -> SessionState.LAST_ACK;
            default -> state;
        };
    }

    static SessionState finAcked(final SessionState state) {
        return switch (state) {
            case FIN_WAIT_1 -> SessionState.FIN_WAIT_2;
            case CLOSING -> SessionState.TIME_WAIT;
            case LAST_ACK -> SessionState.CLOSED;
            default -> state;
        };
    }

    static SessionState finReceived(final SessionState state) {
        return switch (state) {
            case ESTABLISHED -> SessionState.CLOSE_WAIT;
            case FIN_WAIT_1 -> SessionState.CLOSING;
            case FIN_WAIT_2 -> SessionState.TIME_WAIT;
            default -> state;
        };
    }
}
