package io.tcpreplayj.intercept.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConnectionsTest {
    private static final Endpoint V4 = new Endpoint(IpAddress.parse("10.0.0.9"), 80);
    private static final Endpoint V6 = new Endpoint(IpAddress.parse("fd00::9"), 443);
    private static final Cidr NET4 = Cidr.parse("198.18.0.0/15");
    private static final Cidr NET6 = Cidr.parse("2001:2::/48");

    @Test
    void filter_pairsTargetsWithClientsOfTheirFamily() {
        assertThat(new Connections(List.of(V4, V6), List.of(NET4, NET6)).filter())
                .isEqualTo("( src 10.0.0.9 sport = :80 dst 198.18.0.0/15 )"
                        + " or ( src [fd00::9] sport = :443 dst [2001:2::/48] )");
    }

    @Test
    void noPair_isRefused_forAnEmptyFilterIsEveryConnectionOfTheHost() {
        assertThatThrownBy(() -> new Connections(List.of(V4), List.of(NET6)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void markersKey_isTheSameForTheSameConnectionsOnly() {
        final String one = new Connections(List.of(V4), List.of(NET4)).filter();
        final String other = new Connections(List.of(V6), List.of(NET6)).filter();
        final Marker marker = Marker.of(one, 1);
        assertThat(marker.key()).isEqualTo(Marker.of(one, 2).key());
        assertThat(marker.key()).isNotEqualTo(Marker.of(other, 1).key());
        assertThat(marker.table()).isNotEqualTo(Marker.of(one, 1).table());
    }
}
