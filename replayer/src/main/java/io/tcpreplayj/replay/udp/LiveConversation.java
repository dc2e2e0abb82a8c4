package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.packet.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.LongArrayList;

/** A conversation that is being captured: what all its copies have in common. */
final class LiveConversation {
    private static final int NO_GATE = -1;

    private final long id;
    private final Endpoint target;
    private final boolean isDns;
    private final List<Integer> copies = new ArrayList<>();
    private final DnsQueries queries = new DnsQueries();
    /** Capture time of each query. */
    private final LongArrayList askedNs = new LongArrayList();

    /** What the server had sent before the client's first datagram was for nobody. */
    private int firstGate = NO_GATE;

    private int answers;

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
        final int before = queries.size();
        final int query = queries.onClient(bytes, 0, length);
        if (queries.size() > before) {
            askedNs.addLong(timeNs);
        }
        return query;
    }

    /** The number of the query that the captured server answered, or {@link DnsQueries#NONE}. */
    int onServer(final ByteBuffer bytes, final int at, final int length) {
        final int query = queries.onServer(bytes, at, length);
        answers += query == DnsQueries.NONE ? 0 : 1;
        return query;
    }

    int rcode() {
        return queries.message().rcode();
    }

    /** From the query to now. */
    long latencyNs(final int query, final long timeNs) {
        return Math.max(0, timeNs - askedNs.getLong(query));
    }
}
