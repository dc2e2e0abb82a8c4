package io.tcpreplayj.replay.sim;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The kinds of trouble that one simulation has, each with a stream of random numbers of its own. */
final class Faults {
    private static final long SECOND_NS = 1_000_000_000L;

    private final Set<FaultKind> kinds;
    private final Map<FaultKind, Seeded> streams = new EnumMap<>(FaultKind.class);
    private final Set<FaultKind> struck = EnumSet.noneOf(FaultKind.class);
    private final long calmNs;
    private int fatalStrikes;

    /** @param startNs when the simulation begins */
    Faults(final Seeded seed, final Set<FaultKind> kinds, final long startNs) {
        this.kinds = kinds;
        for (final FaultKind kind : kinds) {
            streams.put(kind, seed.of(kind.name()));
        }
        calmNs = startNs + seed.of("calm").spanNs(2 * SECOND_NS, 30 * SECOND_NS);
    }

    /** None now and then, one to four mostly, up to eight. Fatal ones are rare: they hide what comes behind them. */
    static Set<FaultKind> draw(final Seeded random) {
        final Set<FaultKind> drawn = EnumSet.noneOf(FaultKind.class);
        final int wanted = random.percent(5) ? 0 : random.percent(85) ? random.between(1, 4) : random.between(5, 8);
        final FaultKind[] all = FaultKind.values();
        while (drawn.size() < wanted) {
            final FaultKind kind = all[random.below(all.length)];
            if (!kind.fatal() || random.percent(20)) {
                drawn.add(kind);
            }
        }
        return drawn;
    }

    Set<FaultKind> kinds() {
        return kinds;
    }

    boolean has(final FaultKind kind) {
        return kinds.contains(kind);
    }

    /** The kind's own random numbers; to be asked for only when {@link #has} says so. */
    Seeded of(final FaultKind kind) {
        final Seeded stream = streams.get(kind);
        if (stream == null) {
            throw new IllegalArgumentException("no " + kind + " here");
        }
        return stream;
    }

    /** Whether the fault happens now, with a chance of so many percent; false without drawing when it is not here. */
    boolean strikes(final FaultKind kind, final int percent, final long nowNs) {
        return has(kind) && nowNs < calmNs && of(kind).percent(percent) && strike(kind);
    }

    /** A kind with {@code spell} covers this moment. */
    boolean covers(final FaultKind kind, final Spell spell, final long nowNs) {
        return spell.covers(nowNs) && strike(kind);
    }

    /** Counts the kind as having happened; true, to be part of a condition. */
    boolean strike(final FaultKind kind) {
        struck.add(kind);
        fatalStrikes += kind.fatal() ? 1 : 0;
        return true;
    }

    /** The kinds that really happened. */
    Set<FaultKind> struck() {
        return struck;
    }

    /** How often something happened that no connection need outlive. */
    int fatalStrikes() {
        return fatalStrikes;
    }

    /** From then on nothing goes wrong any more. */
    long calmNs() {
        return calmNs;
    }

    boolean calm(final long nowNs) {
        return nowNs >= calmNs;
    }

    /** A stretch of time in the kind's care, early on where most happens; empty when the kind is not here. */
    Spell spell(final FaultKind kind, final long startNs, final long mostNs) {
        if (!has(kind)) {
            return Spell.NONE;
        }
        final Seeded random = of(kind);
        final long fromNs = startNs + random.spanNs(1_000_000, 4 * SECOND_NS);
        final long toNs = fromNs + random.spanNs(5_000_000, mostNs);
        return new Spell(fromNs, Math.min(toNs, calmNs));
    }
}
