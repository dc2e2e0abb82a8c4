package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CapturedClientsTest {
    private static final IpAddress CLIENT = IpAddress.parse("203.0.113.9");
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.0.0.9"), 80);

    @Test
    void sessions_keepTheAddress_andNeverShareAPort() {
        final CapturedClients clients = new CapturedClients(70_000);
        final Set<Endpoint> given = new HashSet<>();
        for (int i = 0; i < ClientPool.PORTS; i++) {
            final Endpoint endpoint = clients.next(CLIENT);
            assertThat(endpoint.address()).isEqualTo(CLIENT);
            assertThat(given.add(endpoint)).isTrue();
        }
        assertThat(clients.another(CLIENT)).isNull();
        assertThatThrownBy(() -> clients.next(CLIENT)).isInstanceOf(UserException.class);
    }

    @Test
    void sameBase_isTheSameMapping() {
        assertThat(new CapturedClients(7).next(CLIENT)).isEqualTo(new CapturedClients(7).next(CLIENT));
    }

    @Test
    void check_refusesAnotherFamily_andTooManySessions() {
        CapturedClients.check(Map.of(CLIENT, (long) ClientPool.PORTS), TARGET);
        assertThatThrownBy(() -> CapturedClients.check(Map.of(CLIENT, ClientPool.PORTS + 1L), TARGET))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("has room for 64512 sessions; the plan needs 64513");
        assertThatThrownBy(() -> CapturedClients.check(Map.of(IpAddress.parse("fd00::1"), 1L), TARGET))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("two address families");
    }

    @Test
    void networks_areTheAddressesThemselves_whileAFeedHasRoomForThem() {
        assertThat(CapturedClients.networks(List.of(CLIENT))).containsExactly(Cidr.parse("203.0.113.9/32"));
        final List<IpAddress> many = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            many.add(IpAddress.parse("203.0.113." + i));
        }
        final List<Cidr> networks = CapturedClients.networks(many);
        assertThat(networks).hasSize(64).contains(Cidr.parse("203.0.113.8/30"));
        assertThat(many).allMatch(client -> networks.stream().anyMatch(network -> network.contains(client)));
    }
}
