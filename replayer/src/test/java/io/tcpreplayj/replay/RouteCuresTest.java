package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Cures of several networks at once, in the order of addresses. */
final class RouteCuresTest {
    private static final IpAddress FIRST = IpAddress.parse("8.8.4.7");
    private static final IpAddress NEIGHBOUR = IpAddress.parse("8.8.4.200");
    private static final IpAddress SECOND = IpAddress.parse("9.9.9.9");

    @Test
    void severalNetworks_areOneCommandEach() {
        final Endpoint target = new Endpoint(IpAddress.parse("10.0.0.1"), 80);

        assertThat(RouteCures.here(WayBack.usual(List.of(SECOND, NEIGHBOUR, FIRST))))
                .isEqualTo("for n in 8.8.4.0/24 9.9.9.0/24; do ip route add local $n dev lo; done"
                        + " (until: ip route del ...)");
        assertThat(RouteCures.wayBack(target, WayBack.usual(List.of(SECOND)), null))
                .isEqualTo("on the target: ip route replace 9.9.9.0/24 via THIS-HOST;"
                        + " ip route add blackhole 9.9.9.0/24 metric 4294967295");
    }

    @Test
    void publicClients_areAllToldAtOnce_asTheyWereAskedFor() {
        final TargetGuard guard = new TargetGuard(List.of(), Set.of());

        assertThatThrownBy(() -> guard.checkOriginal(List.of(SECOND, NEIGHBOUR, FIRST)))
                .hasMessageStartingWith(
                        "--clients original: captured clients, 8.8.4.7 and 2 others, have public addresses")
                .isInstanceOfSatisfying(
                        UserException.class,
                        e -> assertThat(e.hint()).endsWith("say --allow-public 8.8.4.0/24 --allow-public 9.9.9.0/24"));
    }
}
