package io.tcpreplayj.intercept.feed;

/** The kinds of frames; {@code intercept/PROTOCOL.md} says what each carries and who sends it. */
public enum FrameType {
    /** From the replayer, first: who it is, whose answers it wants, what it has already. */
    HELLO(1),
    /** From the intercept: the replayer is registered, and this is how answers come. */
    WELCOME(2),
    /** From the intercept, last: why not. */
    REFUSAL(3),
    /** From the intercept: packets of the target. */
    PACKETS(4),
    /** From the replayer every {@link FeedFormat#HEARTBEAT_NS}; from the intercept when it had no packets for so long. */
    HEARTBEAT(5),
    /** From the intercept, last: answers are no longer kept from anybody; nothing new may be sent. */
    REVOKED(6),
    /** From the replayer, or from a host that captures, last: its run is over. */
    BYE(7),
    /** From a host that captures, first: who it is. */
    RELAY(8),
    /** From a host that captures: packets of its network. */
    RELAYED(9),
    /** From the host that replays: it has these batches, and goes on behind them. */
    TAKEN(10);

    private static final FrameType[] ALL = values();

    private final int code;

    FrameType(final int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** @throws FeedException when there is no such kind */
    static FrameType of(final int code) throws FeedException {
        if (code < 1 || code > ALL.length) {
            throw new FeedException("frame of unknown type " + code);
        }
        return ALL[code - 1];
    }
}
