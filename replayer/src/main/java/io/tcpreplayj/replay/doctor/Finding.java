package io.tcpreplayj.replay.doctor;

/**
 * What one check found.
 *
 * @param check its name
 * @param found in one line
 * @param cure the command, or what else helps; empty where nothing is wrong
 */
public record Finding(String check, Level level, String found, String cure) {
    /** How bad it is. */
    public enum Level {
        OK,
        /** A replay works, or may. */
        WARN,
        /** A replay does not work. */
        FAIL;

        /** The word in reports. */
        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    static Finding ok(final String check, final String found) {
        return new Finding(check, Level.OK, found, "");
    }

    static Finding warn(final String check, final String found, final String cure) {
        return new Finding(check, Level.WARN, found, cure);
    }

    static Finding fail(final String check, final String found, final String cure) {
        return new Finding(check, Level.FAIL, found, cure);
    }
}
