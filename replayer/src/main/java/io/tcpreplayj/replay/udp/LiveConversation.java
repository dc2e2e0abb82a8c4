package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.packet.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2LongHashMap;

/** A conversation that is being captured: what all its copies have in common. */
final class LiveConversation {
    private static final int NO_GATE = -1;
    private static final long UNKNOWN = -1;
    /** So long a query is remembered that has no answer: as long as a conversation of its own would be. */
    private static final long FORGET_NS = 30_000_000_000L;

    private final long id;
    private final Endpoint target;
    private final boolean isDns;
    private final List<Integer> copies = new ArrayList<>();
    private final DnsQueries queries = new DnsQueries();
    /** Capture time of each query that has no answer. */
    private final Long2LongHashMap askedNs = new Long2LongHashMap(UNKNOWN);

    /** What the server had sent before the client's first datagram was for nobody. */
    private int firstGate = NO_GATE;

    private int answers;
    private int oldestOpen;
    private long latencyNs;

    LiveConversation(final long id, final Endpoint target, final boolean isDns) {
        this.id = id;
        this.target = target;
        this.isDns = isDns;
    }

    long id() {
        return id;
    }

    Endpoint target() {
        return target;
    }

    boolean isDns() {
        return isDns;
    }

    /** Numbers of its sessions. */
    List<Integer> copies() {
        return copies;
    }

    /** What has to be there before the client's datagram is sent, of which {@code captured} of the server came before. */
    int gate(final int captured) {
        if (isDns) {
            return answers;
        }
        if (firstGate == NO_GATE) {
            firstGate = captured;
        }
        return captured - firstGate;
    }

    /** The number of the query that the client sent, or {@link DnsQueries#NONE}. */
    int onClient(final ByteBuffer bytes, final int length, final long timeNs) {
        if (!isDns) {
            return DnsQueries.NONE;
        }
        forget(timeNs);
        final int before = queries.size();
        final int query = queries.onClient(bytes, 0, length);
        if (queries.size() > before) {
            askedNs.put(query, Math.max(0, timeNs));
        }
        return query;
    }

    private void forget(final long timeNs) {
        while (oldestOpen < queries.size()) {
            final long since = askedNs.get(oldestOpen);
            if (since != UNKNOWN && timeNs - since < FORGET_NS) {
                break;
            }
            askedNs.remove(oldestOpen++);
        }
        queries.forgetBefore(oldestOpen);
    }

    /** Of queries with lower numbers nothing more is heard: they were answered, or are forgotten. */
    int oldestOpen() {
        return oldestOpen;
    }

    /** The number of the query that the captured server answered, or {@link DnsQueries#NONE}. */
    int onServer(final ByteBuffer bytes, final int at, final int length, final long timeNs) {
        final int query = queries.onServer(bytes, at, length);
        if (query != DnsQueries.NONE) {
            answers++;
            latencyNs = Math.max(0, timeNs - askedNs.remove(query));
        }
        return query;
    }

    /** Of that answer. */
    int rcode() {
        return queries.message().rcode();
    }

    /** From the query to that answer. */
    long latencyNs() {
        return latencyNs;
    }
}
