package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Clients that nobody knows beforehand keep their addresses, for as many sessions as there may be. */
final class SwallowedClientsTest {
    private static final IpAddress CLIENT = IpAddress.parse("203.0.113.9");
    private static final IpAddress OTHER = IpAddress.parse("203.0.113.10");
    private static final int FIRST_PORT = 7;

    private final SwallowedClients clients = new SwallowedClients(FIRST_PORT, Cidr.parse("203.0.113.8/31")::contains);

    @Test
    void onlyThoseWhoseAnswersAreSwallowed_areServed() {
        assertThat(clients.serves(CLIENT)).isTrue();
        assertThat(clients.serves(OTHER)).isFalse();
        assertThat(clients.serves(IpAddress.parse("fd00::1"))).isFalse();
    }

    @Test
    void portsComeRound_andThoseThatAreTakenArePassedOver() {
        final Set<Endpoint> taken = new HashSet<>();
        for (int i = 0; i < ClientPool.PORTS; i++) {
            final Endpoint endpoint = Objects.requireNonNull(clients.again(CLIENT, taken::contains));
            assertThat(endpoint.address()).isEqualTo(CLIENT);
            assertThat(endpoint.port()).isGreaterThanOrEqualTo(ClientPool.FIRST_PORT);
            assertThat(taken.add(endpoint)).isTrue();
        }
        assertThat(clients.again(CLIENT, taken::contains)).isNull();
        assertThat(clients.again(OTHER, taken::contains)).isNotNull();
        final Endpoint left = new Endpoint(CLIENT, ClientPool.FIRST_PORT + 99);
        taken.remove(left);
        assertThat(clients.again(CLIENT, taken::contains)).isEqualTo(left);
    }
}
