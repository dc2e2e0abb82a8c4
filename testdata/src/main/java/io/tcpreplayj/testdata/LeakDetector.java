package io.tcpreplayj.testdata;

/** Counts, on a router of a test, every packet that is on its way to a replayed client; gone when closed. */
public final class LeakDetector implements AutoCloseable {
    private static final String TABLE = "leaks";

    private final Netns router;

    private LeakDetector(final Netns router) {
        this.router = router;
    }

    /** Counts what comes in for {@code 198.18.0.0/15}, {@code 10.92.1.0/24} (the client of keepalive4.pcap) and {@code 2001:2::/48}. */
    public static LeakDetector on(final Netns router) {
        return of(router, "ip daddr { 198.18.0.0/15, 10.92.1.0/24 }", "ip6 daddr 2001:2::/48");
    }

    /**
     * Counts other packets that come in.
     *
     * @param matches of nft, one or more
     */
    public static LeakDetector of(final Netns router, final String... matches) {
        final StringBuilder script = new StringBuilder("add table inet " + TABLE + "; add chain inet " + TABLE
                + " in { type filter hook prerouting priority -300; }");
        for (final String match : matches) {
            script.append("; add rule inet " + TABLE + " in ").append(match).append(" counter drop");
        }
        router.exec("nft", script.toString()).orThrow();
        return new LeakDetector(router);
    }

    /** Packets so far. */
    public long packets() {
        return router.exec("nft", "list", "table", "inet", TABLE)
                .orThrow()
                .stdout()
                .lines()
                .filter(line -> line.contains("counter packets "))
                .mapToLong(line -> Long.parseLong(line.replaceFirst(".*counter packets (\\d+) .*", "$1")))
                .sum();
    }

    @Override
    public void close() {
        router.exec("nft", "delete", "table", "inet", TABLE);
    }
}
