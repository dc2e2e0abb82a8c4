package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AddressPoolTest {
    @Test
    void withoutRoutes_theSmallestPoolThatFits() {
        assertThat(AddressPool.findFree(1, List.of()))
                .hasValueSatisfying(pool -> assertThat(pool).hasToString("198.18.0.0/20"));
        assertThat(AddressPool.findFree(4093, List.of()).orElseThrow().prefixLength())
                .isEqualTo(20);
        assertThat(AddressPool.findFree(4094, List.of()).orElseThrow().prefixLength())
                .isEqualTo(19);
        assertThat(AddressPool.findFree(131_069, List.of()).orElseThrow()).hasToString("198.18.0.0/15");
        assertThat(AddressPool.findFree(131_070, List.of())).isEmpty();
    }

    @Test
    void routedNetworks_areLeftAlone() {
        assertThat(AddressPool.findFree(1, routed("198.18.3.7", 32)).orElseThrow())
                .hasToString("198.18.16.0/20");
        assertThat(AddressPool.findFree(1, routed("198.18.0.0", 16)).orElseThrow())
                .hasToString("198.19.0.0/20");
        assertThat(AddressPool.findFree(1, routed("198.0.0.0", 8))).isEmpty();
    }

    @Test
    void defaultRoutesAndVpnHalves_doNotCount() {
        assertThat(AddressPool.findFree(1, routed("128.0.0.0", 1))).isPresent();
        assertThat(AddressPool.findFree(1, routed("0.0.0.0", 0))).isPresent();
        assertThat(AddressPool.findFree(1, routed("fe80::", 64))).isPresent();
    }

    @Test
    void clients_areNeitherTheDeviceNorTheBroadcastAddress() {
        final AddressPool pool = new AddressPool(IpAddress.parse("198.18.16.0"), 20);
        assertThat(pool.device()).hasToString("198.18.16.1");
        assertThat(pool.client(0)).hasToString("198.18.16.2");
        assertThat(pool.client(pool.clients() - 1)).hasToString("198.18.31.254");
        assertThatThrownBy(() -> pool.client(pool.clients())).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Routes.Prefix> routed(final String network, final int length) {
        return List.of(new Routes.Prefix(IpAddress.parse(network), length));
    }
}
