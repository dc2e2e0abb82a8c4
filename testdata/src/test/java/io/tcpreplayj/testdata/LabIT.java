package io.tcpreplayj.testdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The laboratory itself: a test that trusts a broken one would prove nothing. */
final class LabIT {
    @BeforeAll
    static void needRoot() {
        Privileges.needRootAnd("ip", "ethtool", "nft", "iptables", "nginx", "curl", "tcpdump");
    }

    @Test
    void pair_bothFamilies_reachTheServerAndItsLog(@TempDir final Path dir) {
        try (Lab lab = Lab.pair();
                Nginx nginx = Nginx.small(lab.server(), dir, 8080)) {
            for (final String host : List.of(lab.serverV4(), "[" + lab.serverV6() + "]")) {
                lab.client()
                        .exec("curl", "-sf", "-o", "/dev/null", "http://" + host + ":" + nginx.port() + "/page3.html")
                        .orThrow();
            }
            assertThat(nginx.requests())
                    .extracting(AccessLog.Entry::clientAddress, AccessLog.Entry::request)
                    .containsExactly(
                            tuple(Lab.CLIENT_V4, "GET /page3.html HTTP/1.1"),
                            tuple(Lab.CLIENT_V6, "GET /page3.html HTTP/1.1"));
        }
    }

    @Test
    void snapshot_sameState_isEqualAndAnyChangeIsNot(@TempDir final Path dir) throws Exception {
        try (Lab lab = Lab.pair()) {
            final Netns netns = lab.client();
            HostState before = HostState.snapshot(netns);
            assertThat(HostState.snapshot(netns)).isEqualTo(before);
            assertThat(before.is(netns)).isTrue();
            for (final String change : List.of(
                    "nft add table inet probe",
                    "iptables -A INPUT -p tcp --dport 9 -j DROP",
                    "ip rule add from 10.1.1.1 table 7",
                    "ip route add 10.9.9.0/24 via 10.91.1.2",
                    "ip tuntap add dev probe0 mode tun")) {
                netns.exec(change.split(" ")).orThrow();
                before = changed(netns, before, change);
            }
            for (final String open : List.of("nfqueue:9", "nflog:9")) {
                final HostState closed = before;
                final Process reader = reader(netns, open, dir);
                try {
                    changed(netns, closed, open);
                } finally {
                    reader.destroy();
                    reader.waitFor();
                }
                assertThat(HostState.snapshot(netns)).as(open + " is closed").isEqualTo(closed);
            }
        }
    }

    private static HostState changed(final Netns netns, final HostState before, final String change) {
        final HostState after = HostState.snapshot(netns);
        assertThat(after).as(change).isNotEqualTo(before);
        assertThat(before.is(netns)).as(change).isFalse();
        return after;
    }

    /** Reads what the kernel puts into a queue or a log; returns when that is open. */
    private static Process reader(final Netns netns, final String from, final Path dir) throws Exception {
        final Path said = dir.resolve("said");
        final Process reader = Exec.start(
                null, Map.of(), netns.inside("tcpdump", "-i", from, "-w", "/dev/null"), dir.resolve("out"), said);
        while (!Files.readString(said).contains("listening on")) {
            assertThat(reader.isAlive()).as(Files.readString(said)).isTrue();
            Thread.onSpinWait();
        }
        return reader;
    }

    @Test
    void byteServer_connectionInANamespace_isNotedWhole(@TempDir final Path dir) throws Exception {
        final Path journal = dir.resolve("journal");
        try (Lab lab = Lab.pair()) {
            final Process server = ByteServer.startIn(lab.server(), lab.serverV4(), 7000, 4, 6, journal);
            try {
                final String answer = lab.client()
                        .exec(
                                "bash",
                                "-c",
                                "exec 3<>/dev/tcp/" + lab.serverV4() + "/7000; printf 12345678 >&3; head -c 12 <&3")
                        .orThrow()
                        .stdout();
                assertThat(answer).isEqualTo("ABCDEFABCDEF");
                while (ByteServer.received(journal).isEmpty()) {
                    Thread.onSpinWait();
                }
                assertThat(ByteServer.received(journal)).singleElement().satisfies(received -> {
                    assertThat(received.bytes()).isEqualTo(8);
                    assertThat(received.end()).isEqualTo("eof");
                    assertThat(received.client()).startsWith(Lab.CLIENT_V4 + ":");
                    // printf 12345678 | sha256sum
                    assertThat(received.sha256())
                            .isEqualTo("ef797c8118f02dfb649607dd5d3f8c7623048c9c063d532cc95c5ed7a898a64f");
                });
            } finally {
                server.destroy();
                server.waitFor();
            }
        }
    }

    @Test
    void close_namespace_isGone() {
        final Netns netns = Netns.create("brief");
        assertThat(Exec.run("ip", "netns", "list").stdout()).contains(netns.name());
        netns.close();
        assertThat(Exec.run("ip", "netns", "list").stdout()).doesNotContain(netns.name());
    }
}
