package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No packet leaves for a target that is none, or for a plan that is only looked at, neither IP nor ARP. Counted on the wire's
 * other end: frames of {@code packet} pass by this end's firewall.
 */
@BesideOthers
final class NothingIsSentIT {
    private static final int CLOSED_PORT = 9;
    private static final List<String> TRANSPORTS = List.of("auto", "packet", "xdp", "raw", "socket");

    private Lab lab;
    private ResidentCli cli;
    private String database;
    private Path keys;

    @BeforeEach
    void start(@TempDir final Path scratch) throws IOException {
        Privileges.needRootAnd("ip", "nft", "ethtool");
        database = Recorded.index("keepalive4.pcap", scratch).database();
        keys = scratch.resolve("lab.p12");
        AnyKeys.writeTo(keys);
        // New for each test: of hosts that have met, kernels ask now and then whether the other is still there.
        lab = Lab.pair();
        // A way for whatever would leave, so that nothing but the refusal keeps it here.
        for (final String gateway : List.of(lab.serverV4(), lab.serverV6())) {
            lab.client().exec("ip", "route", "add", "default", "via", gateway).orThrow();
        }
        // What kernels say unasked where IPv6 is switched on is nobody's packet.
        lab.server()
                .exec(
                        "nft",
                        "add table netdev seen; add chain netdev seen in { type filter hook ingress device \"veth0\""
                                + " priority 0; }; add rule netdev seen in icmpv6 type { nd-router-solicit,"
                                + " mld-listener-report, mld-listener-done, mld2-listener-report } accept;"
                                + " add rule netdev seen in counter")
                .orThrow();
        cli = ResidentCli.in(lab.client(), scratch);
    }

    @AfterEach
    void stop() throws IOException {
        if (cli != null) {
            cli.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    /** AC-22. */
    @Test
    void targetsThatAreNone_getNoPacket() throws IOException {
        refused(
                "is a public address",
                "8.8.8.8",
                "192.0.2.1",
                "100.64.0.0",
                "198.20.0.0",
                "203.0.113.200",
                "2001:db8::1",
                "2001:4860::8888",
                "64:ff9b::a00:1",
                "fec0::1");
        refused(
                "not one host",
                "0.0.0.0",
                "0.1.2.3",
                "255.255.255.255",
                "127.255.255.255",
                "10.91.1.255",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.0",
                "::",
                "ff02::1",
                "ff0e::fb");
        refused("the captured server itself", "10.92.1.2");
        refused("::ffff:10.91.1.2", "::ffff:10.91.1.2");
        assertThat(packets()).isZero();
        assertThatOthersAreCounted();
    }

    private void refused(final String why, final String... addresses) throws IOException {
        for (final String address : addresses) {
            for (final String transport : TRANSPORTS) {
                ReplayErrorsIT.refused(replay(target(address, 80), "--transport", transport), why);
            }
            ReplayErrorsIT.refused(
                    replay(target(address, 80), "--allow-public", "0.0.0.0/0", "--allow-public", "::/0"), why);
        }
    }

    /** R21. */
    @Test
    void planThatIsOnlyLookedAt_isPrinted_andSendsNoPacket() throws IOException {
        final List<String[]> ways = new ArrayList<>();
        for (final String transport : TRANSPORTS) {
            ways.add(new String[] {"--transport", transport});
        }
        ways.add(new String[] {
            "--clients", "198.18.4.0/24", "--intercept", lab.serverV4(), "--keys", keys.toString(),
        });
        for (final String[] way : ways) {
            final List<String> words = new ArrayList<>(List.of(way));
            words.addAll(List.of("--copies", "10", "--speed", "2x", "--dry-run"));
            final ResidentCli.Result planned =
                    replay(target(lab.serverV4(), CLOSED_PORT), words.toArray(String[]::new));
            assertThat(planned.exit()).as(planned.stderr()).isZero();
            assertThat(planned.stdout())
                    .startsWith("60 sessions of 1 client (10 copies) to 10.91.1.2:9 at 2.0x, by ")
                    .contains("nothing is sent: --dry-run", "\n  GET 10.92.1.2:8080 /page1.html\n")
                    .containsPattern("\n  needs (60|1) of \\d{3,} (ports|addresses) ")
                    .containsPattern("\n  ends \\d+\\.\\d s after it begins, ");
        }
        assertThat(packets()).isZero();
        assertThatOthersAreCounted();
    }

    /** The same as all the others, but to a target that is one, and for good. */
    private void assertThatOthersAreCounted() throws IOException {
        final ResidentCli.Result result = replay(target(lab.serverV4(), CLOSED_PORT));
        assertThat(result.exit()).as(result.stderr()).isEqualTo(8);
        assertThat(packets()).isPositive();
    }

    private ResidentCli.Result replay(final String target, final String... more) throws IOException {
        final List<String> words = new ArrayList<>(List.of("replay", database, "--target", target));
        words.addAll(List.of(more));
        return cli.run(words.toArray(String[]::new));
    }

    private static String target(final String address, final int port) {
        return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
    }

    private long packets() {
        return TargetHostLab.counted(lab.server(), "netdev", "seen");
    }
}
