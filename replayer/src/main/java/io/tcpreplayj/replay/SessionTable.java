package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.tcp.ClientSession;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/** The sessions that have begun and are not forgotten yet, by their number in the plan and by their address and port. */
final class SessionTable {
    static final int NONE = -1;

    private final @Nullable ClientSession[] sessions;
    private final boolean[] ended;
    private final Long2LongHashMap byLocal = new Long2LongHashMap(NONE);

    /** For the sessions 0 to {@code count} - 1. */
    SessionTable(final int count) {
        sessions = new ClientSession[count];
        ended = new boolean[count];
    }

    /** How many numbers there are. */
    int size() {
        return sessions.length;
    }

    /** {@code session} is what {@code index} is from now on. */
    void put(final int index, final ClientSession session) {
        sessions[index] = session;
        ended[index] = false;
        byLocal.put(key(session.local()), index);
    }

    ClientSession get(final int index) {
        final ClientSession session = sessions[index];
        if (session == null) {
            throw new IllegalStateException("session " + index + " has not started");
        }
        return session;
    }

    /** It has begun, and its outcome is not settled. */
    boolean isOpen(final int index) {
        return sessions[index] != null && !ended[index];
    }

    /** As {@link ClientSession#onFirstHop}, for all that are open; returns whether any is. */
    boolean onFirstHop(final int mtu) {
        boolean any = false;
        for (int index = 0; index < sessions.length; index++) {
            if (isOpen(index)) {
                get(index).onFirstHop(mtu);
                any = true;
            }
        }
        return any;
    }

    /** Its outcome is settled; it may have late segments to answer. */
    boolean isEnded(final int index) {
        return ended[index];
    }

    void end(final int index) {
        ended[index] = true;
    }

    /** What its address and port hear is for nobody until the next {@link #put}. */
    void unlist(final int index) {
        byLocal.remove(key(get(index).local()));
    }

    /** Nothing of an ended session is kept once no late segment can want an answer. */
    void forget(final int index) {
        unlist(index);
        sessions[index] = null;
    }

    /** The session between our end and theirs, or NONE; addresses as in {@link io.tcpreplayj.packet.IpAddress}. */
    int find(
            final long ourHigh,
            final long ourLow,
            final int ourPort,
            final long theirHigh,
            final long theirLow,
            final int theirPort) {
        final int index = (int) byLocal.get(key(ourLow, ourPort));
        if (index == NONE) {
            return NONE;
        }
        final Endpoint target = get(index).target();
        final boolean belongs = theirPort == target.port()
                && theirLow == target.address().low()
                && theirHigh == target.address().high()
                && ourHigh == get(index).local().address().high();
        return belongs ? index : NONE;
    }

    private static long key(final Endpoint local) {
        return key(local.address().low(), local.port());
    }

    /** Unique among the run's sessions: a pool's addresses differ in their last 48 bits. */
    private static long key(final long addressLow, final int port) {
        return addressLow << 16 | port;
    }
}
