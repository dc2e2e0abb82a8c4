package io.tcpreplayj.replay.sim;

/** What can go wrong in a simulation. Each seed draws a few; all of them end when the simulation comes to rest. */
enum FaultKind {
    LOSS("each packet is lost with one probability, up to 20 %"),
    BURST_LOSS("packets are lost in bursts (Gilbert-Elliott)"),
    ACK_LOSS("many of the target's pure acknowledgements are lost"),
    SYN_LOSS("the first SYN or SYN+ACK packets are lost"),
    FIN_LOSS("the first packets with FIN are lost"),
    DUPLICATE("packets come twice"),
    REORDER("packets overtake each other"),
    DELAY_STEP("the path's delay changes"),
    JITTER("every packet is delayed differently"),
    CORRUPT("a bit of the packet is flipped"),
    TRUNCATE("the end of the packet is missing"),
    BLACKOUT("nothing arrives anywhere for a while"),
    BLACKOUT_TO_TARGET("nothing arrives at the target for a while"),
    BLACKOUT_TO_US("nothing of the target's arrives for a while"),
    PATH_MTU("the path takes smaller packets than the first hop, and says so (RFC 1191)"),
    BLACK_HOLE("the path takes smaller packets, and says nothing (RFC 4821)"),
    BOTTLENECK("a slow link with a short queue"),
    CHANNEL_CUT("the tap sees nothing for a while, the target goes on"),
    CHANNEL_STALL("what the tap saw comes late and at once"),
    HEADER_ONLY("the tap cuts packets behind the headers"),
    NO_BUFFERS("the wire refuses segments (ENOBUFS)"),
    LINK_DOWN("our link is down: what is sent is lost, nothing comes"),
    REPLAYER_STOPPED("the replayer stands still for seconds (SIGSTOP)"),
    ZERO_WINDOW("the server does not read for a while"),
    TINY_WINDOW("the server's receive buffer is tiny"),
    WINDOW_SHRINKS("the server takes back window it offered (RFC 9293 3.8.6)"),
    SILLY_READER("the server reads byte by byte, and says so (RFC 9293 3.8.6.2)"),
    FORGED_RST("a RST outside the window (RFC 5961 3)"),
    FORGED_RST_IN_WINDOW("a RST in the window, not at RCV.NXT"),
    FORGED_SYN("a SYN out of nowhere (RFC 5961 4)"),
    FORGED_ACK("an ACK of what was never sent (RFC 5961 5)"),
    FORGED_OLD_ACK("an ACK from the distant past"),
    FORGED_TOO_BIG("ICMP that quotes nothing in flight, or names a ridiculous size (RFC 5927)"),
    OLD_DUPLICATE("copies of old packets come again (RFC 7323 5)"),
    TARGET_STALL("the server's process stands still, its kernel goes on"),
    TARGET_FREEZE("the target's host stands still"),
    SYN_COOKIES("the target keeps nothing of the SYN, options are lost (RFC 4987)"),
    RENEGING("the target drops what it acknowledged by SACK only (RFC 2018 8)"),
    ACK_STRETCH("the target acknowledges rarely"),
    ACK_DIVISION("the target acknowledges piecemeal"),
    KEEP_ALIVE("the target probes an idle connection (RFC 9293 3.8.4)"),
    ANSWER_SHORT("answers are shorter than recorded"),
    ANSWER_LONG("answers are longer than recorded"),
    ANSWER_NEVER("an answer never comes"),
    ANSWER_DRIP("answers come in drops"),
    EARLY_SHUTDOWN("the server closes its side early and goes on reading"),
    NEVER_CLOSES("the server never closes its side"),
    UNREACHABLE("nothing arrives for a while, and a router says so", true),
    TARGET_RESTART("the target forgets everything", true),
    TARGET_ABORT("the server resets the connection", true),
    FORGED_RST_EXACT("a RST that hits RCV.NXT", true),
    INTERRUPTED("the run is stopped (SIGINT)", true);

    private final String description;
    private final boolean fatal;

    FaultKind(final String description) {
        this(description, false);
    }

    FaultKind(final String description, final boolean fatal) {
        this.description = description;
        this.fatal = fatal;
    }

    String description() {
        return description;
    }

    /** Whether a session that meets it may end without having delivered all. */
    boolean fatal() {
        return fatal;
    }
}
