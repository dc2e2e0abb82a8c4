package io.tcpreplayj.intercept.guard;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The name of a guard's table, by which guards and intercepts of one network namespace know each other:
 * {@code tjguard_KEY_NUMBER_RANDOM}. Same key, same targets and clients; of two guards the one with the higher number is the
 * successor. Beside it stands {@code ..._alive} as long as its intercept lives: process ids mean nothing here, for they are
 * another namespace's (pid_namespaces(7)).
 */
public record Marker(String key, long number, String random) {
    /** A look at those that are there takes no longer. */
    public static final long LOOK_NS = Tool.PATIENCE_MS * 1_000_000;

    static final String PREFIX = "tjguard_";
    private static final String ALIVE = "_alive";
    private static final Pattern TABLE =
            Pattern.compile("table inet (tjguard_[0-9a-f]{8})_(\\d{1,18})_([0-9a-f]{16})(" + ALIVE + ")?(?!\\S)");

    private static final Comparator<Marker> ORDER =
            Comparator.comparingLong(Marker::number).thenComparing(Marker::random);

    /**
     * Newer than all that are there.
     *
     * @param what targets and clients, in words that are the same for the same ones
     */
    public static Marker next(final String what) throws GuardException {
        final long newest =
                present().keySet().stream().mapToLong(Marker::number).max().orElse(0);
        return of(what, newest + 1);
    }

    static Marker of(final String what, final long number) {
        return new Marker(
                key(what), number, "%016x".formatted(ThreadLocalRandom.current().nextLong()));
    }

    static String key(final String what) {
        final CRC32C crc = new CRC32C();
        crc.update(what.getBytes(StandardCharsets.UTF_8));
        return PREFIX + "%08x".formatted(crc.getValue());
    }

    public String table() {
        return key + "_" + number + "_" + random;
    }

    /** The table that says that its intercept lives. */
    String alive() {
        return table() + ALIVE;
    }

    /** Those of this network namespace, and whether the intercept that set each is still there. */
    static Map<Marker, Boolean> present() throws GuardException {
        final Map<Marker, Boolean> found = new HashMap<>();
        final Matcher matcher = TABLE.matcher(Tool.said("nft", "list", "tables"));
        while (matcher.find()) {
            final Marker marker = new Marker(matcher.group(1), Long.parseLong(matcher.group(2)), matcher.group(3));
            found.merge(marker, matcher.group(4) != null, Boolean::logicalOr);
        }
        return found;
    }

    /** Whether the intercept that set this is still there. */
    public boolean isAlive() throws GuardException {
        return present().getOrDefault(this, false);
    }

    boolean isPresent() throws GuardException {
        return present().containsKey(this);
    }

    /** Another whose intercept is there. */
    public Optional<Marker> rival() throws GuardException {
        return present().entrySet().stream()
                .filter(each -> each.getValue() && !each.getKey().equals(this))
                .map(Map.Entry::getKey)
                .min(ORDER);
    }

    /** An order that all intercepts agree about. */
    public boolean isBefore(final Marker other) {
        return ORDER.compare(this, other) < 0;
    }

    /** One whose intercept is there, or whose guard still waits for another successor than this. */
    public Optional<Marker> obstacle() throws GuardException {
        return present().entrySet().stream()
                .filter(each -> each.getValue() || !each.getKey().key.equals(key))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
