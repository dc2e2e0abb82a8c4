package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flows that are replayed by user-space clients, each way out, while they are being captured. */
@Timeout(60)
@BesideOthers
final class LiveReplayIT {
    private static final int FLOWS = 50;
    private static final int REQUESTS = 10;

    private NearAndFar hosts;
    private Netns here;
    private Netns there;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip", "ethtool", "nft", "ss");
        hosts = NearAndFar.addressed();
        here = hosts.here();
        there = hosts.there();
        NetworkNamespace.enter(here.name());
    }

    @AfterEach
    void remove() throws IOException {
        NetworkNamespace.leave();
        if (hosts != null) {
            hosts.close();
        }
    }

    private EchoTarget server(final String address) throws IOException {
        if (address.startsWith("127.")) {
            return new EchoTarget(address);
        }
        NetworkNamespace.enter(there.name());
        try {
            return new EchoTarget(address);
        } finally {
            NetworkNamespace.enter(here.name());
        }
    }

    @ParameterizedTest
    @CsvSource({"tun, 127.0.0.1", "packet, 10.77.0.2", "packet, fd77::2", "raw, 10.77.0.2", "raw, fd77::2"})
    void everyRequest_arrivesBeforeItsFlowGoesOnInTheCapture(final String transport, final String address)
            throws Exception {
        replayAll(transport, address, REQUESTS);
    }

    /** One packet of twenty is lost on its way there, and one on its way back. */
    @Test
    void everyRequest_arrivesThoughPacketsAreLost() throws Exception {
        there.exec("nft", "add table inet loss").orThrow();
        for (final String way : List.of("input", "output")) {
            there.exec("nft", "add chain inet loss " + way + " { type filter hook " + way + " priority 0; }")
                    .orThrow();
            there.exec("nft", "add rule inet loss " + way + " meta l4proto tcp numgen random mod 20 == 0 counter drop")
                    .orThrow();
        }
        replayAll("packet", "10.77.0.2", REQUESTS / 2);
        assertThat(there.exec("nft", "list table inet loss").orThrow().stdout())
                .as("packets were lost both ways")
                .doesNotContain("counter packets 0 ");
    }

    /**
     * What the target answers is led astray, which its TCP does not notice as it would a drop, and its FIN arrives; meanwhile its
     * host gives the connection up.
     */
    @Test
    void aTargetThatGaveUpOnTheRestOfItsAnswer_isAsked_andSaysSo() throws Exception {
        there.exec("nft", "add table inet hole").orThrow();
        there.exec("nft", "add chain inet hole output { type filter hook output priority 0; }")
                .orThrow();
        try (EchoTarget target = server("10.77.0.2");
                LiveScene scene = new LiveScene(LiveScene.options(target.endpoint(), "packet", 1, 10))) {
            there.exec("nft", "add rule inet hole output tcp flags & (psh | rst) != 0 ip daddr set 10.77.0.99")
                    .orThrow();
            final LiveScene.Captured flow = scene.connects(40_000).asks("one\n");
            target.next();
            flow.hears("one!\n").closes();
            target.closed();
            assertThat(there.exec("ss", "-K", "state", "last-ack").orThrow().stdout())
                    .contains("10.77.0.2");
            there.exec("nft", "flush chain inet hole output").orThrow();
            scene.awaitOpen(0);
            final LiveResult result = scene.finish();
            assertThat(result.replay().flows().failed()).containsExactly(entry("reset-by-target", 1L));
            assertThat(result.replay().requests()).isEqualTo(new ReplayResult.Requests(1, 1, 0, 1));
        }
    }

    /** Its FIN would be sent again for a quarter of an hour. */
    @Test
    void theEndOfTheCapture_isTheEndOfTheReplay_onceNothingMoreIsHeard() throws Exception {
        try (EchoTarget target = server("10.77.0.2");
                LiveScene scene = new LiveScene(LiveScene.options(target.endpoint(), "packet", 1, 10))) {
            scene.connects(40_000).asks("one\n");
            target.next();
            scene.awaitOpen(1);
            there.exec("nft", "add table inet hole").orThrow();
            there.exec("nft", "add chain inet hole input { type filter hook input priority 0; policy drop; }")
                    .orThrow();
            final LiveResult result = scene.finish();
            assertThat(result.replay().flows().failed()).containsExactly(entry("interrupted", 1L));
            assertThat(result.replay().requests().sent()).isOne();
            assertThat(result.replay().trouble().text())
                    .contains("nothing acknowledged or answered by 10.77.0.2:", " for 10 s after the capture");
            assertThat(scene.news()).singleElement().asString().startsWith("the capture is over, and 1 connection is");
        }
    }

    /** It answers each probe of its window, and would for ever. */
    @Test
    void theEndOfTheCapture_isTheEndOfTheReplay_ofATargetThatTakesNoMore() throws Exception {
        NetworkNamespace.enter(there.name());
        try (ServerSocket target = new ServerSocket()) {
            target.setReceiveBufferSize(4096);
            target.bind(new InetSocketAddress("10.77.0.2", 0));
            NetworkNamespace.enter(here.name());
            final Endpoint endpoint = new Endpoint(IpAddress.of(target.getInetAddress()), target.getLocalPort());
            try (LiveScene scene = new LiveScene(LiveScene.options(endpoint, "packet", 1, 10))) {
                scene.connects(40_000).asks("x".repeat(50_000));
                scene.awaitOpen(1);
                final long beginNs = System.nanoTime();
                final LiveResult result = scene.finish();
                assertThat(System.nanoTime() - beginNs)
                        .as("probes of 6.4 s and 12.8 s would make it more")
                        .isLessThan(15_000_000_000L);
                assertThat(result.replay().flows().failed()).containsExactly(entry("interrupted", 1L));
                assertThat(result.replay().bytes().clientAcked()).isBetween(1L, 49_999L);
                assertThat(result.replay().trouble().text()).contains("nothing acknowledged or answered by 10.77.0.2:");
            }
        }
    }

    private void replayAll(final String transport, final String address, final int requests) throws Exception {
        try (EchoTarget target = server(address);
                LiveScene scene = new LiveScene(LiveScene.options(target.endpoint(), transport, 1, 2 * FLOWS))) {
            final List<LiveScene.Captured> flows = new ArrayList<>();
            for (int flow = 0; flow < FLOWS; flow++) {
                flows.add(scene.connects(40_000 + flow));
            }
            for (int request = 0; request < requests; request++) {
                for (final LiveScene.Captured flow : flows) {
                    flow.asks("request\n");
                }
                for (int flow = 0; flow < FLOWS; flow++) {
                    assertThat(target.next()).isEqualTo("request");
                }
                for (final LiveScene.Captured flow : flows) {
                    flow.hears("request!\n");
                }
            }
            flows.forEach(LiveScene.Captured::closes);
            final LiveResult result = scene.finish();
            assertThat(result.replay().flows().replayed()).isEqualTo(FLOWS);
            assertThat(result.replay().responses().matched()).isEqualTo(FLOWS * requests);
            assertThat(result.replay().requests().answered()).isEqualTo(FLOWS * requests);
            assertThat(result.replay().transport()).isEqualTo(transport);
            System.out.printf(
                    "%s to %s: behind the capture p50 %.2f ms, p99 %.2f ms%n",
                    transport,
                    address,
                    result.behindNs().p50() / 1e6,
                    result.behindNs().p99() / 1e6);
        }
    }
}
