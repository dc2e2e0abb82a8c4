package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.linux.Capabilities;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TransportChoiceTest {
    private static final Capabilities ALL = Capabilities.of("000001ffffffffff");
    private static final Capabilities NONE = Capabilities.of("0000000000000000");

    /** A machine with the addresses 127/8, ::1 and fd00::1, in the network 10.1.2.0/24. */
    private static Routes.Kind kind(final IpAddress address) {
        final String text = address.toString();
        if (text.startsWith("127.") || text.equals("::1") || text.equals("fd00::1")) {
            return Routes.Kind.LOCAL;
        }
        if (text.equals("fd00::")) {
            return Routes.Kind.ANYCAST;
        }
        return text.endsWith(".255") ? Routes.Kind.BROADCAST : Routes.Kind.UNICAST;
    }

    private static TransportChoice.Kind choose(final Capabilities may, final String asked, final String... targets) {
        final List<Endpoint> endpoints = Stream.of(targets)
                .map(address -> new Endpoint(IpAddress.parse(address), 80))
                .toList();
        return TransportChoice.make(asked, endpoints, may, TransportChoiceTest::kind)
                .kind();
    }

    @Test
    void socket_reachesAnything() {
        final String[] targets = {"127.0.0.1", "10.1.2.3", "10.1.2.4", "fd00::1", "::1"};
        assertThat(choose(ALL, "socket", targets)).isEqualTo(TransportChoice.Kind.SOCKET);
        assertThat(choose(NONE, "auto", targets)).isEqualTo(TransportChoice.Kind.SOCKET);
    }

    @Test
    void remoteTarget_isReachedByPackets() {
        assertThat(choose(ALL, "auto", "10.1.2.3")).isEqualTo(TransportChoice.Kind.PACKET);
        assertThat(choose(ALL, "raw", "10.1.2.3")).isEqualTo(TransportChoice.Kind.RAW);
        assertThatThrownBy(() -> choose(NONE, "packet", "10.1.2.3"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("CAP_NET_RAW");
    }

    @Test
    void tun_wantsEveryTargetLocal_notOnlyTheFirst() {
        assertThatThrownBy(() -> choose(ALL, "tun", "127.0.0.1", "10.1.2.3"))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.hint()).contains("--transport socket"))
                .hasMessageContaining("10.1.2.3 is not");
        assertThatThrownBy(() -> choose(ALL, "tun", "fd00::1", "::1")).hasMessageContaining("::1 cannot be reached");
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "tun", "packet", "raw"})
    void bothFamilies_areRefusedWithTheCure(final String asked) {
        assertThatThrownBy(() -> choose(ALL, asked, "127.0.0.1", "::1"))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.hint()).contains("--transport socket"))
                .hasMessageContaining("both address families");
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "packet", "raw"})
    void severalTargets_areRefusedWhereOneIsReached(final String asked) {
        assertThatThrownBy(() -> choose(ALL, asked, "10.1.2.3", "10.1.2.4"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("one target a run, and the mappings name 2");
        assertThatThrownBy(() -> choose(ALL, asked, "10.1.2.3", "10.1.2.3"))
                .as("an endpoint is a target, not an address")
                .isInstanceOf(UserException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.2.255", "fd00::"})
    void whatTheRoutesCallNoHost_isRefusedWhereverItStands(final String address) {
        assertThatThrownBy(() -> choose(NONE, "socket", "10.1.2.3", address))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(address)
                .hasMessageContaining("not one host");
    }

    @Test
    void kernelsOwnRoutes_tellABroadcastAddress() {
        final List<Endpoint> broadcast = List.of(new Endpoint(IpAddress.parse("127.255.255.255"), 80));
        assertThatThrownBy(() -> TransportChoice.make("socket", broadcast))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("broadcast");
    }

    @Test
    void portsAllTheKernels_areRefusedWithTheCure() {
        assertThatCode(() -> RawTransports.clientPorts(new PortRange(32768, 60999)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> RawTransports.clientPorts(new PortRange(1024, 65535)))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.hint()).contains("--transport socket"))
                .hasMessageContaining("net.ipv4.ip_local_port_range = 1024 65535");
    }
}
