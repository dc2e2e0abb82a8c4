package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The replayers of one intercept. Connections enter and leave them; the tap's thread looks them up without a lock. */
final class Subscriptions {
    /** So many replayers share an intercept at most. */
    private static final int LIMIT = 32;

    /** So long a replayer that was cut off may stay away. */
    private static final long RESUME_NS = 30_000_000_000L;

    /**
     * What an intercept is ready to hand out.
     *
     * @param clients networks that replayed clients may live in
     * @param targets servers whose answers may be had; empty for all that the tap sees
     * @param payloadBytes of a segment's payload at most (0 to 65535)
     */
    record Policy(List<Cidr> clients, List<Endpoint> targets, int payloadBytes) {
        /** What is served here in place of a whole family; without any of it, the family stays, which is objected to. */
        Hello narrowed(final Hello hello) {
            final List<Cidr> narrow = hello.clients().stream()
                    .flatMap(asked -> asked.prefixLength() > 0 ? Stream.of(asked) : ofFamily(asked))
                    .distinct()
                    .toList();
            return narrow.isEmpty() || narrow.size() > Fields.MAX_NETWORKS ? hello : hello.withClients(narrow);
        }

        private Stream<Cidr> ofFamily(final Cidr asked) {
            return clients.stream()
                    .filter(served -> served.address().isV4() == asked.address().isV4());
        }

        /** Why {@code hello} is not to be served, or null. */
        @Nullable
        String objection(final Hello hello) {
            for (final Cidr asked : hello.clients()) {
                if (clients.stream()
                        .noneMatch(allowed ->
                                allowed.prefixLength() <= asked.prefixLength() && allowed.contains(asked.address()))) {
                    return "clients in " + asked + " are not served here, only those in " + clients
                            + "; the intercept's --clients says so";
                }
            }
            for (final Endpoint target : hello.targets()) {
                if (!targets.isEmpty() && !targets.contains(target)) {
                    return "answers of " + target + " are not served here, only those of " + targets;
                }
            }
            return null;
        }
    }

    private final Policy policy;
    /** Of those that have left. */
    private long lostPackets;

    private volatile Subscription[] all = {};

    Subscriptions(final Policy policy) {
        this.policy = policy;
    }

    /**
     * Finds or makes the subscription of who introduces itself so.
     *
     * @throws FeedException with the reason, for the other end, when there will be none
     */
    synchronized Subscription enter(final Hello introduced) throws FeedException {
        final Hello hello = policy.narrowed(introduced);
        final UUID session = hello.session();
        for (final Subscription each : all) {
            if (each.hello().session().equals(session)) {
                if (!each.store().knows(hello.lastBatch())) {
                    throw new FeedException("batch " + hello.lastBatch() + " was never sent");
                }
                each.expect();
                return each;
            }
        }
        final String objection = policy.objection(hello);
        if (objection != null) {
            throw new FeedException(objection);
        }
        for (final Subscription each : all) {
            if (each.overlaps(hello)) {
                throw new FeedException("another replayer (" + each.hello().program() + ") has clients in "
                        + each.hello().clients() + " already: give this one others with --clients");
            }
        }
        if (all.length == LIMIT) {
            throw new FeedException("there are " + LIMIT + " replayers already");
        }
        final Subscription entered = new Subscription(hello, Math.min(policy.payloadBytes(), hello.payloadBytes()));
        final List<Subscription> more = new ArrayList<>(List.of(all));
        more.add(entered);
        all = more.toArray(Subscription[]::new);
        return entered;
    }

    /** Forgets a replayer whose run is over. */
    synchronized void leave(final Subscription subscription) {
        final List<Subscription> fewer = new ArrayList<>(List.of(all));
        if (fewer.remove(subscription)) {
            lostPackets += subscription.store().lostPackets();
        }
        all = fewer.toArray(Subscription[]::new);
    }

    /** Forgets those that were cut off and have not come back. */
    synchronized void forgetAbandoned(final long nowNs) {
        for (final Subscription each : all) {
            if (each.isAbandoned(nowNs, RESUME_NS)) {
                leave(each);
            }
        }
    }

    /** Whose the packets of a target's endpoint to a client's are; null when nobody's. Any thread. */
    @Nullable
    Subscription find(
            final long clientHigh,
            final long clientLow,
            final int clientPort,
            final long targetHigh,
            final long targetLow,
            final int targetPort) {
        for (final Subscription each : all) {
            if (each.owns(clientHigh, clientLow, clientPort, targetHigh, targetLow, targetPort)) {
                return each;
            }
        }
        return null;
    }

    /** The tap has no more for now: what was added may go. */
    void flush() {
        for (final Subscription each : all) {
            each.flush();
        }
    }

    /** Packets that there was no room for while their replayers did not take them. */
    synchronized long lostPackets() {
        long lost = lostPackets;
        for (final Subscription each : all) {
            lost += each.store().lostPackets();
        }
        return lost;
    }

    int size() {
        return all.length;
    }
}
