package io.tcpreplayj.replay.sim;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One direction of the network between us and the target: what becomes of each packet. */
final class Path {
    private static final long MS = 1_000_000L;
    private static final long SECOND_NS = 1_000 * MS;
    private static final int OLD_PACKETS = 32;

    private record Old(Packet packet, Consumer<Packet> receiver) {}

    private final World world;
    private final Faults faults;
    private final Seeded random;
    private final boolean toTarget;
    private final long delayNs;
    private final long steppedDelayNs;
    private final Spell stepped;
    private final Spell blackout;
    private final Spell oneWay;
    private final Spell linkDown;
    private final FaultKind oneWayKind;
    private final int lossPercent;
    private final int ackLossPercent;
    private final long bytesPerSecond;
    private final int queuePackets;
    private final @Nullable Old[] old = new Old[OLD_PACKETS];
    private int sent;
    private boolean burst;
    private int synsLost;
    private int finsLost;
    private long busyUntilNs;

    /** Spells that strike both directions are drawn by the caller. */
    Path(final World world, final boolean toTarget, final long delayNs, final Spell blackout, final Spell linkDown) {
        this.world = world;
        this.toTarget = toTarget;
        this.delayNs = delayNs;
        this.blackout = blackout;
        this.linkDown = linkDown;
        faults = world.faults();
        random = world.random().of(toTarget ? "to target" : "to us");
        oneWayKind = toTarget ? FaultKind.BLACKOUT_TO_TARGET : FaultKind.BLACKOUT_TO_US;
        oneWay = faults.spell(oneWayKind, world.nowNs(), 15 * SECOND_NS);
        stepped = faults.spell(FaultKind.DELAY_STEP, world.nowNs(), 20 * SECOND_NS);
        steppedDelayNs = random.spanNs(MS / 10, SECOND_NS);
        lossPercent = random.oneOf(1, 2, 5, 10, 20);
        ackLossPercent = random.oneOf(20, 50, 90);
        bytesPerSecond = random.oneOf(10_000, 100_000, 1_000_000);
        queuePackets = random.oneOf(3, 10, 50);
        synsLost = random.between(0, 3);
        finsLost = random.between(0, 3);
    }

    void send(final Packet packet, final Consumer<Packet> receiver) {
        final long nowNs = world.nowNs();
        final FaultKind lost = losing(packet, nowNs);
        if (lost != null) {
            faults.strike(lost);
            world.note("  lost: ", lost);
            return;
        }
        deliver(packet, arrivalNs(packet, nowNs), receiver);
        if (faults.strikes(FaultKind.DUPLICATE, 10, nowNs)) {
            deliver(packet, arrivalNs(packet, nowNs) + random.spanNs(1000, 100 * MS), receiver);
        }
        if (faults.has(FaultKind.OLD_DUPLICATE)) {
            repeatOld(packet, nowNs, receiver);
        }
    }

    private @Nullable FaultKind losing(final Packet packet, final long nowNs) {
        if (blackout.covers(nowNs)) {
            return FaultKind.BLACKOUT;
        }
        if (oneWay.covers(nowNs)) {
            return oneWayKind;
        }
        if (linkDown.covers(nowNs)) {
            return FaultKind.LINK_DOWN;
        }
        if (faults.strikes(FaultKind.LOSS, lossPercent, nowNs)) {
            return FaultKind.LOSS;
        }
        if (inBurst(nowNs)) {
            return FaultKind.BURST_LOSS;
        }
        if (!toTarget && packet.pureAck() && faults.strikes(FaultKind.ACK_LOSS, ackLossPercent, nowNs)) {
            return FaultKind.ACK_LOSS;
        }
        if (packet.has(ServerTcp.SYN) && synsLost > 0 && faults.strikes(FaultKind.SYN_LOSS, 80, nowNs)) {
            synsLost--;
            return FaultKind.SYN_LOSS;
        }
        if (packet.has(ServerTcp.FIN) && finsLost > 0 && faults.strikes(FaultKind.FIN_LOSS, 80, nowNs)) {
            finsLost--;
            return FaultKind.FIN_LOSS;
        }
        return overflows(packet, nowNs) ? FaultKind.BOTTLENECK : null;
    }

    private boolean inBurst(final long nowNs) {
        if (!faults.has(FaultKind.BURST_LOSS) || faults.calm(nowNs)) {
            return false;
        }
        final Seeded dice = faults.of(FaultKind.BURST_LOSS);
        burst = burst ? !dice.percent(30) : dice.percent(4);
        return burst && dice.percent(80);
    }

    /** The link is busy with so many bytes that the queue before it is full. */
    private boolean overflows(final Packet packet, final long nowNs) {
        if (!faults.has(FaultKind.BOTTLENECK) || faults.calm(nowNs)) {
            return false;
        }
        final long packetNs = packet.bytes().length * SECOND_NS / bytesPerSecond;
        final long from = Math.max(nowNs, busyUntilNs);
        if (from - nowNs > queuePackets * (1500 * SECOND_NS / bytesPerSecond)) {
            return true;
        }
        busyUntilNs = from + packetNs;
        faults.strike(FaultKind.BOTTLENECK);
        return false;
    }

    private long arrivalNs(final Packet packet, final long nowNs) {
        long atNs = Math.max(nowNs, busyUntilNs)
                + (faults.covers(FaultKind.DELAY_STEP, stepped, nowNs) ? steppedDelayNs : delayNs);
        if (faults.strikes(FaultKind.JITTER, 100, nowNs)) {
            atNs += faults.of(FaultKind.JITTER).below((int) (20 * MS));
        }
        if (faults.strikes(FaultKind.REORDER, 15, nowNs)) {
            atNs += faults.of(FaultKind.REORDER).spanNs(MS / 10, 50 * MS);
        }
        return atNs;
    }

    private void deliver(final Packet packet, final long atNs, final Consumer<Packet> receiver) {
        final Packet arrives = damage(packet);
        world.queue().plan(atNs, () -> receiver.accept(arrives));
    }

    private Packet damage(final Packet packet) {
        final long nowNs = world.nowNs();
        final byte[] bytes = packet.bytes();
        if (faults.strikes(FaultKind.CORRUPT, 10, nowNs)) {
            final byte[] changed = bytes.clone();
            final Seeded dice = faults.of(FaultKind.CORRUPT);
            changed[dice.below(changed.length)] ^= (byte) (1 << dice.below(8));
            world.note("  ", FaultKind.CORRUPT);
            return packet.with(changed);
        }
        if (faults.strikes(FaultKind.TRUNCATE, 10, nowNs)) {
            world.note("  ", FaultKind.TRUNCATE);
            return packet.with(
                    Arrays.copyOf(bytes, faults.of(FaultKind.TRUNCATE).below(bytes.length)));
        }
        return packet;
    }

    /** RFC 7323 5: what wandered about in the network comes when nobody expects it. */
    private void repeatOld(final Packet packet, final long nowNs, final Consumer<Packet> receiver) {
        final Old again = old[random.below(OLD_PACKETS)];
        if (again != null && faults.strikes(FaultKind.OLD_DUPLICATE, 10, nowNs)) {
            final long atNs = nowNs + faults.of(FaultKind.OLD_DUPLICATE).spanNs(MS, 20 * SECOND_NS);
            deliver(again.packet(), atNs, again.receiver());
        }
        if (!packet.has(ServerTcp.RST)) {
            old[sent++ % OLD_PACKETS] = new Old(packet, receiver);
        }
    }
}
