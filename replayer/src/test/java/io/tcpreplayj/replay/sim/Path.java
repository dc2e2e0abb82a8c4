package io.tcpreplayj.replay.sim;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One direction of the network between us and the target: what becomes of each packet. */
final class Path {
    private static final long MS = 1_000_000L;
    private static final long SECOND_NS = 1_000 * MS;
    private static final int OLD_PACKETS = 32;

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
    private final Spell unreachable;
    private final int pathMtu;
    private final long narrowFromNs;
    private final boolean staysNarrow;
    private final int lossPercent;
    private final int ackLossPercent;
    private final long bytesPerSecond;
    private final int queuePackets;
    private final @Nullable Packet[] old = new Packet[OLD_PACKETS];
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
        unreachable = faults.spell(FaultKind.UNREACHABLE, world.nowNs(), 10 * SECOND_NS);
        pathMtu = random.oneOf(1280, 1400, 1491);
        final boolean narrow = faults.has(FaultKind.PATH_MTU) || faults.has(FaultKind.BLACK_HOLE);
        narrowFromNs = narrow ? world.nowNs() + random.oneOf(0, 0, 30, 1000) * MS : Long.MAX_VALUE;
        staysNarrow = faults.has(FaultKind.PATH_MTU) || (faults.kinds().size() == 1 && world.mtu() <= 1500);
        steppedDelayNs = random.spanNs(MS / 10, SECOND_NS);
        lossPercent = random.oneOf(1, 2, 5, 10, 20);
        ackLossPercent = random.oneOf(20, 50, 90);
        bytesPerSecond = random.oneOf(10_000, 100_000, 1_000_000);
        queuePackets = random.oneOf(3, 10, 50);
        synsLost = random.between(0, 3);
        finsLost = random.between(0, 3);
    }

    void send(final Packet packet) {
        final long nowNs = world.nowNs();
        final FaultKind lost = losing(packet, nowNs);
        if (lost != null) {
            faults.strike(lost);
            world.note("  lost: ", lost);
            tellSender(packet, lost, nowNs);
            return;
        }
        deliver(packet, arrivalNs(packet, nowNs));
        if (faults.strikes(FaultKind.DUPLICATE, 10, nowNs)) {
            deliver(packet, arrivalNs(packet, nowNs) + random.spanNs(1000, 100 * MS));
        }
        if (faults.has(FaultKind.OLD_DUPLICATE)) {
            repeatOld(packet, nowNs);
        }
    }

    /** What a router on the way writes back. */
    private void tellSender(final Packet packet, final FaultKind lost, final long nowNs) {
        if (lost == FaultKind.PATH_MTU && random.percent(80)) {
            final int named = random.percent(80) ? pathMtu : 0;
            world.queue().plan(nowNs + delayNs, () -> packet.connection().hearTooBig(packet.seq(), named));
        } else if (lost == FaultKind.UNREACHABLE) {
            world.queue().plan(nowNs + delayNs, () -> packet.connection().hearUnreachable(packet.seq()));
        }
    }

    private @Nullable FaultKind losing(final Packet packet, final long nowNs) {
        if (toTarget && packet.bytes().length > pathMtu && pathIsNarrow(nowNs)) {
            return faults.has(FaultKind.PATH_MTU) ? FaultKind.PATH_MTU : FaultKind.BLACK_HOLE;
        }
        if (toTarget && unreachable.covers(nowNs)) {
            return FaultKind.UNREACHABLE;
        }
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

    /** For ever, unless that is more than a client without ICMP can find out in time. */
    private boolean pathIsNarrow(final long nowNs) {
        return narrowFromNs <= nowNs && (staysNarrow || !faults.calm(nowNs));
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

    private void deliver(final Packet packet, final long atNs) {
        final Packet arrives = damage(packet);
        world.queue().plan(atNs, () -> {
            if (toTarget) {
                arrives.connection().arriveAtTarget(arrives);
            } else {
                arrives.connection().arriveAtTap(arrives);
            }
        });
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
    private void repeatOld(final Packet packet, final long nowNs) {
        final Packet again = old[random.below(OLD_PACKETS)];
        if (again != null && faults.strikes(FaultKind.OLD_DUPLICATE, 10, nowNs)) {
            final long atNs = nowNs + faults.of(FaultKind.OLD_DUPLICATE).spanNs(MS, 20 * SECOND_NS);
            deliver(again, atNs);
        }
        if (!packet.has(ServerTcp.RST)) {
            old[sent++ % OLD_PACKETS] = packet;
        }
    }
}
