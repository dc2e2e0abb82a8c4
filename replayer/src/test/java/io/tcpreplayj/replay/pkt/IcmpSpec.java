package io.tcpreplayj.replay.pkt;

/**
 * An ICMP message about one of the client's packets: {@code icmp unreachable frag_needed mtu 1000 [1:1461(1460)]}.
 *
 * @param tooBig the packet was too big to be forwarded; else it cannot arrive at all
 * @param mtu of IPv4 what would have been forwarded, 0 when the message does not say
 * @param quotedSeq SEG.SEQ of the quoted segment, relative
 */
record IcmpSpec(boolean tooBig, int mtu, long quotedSeq) {
    /** The rest of the line behind {@code icmp}. */
    static IcmpSpec parse(final ScriptLine line) {
        line.expect("unreachable");
        final boolean tooBig = line.eatWord("frag_needed");
        int mtu = 0;
        if (tooBig) {
            line.expect("mtu");
            mtu = (int) line.number("an MTU");
        } else if (!line.eatWord("host_unreachable") && !line.eatWord("net_unreachable")) {
            throw line.error("expected frag_needed, host_unreachable or net_unreachable");
        }
        line.expect("[");
        final long seq = line.number("the quoted sequence number");
        line.expect(":");
        line.number("its end");
        line.expect("(");
        line.number("its length");
        line.expect(")");
        line.expect("]");
        return new IcmpSpec(tooBig, mtu, seq);
    }
}
