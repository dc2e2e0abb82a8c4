package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A next hop that another machine takes over, and an interface that goes. */
final class NextHopIT {
    private static final long PATIENCE_NS = 10_000_000_000L;

    private NearAndFar hosts;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip");
        hosts = NearAndFar.addressed();
        NetworkNamespace.enter(hosts.here().name());
    }

    @AfterEach
    void remove() throws IOException {
        NetworkNamespace.leave();
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void addressThatChanges_isTakenUp_andAnInterfaceThatIsGone_isSaid() throws Exception {
        final Routes.Route route = Routes.to(IpAddress.parse("10.77.0.2"));
        final String device = route.link().name();
        try (NextHop nextHop = RawTransports.nextHop(route)) {
            final String taken = "02:00:00:00:00:99";
            assertThat(nextHop.mac()).isNotEqualTo(0x0200_0000_0099L);
            hosts.there().exec("ip", "link", "set", "vb", "address", taken).orThrow();
            hosts.here().exec("ip", "neigh", "flush", "dev", device).orThrow();
            await(() -> nextHop.mac() == 0x0200_0000_0099L);
            hosts.here().exec("ip", "link", "delete", device).orThrow();
            await(() -> isLost(nextHop));
        }
    }

    private static boolean isLost(final NextHop nextHop) {
        try {
            return nextHop.mac() < 0;
        } catch (final LinuxException e) {
            return e.isNoDevice();
        }
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds() throws LinuxException;
    }

    private static void await(final Condition condition) throws Exception {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.holds()) {
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            Thread.sleep(20);
        }
    }
}
