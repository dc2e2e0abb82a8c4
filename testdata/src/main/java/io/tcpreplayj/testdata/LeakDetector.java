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
        router.exec(
                        "nft",
                        "add table inet " + TABLE + "; add chain inet " + TABLE
                                + " in { type filter hook prerouting priority -300; }; add rule inet " + TABLE
                                + " in ip daddr { 198.18.0.0/15, 10.92.1.0/24 } counter drop; add rule inet " + TABLE
                                + " in ip6 daddr 2001:2::/48 counter drop")
                .orThrow();
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
