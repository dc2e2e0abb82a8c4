package io.tcpreplayj.replay.sim;

import io.tcpreplayj.replay.tcp.Inside;

/** Plans what happens at one moment: forged packets, and the ends that nobody wants. */
final class Attacker {
    private static final long MS = 1_000_000L;
    private static final long SECOND_NS = 1_000 * MS;
    private static final int FAR = 1 << 22;

    private final World world;
    private final Faults faults;

    Attacker(final World world) {
        this.world = world;
        this.faults = world.faults();
    }

    void plan() {
        planFor(FaultKind.FORGED_RST, 6, this::resetOutside);
        planFor(FaultKind.FORGED_RST_IN_WINDOW, 6, this::resetInside);
        planFor(FaultKind.FORGED_SYN, 6, this::syn);
        planFor(FaultKind.FORGED_ACK, 6, this::ackOfNothing);
        planFor(FaultKind.FORGED_OLD_ACK, 6, this::oldAck);
        planFor(FaultKind.FORGED_TOO_BIG, 6, this::tooBig);
        planFor(FaultKind.FORGED_RST_EXACT, 1, this::resetExactly);
        planFor(
                FaultKind.TARGET_ABORT,
                1,
                (connection, random) -> connection.server().abort());
        if (faults.has(FaultKind.TARGET_RESTART)) {
            world.queue().plan(someTime(faults.of(FaultKind.TARGET_RESTART)), this::restart);
        }
        if (faults.has(FaultKind.INTERRUPTED)) {
            world.queue().plan(someTime(faults.of(FaultKind.INTERRUPTED)), this::interrupt);
        }
    }

    private interface Deed {
        void on(Connection connection, Seeded random);
    }

    private void planFor(final FaultKind kind, final int most, final Deed deed) {
        if (!faults.has(kind)) {
            return;
        }
        final Seeded random = faults.of(kind);
        for (int times = random.between(1, most); times > 0; times--) {
            final Connection connection =
                    world.connections().get(random.below(world.connections().size()));
            world.queue().plan(someTime(random), () -> {
                if (!connection.ended()) {
                    faults.strike(kind);
                    world.note("now: ", kind);
                    deed.on(connection, random);
                }
            });
        }
    }

    private long someTime(final Seeded random) {
        return world.startNs() + random.spanNs(MS / 10, 5 * SECOND_NS);
    }

    /** Behind everything that the target ever sent: within the window, and not what comes next. */
    private static int ahead(final Connection connection, final int by) {
        return connection.habits().iss + (int) connection.server().sender().max() + by;
    }

    private void resetOutside(final Connection connection, final Seeded random) {
        final int by = random.coin() ? FAR + random.below(1 << 28) : -FAR - random.below(1 << 28);
        connection.forge(ahead(connection, by), 0, ServerTcp.RST, 0);
    }

    private void resetInside(final Connection connection, final Seeded random) {
        connection.forge(ahead(connection, 1 + random.below(10_000)), 0, ServerTcp.RST, 0);
    }

    private void resetExactly(final Connection connection, final Seeded random) {
        connection.forge(Inside.rcvNxt(connection.session()), 0, ServerTcp.RST, 0);
    }

    private void syn(final Connection connection, final Seeded random) {
        // The RST that answers it in SYN-SENT has number 0, which must not hit the server by accident.
        if (Math.abs((long) connection.iss()) < FAR) {
            return;
        }
        final int seq = random.coin() ? ahead(connection, random.below(10_000)) : (int) random.next();
        connection.forge(seq, 0, ServerTcp.SYN, 1000);
    }

    private void ackOfNothing(final Connection connection, final Seeded random) {
        final int ack = connection.iss() + (int) Inside.nxt(connection.session()) + 2 + random.below(1 << 20);
        connection.forge(ahead(connection, 0), ack, ServerTcp.ACK, random.below(65_536));
    }

    private void oldAck(final Connection connection, final Seeded random) {
        final int ack = connection.iss() + (int) Inside.una(connection.session()) - 1 - random.below(1 << 30);
        connection.forge(ahead(connection, 0), ack, ServerTcp.ACK, random.below(65_536));
    }

    /** Of what was sent long ago, or will be, any size; of what is in flight, one that no path has. */
    private void tooBig(final Connection connection, final Seeded random) {
        final int una = connection.iss() + (int) Inside.una(connection.session());
        if (random.coin()) {
            connection.hearTooBig(una - 1 - random.below(FAR), 600 + random.below(600));
        } else {
            connection.hearTooBig(una, random.below(552));
        }
    }

    private void restart() {
        faults.strike(FaultKind.TARGET_RESTART);
        world.note("now: ", FaultKind.TARGET_RESTART);
        world.connections().forEach(connection -> connection.server().forget());
    }

    private void interrupt() {
        for (final Connection connection : world.connections()) {
            connection.stopReconnects();
            if (!connection.ended()) {
                faults.strike(FaultKind.INTERRUPTED);
                world.note("now: ", FaultKind.INTERRUPTED);
                connection.abort();
            }
        }
    }
}
