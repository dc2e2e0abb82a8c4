package io.tcpreplayj.replay;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What kept a replay from doing all that it should.
 *
 * @param stop what ended the run before its plan did, or null: it went on to its end all the same
 * @param found in one line
 * @param cure what to do about it, in one line; empty where nobody knows
 */
public record Trouble(@Nullable Stop stop, String found, String cure) {
    /** What ended a run early. */
    public enum Stop {
        /** The target never said anything. */
        SILENT,
        /** It had, and then fell silent for {@code --give-up}. */
        GIVEN_UP,
        /** It refused, ignored or reset too many connections, or stayed too slow. */
        BREAKER,
        /** The capture had ended, and nothing that was open got any further. */
        STALLED,
        /** Nothing was heard of an intercept, or it said that it ends. */
        INTERCEPT,
        /** This host can send to the target no more. */
        WAY,
        /** Answers to the clients' addresses might have gone elsewhere. */
        WAY_BACK;

        /** The word in reports. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** All that two know, first of the one that ended the run early. */
    static @Nullable Trouble both(final @Nullable Trouble one, final @Nullable Trouble other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.stop == null && other.stop != null ? other.and(one) : one.and(other);
    }

    private Trouble and(final Trouble other) {
        return new Trouble(stop, joined(found, other.found), joined(cure, other.cure));
    }

    /** Nothing twice. */
    private static String joined(final String one, final String other) {
        if (one.isEmpty()) {
            return other;
        }
        return one.contains(other) ? one : one + "; " + other;
    }

    /** For people, in one or two lines. */
    public String text() {
        return cure.isEmpty() ? found : found + "\nhint: " + cure;
    }
}
