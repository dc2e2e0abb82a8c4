package io.tcpreplayj.replay.tcp;

/**
 * What both directions of a connection know together (RFC 9293 3.3.1, the transmission control block): each segment that
 * leaves tells of all of it, and each that comes changes some.
 */
record ControlBlock(SendSequence send, ReceiveSequence receive, Timestamps timestamps, CongestionNotice notice) {
    static ControlBlock of(final TcpConfig config) {
        return new ControlBlock(
                new SendSequence(), new ReceiveSequence(), new Timestamps(), new CongestionNotice(config.ecn()));
    }
}
