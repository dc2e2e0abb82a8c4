package io.tcpreplayj.intercept.guard;

/** A guard's device that nobody reads, in which answers vanish once their intercept is dead. */
public final class Hole {
    static final String PREFIX = "tjhole";
    /** Of a marker's random ones; an interface's name has 15 characters at most. */
    private static final int DIGITS = 8;

    private Hole() {}

    /** The name of a guard's. */
    public static String of(final Marker marker) {
        return PREFIX + marker.random().substring(0, DIGITS);
    }

    /** As nft matches them all. */
    public static String pattern() {
        return PREFIX + "*";
    }

    public static boolean isOne(final String device) {
        return device.startsWith(PREFIX);
    }
}
