package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the kernel says of its routes, however they were made. */
final class RoutesIT {
    @RegisterExtension
    final OwnNamespace own = new OwnNamespace("routes");

    @BeforeEach
    void connect() {
        for (final String command : List.of(
                "link add way0 type veth peer name way1",
                "link set way0 up",
                "link set way1 up",
                "address add 10.91.9.1/24 dev way0",
                "address add fd91:9::1/64 dev way0 nodad",
                "nexthop add id 4 via 10.91.9.2 dev way0",
                "nexthop add id 6 via fd91:9::2 dev way0",
                "route add 198.18.4.0/24 nhid 4",
                "route add 2001:2:0:4::/64 nhid 6")) {
            own.netns().exec(("ip " + command).split(" ")).orThrow();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 198.18.4.1, 10.91.9.1",
        "0, 198.18.4.1, 10.91.9.1",
        "1, 2001:2:0:4::1, fd91:9::1",
        "0, 2001:2:0:4::1, fd91:9::1"
    })
    void interfaceOfANextHopThatIsAnObject_isFound(final int compatible, final String target, final String source)
            throws LinuxException {
        own.netns()
                .exec("sh", "-c", "echo " + compatible + " >/proc/sys/net/ipv4/nexthop_compat_mode")
                .orThrow();
        assertThat(Routes.links(IpAddress.parse(target), IpAddress.parse(source)))
                .extracting(Link::name)
                .containsExactly("way0");
    }
}
