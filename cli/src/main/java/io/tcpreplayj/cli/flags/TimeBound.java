package io.tcpreplayj.cli.flags;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * A moment of a capture: "2026-11-26T14:00:00Z", "14:00" or "14:00:05" of its first day (UTC), "+10m" after its first
 * packet. What the last two mean is known when the first packet is.
 */
public final class TimeBound {
    private static final String FORM =
            "a time as 2026-11-26T14:00:00Z, 14:00[:05] of the capture's first day (UTC), or +10m from its first packet";

    private final long ns;
    private final Base base;

    private enum Base {
        EPOCH,
        FIRST_DAY,
        FIRST_PACKET
    }

    private TimeBound(final long ns, final Base base) {
        this.ns = ns;
        this.base = base;
    }

    /** @throws io.tcpreplayj.replay.UserException when it is no time */
    public static TimeBound parse(final Flag flag, final String text) {
        if (text.startsWith("+")) {
            return new TimeBound(Units.durationNs(flag, text.substring(1)), Base.FIRST_PACKET);
        }
        try {
            if (text.matches("\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?")) {
                final String twoDigits = text.indexOf(':') == 1 ? "0" + text : text;
                return new TimeBound(LocalTime.parse(twoDigits).toNanoOfDay(), Base.FIRST_DAY);
            }
            final Instant instant = OffsetDateTime.parse(text).toInstant();
            return new TimeBound(ChronoUnit.NANOS.between(Instant.EPOCH, instant), Base.EPOCH);
        } catch (final DateTimeException | ArithmeticException e) {
            throw Units.bad(flag, text, FORM);
        }
    }

    /** Nanoseconds since the epoch, once it is known when the first packet came. */
    public long resolve(final long firstPacketNs) {
        return switch (base) {
            case EPOCH -> ns;
            case FIRST_PACKET -> firstPacketNs + ns;
            case FIRST_DAY -> {
                final Instant first = Instant.EPOCH.plusNanos(firstPacketNs);
                final Instant midnight = first.atOffset(ZoneOffset.UTC)
                        .truncatedTo(ChronoUnit.DAYS)
                        .toInstant();
                yield ChronoUnit.NANOS.between(Instant.EPOCH, midnight) + ns;
            }
        };
    }
}
