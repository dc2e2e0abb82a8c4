package io.tcpreplayj.replay.tcp;

/** What of a session's inside the simulator's invariants speak of. */
public final class Inside {
    private Inside() {}

    /** SND.UNA, counted from the SYN. */
    public static long una(final ClientSession session) {
        return session.sendSequence().una();
    }

    /** SND.NXT, counted from the SYN. */
    public static long nxt(final ClientSession session) {
        return session.sendSequence().nxt();
    }

    /** RCV.NXT on the wire. */
    public static int rcvNxt(final ClientSession session) {
        return session.receiveSequence().rcvNxt();
    }

    /** RCV.NXT, counted from the target's SYN. */
    public static long received(final ClientSession session) {
        return session.receiveSequence().nxt();
    }

    /** Bytes wait behind others that are missing. */
    public static boolean hasHole(final ClientSession session) {
        return session.receiveSequence().hasHole();
    }
}
