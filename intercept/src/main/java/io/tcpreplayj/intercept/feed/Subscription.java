package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One replayer, whether it is connected just now or not: whose answers it gets, and what of them it has not got yet. The
 * tap's thread adds, connections take.
 */
final class Subscription {
    /** Two seconds of headers at 10,000 packets/s, or 4 MiB of answers; what is older TCP sends again. */
    private static final int STORE_BYTES = 4 << 20;

    private final Hello hello;
    private final int payloadBytes;
    private final BatchStore store = new BatchStore(STORE_BYTES);
    private final PacketBatch batch = new PacketBatch();
    private @Nullable Object connection;
    private long leftNs = System.nanoTime();

    /** @param payloadBytes how much of a payload this replayer gets */
    Subscription(final Hello hello, final int payloadBytes) {
        this.hello = hello;
        this.payloadBytes = payloadBytes;
    }

    Hello hello() {
        return hello;
    }

    int payloadBytes() {
        return payloadBytes;
    }

    BatchStore store() {
        return store;
    }

    /** Whether packets of {@code target} to a client at this address and port are this replayer's. */
    boolean owns(
            final long clientHigh,
            final long clientLow,
            final int clientPort,
            final long targetHigh,
            final long targetLow,
            final int targetPort) {
        return hello.ports().contains(clientPort)
                && isOfTarget(targetHigh, targetLow, targetPort)
                && isOfClients(clientHigh, clientLow);
    }

    private boolean isOfClients(final long high, final long low) {
        for (int i = 0; i < hello.clients().size(); i++) {
            if (hello.clients().get(i).contains(high, low)) {
                return true;
            }
        }
        return false;
    }

    private boolean isOfTarget(final long targetHigh, final long targetLow, final int targetPort) {
        for (int i = 0; i < hello.targets().size(); i++) {
            final Endpoint target = hello.targets().get(i);
            if (target.port() == targetPort
                    && target.address().low() == targetLow
                    && target.address().high() == targetHigh) {
                return true;
            }
        }
        return false;
    }

    /** Whether one connection could be of both. */
    boolean overlaps(final Hello other) {
        return hello.clients().stream()
                        .anyMatch(one -> other.clients().stream().anyMatch(another -> shareAddresses(one, another)))
                && hello.ports().first() <= other.ports().last()
                && other.ports().first() <= hello.ports().last()
                && hello.targets().stream().anyMatch(other.targets()::contains);
    }

    private static boolean shareAddresses(final Cidr one, final Cidr other) {
        return one.contains(other.address()) || other.contains(one.address());
    }

    /** Adds a packet; the tap's thread. */
    void add(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final boolean checksumKnown) {
        if (!batch.hasRoom(caplen)) {
            store.append(batch);
        }
        batch.add(buffer, offset, caplen, origlen, captureTimeNs, checksumKnown);
    }

    /** Lets go what {@link #add} holds; the tap's thread, when it has no more for now. */
    void flush() {
        if (!batch.isEmpty()) {
            store.append(batch);
        }
    }

    /**
     * From now on {@code who} takes the batches behind {@code lastBatch}; who took them before does not.
     *
     * @return number of the next batch
     */
    synchronized long attach(final Object who, final long lastBatch) {
        connection = who;
        return store.resumeAfter(lastBatch, who);
    }

    /** {@code who} takes no more, unless another has come already. */
    @SuppressWarnings("ReferenceEquality") // The very connection, not one like it.
    synchronized void detach(final Object who, final long nowNs) {
        if (connection == who) {
            connection = null;
            leftNs = nowNs;
        }
    }

    /** Somebody is about to come for it. */
    synchronized void expect() {
        leftNs = System.nanoTime();
    }

    /** Whether nobody has come for it in {@code patienceNs}. */
    synchronized boolean isAbandoned(final long nowNs, final long patienceNs) {
        return connection == null && nowNs - leftNs > patienceNs;
    }
}
