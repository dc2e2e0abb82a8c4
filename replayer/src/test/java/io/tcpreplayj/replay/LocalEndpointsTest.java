package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** No two sessions of a run get the same tuple (TF-32). */
final class LocalEndpointsTest {
    private static final Cidr POOL = Cidr.parse("198.18.0.0/15");

    @Test
    void clientPool_kthClient_getsTheKthAddress() {
        final ClientPool pool = new ClientPool(POOL, 2, 0);
        assertThat(pool.next(IpAddress.parse("10.0.0.9")).address()).hasToString("198.18.0.2");
        assertThat(pool.next(IpAddress.parse("10.0.0.1")).address()).hasToString("198.18.0.3");
        assertThat(pool.next(IpAddress.parse("10.0.0.9")).address()).hasToString("198.18.0.2");
    }

    @Test
    void clientPool_everySession_hasATupleOfItsOwn() {
        final ClientPool pool = new ClientPool(POOL, 2, 60_000);
        final Set<Endpoint> seen = new HashSet<>();
        for (int client = 0; client < 300; client++) {
            for (int session = 0; session < 500; session++) {
                final Endpoint endpoint = pool.next(IpAddress.v4(0x0a000000 + client));
                assertThat(seen.add(endpoint)).as("%s twice", endpoint).isTrue();
                assertThat(endpoint.port()).isBetween(1024, 65_535);
                assertThat(POOL.contains(endpoint.address())).isTrue();
            }
        }
    }

    @Test
    void clientPool_moreClientsThanAddresses_isRefusedWithTheNumber() {
        final ClientPool pool = new ClientPool(Cidr.parse("198.18.0.0/29"), 2, 0);
        for (int client = 0; client < 5; client++) {
            pool.next(IpAddress.v4(client));
        }
        assertThatThrownBy(() -> pool.next(IpAddress.v4(99)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("room for 5 clients");
    }

    @Test
    void clientPool_moreSessionsThanPorts_goOnAtAnAddressOfTheirOwn() {
        final ClientPool pool = new ClientPool(POOL, 2, 7);
        final IpAddress client = IpAddress.parse("10.0.0.9");
        final IpAddress other = IpAddress.parse("10.0.0.10");
        final Set<Endpoint> seen = new HashSet<>();
        for (int session = 0; session < 2 * 64_512 + 1; session++) {
            assertThat(seen.add(pool.next(client))).as("session %d", session).isTrue();
            assertThat(session > 100 || seen.add(pool.next(other)))
                    .as("session %d", session)
                    .isTrue();
        }
        assertThat(seen.stream().map(Endpoint::address).distinct()).hasSize(4);
        assertThat(ClientPool.addressesFor(Map.of(client, 2 * 64_512L + 1, other, 64_512L)))
                .isEqualTo(4);
    }

    @Test
    void clientPool_v6_countsInTheLowHalf() {
        final ClientPool pool = new ClientPool(Cidr.parse("fd00:7a::/64"), 2, 0);
        assertThat(pool.next(IpAddress.parse("10.0.0.9")).address()).hasToString("fd00:7a::2");
    }

    @Test
    void portPool_tooSmall_isRefusedWithTheNumberNeeded() {
        assertThatThrownBy(() ->
                        new PortPool(IpAddress.parse("10.1.0.1"), new PortRange(10_000, 10_002), bits(10_001), 3, 0))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("needs 3 client ports")
                .hasMessageContaining("has 2");
    }

    @Test
    void portPool_wrapsAroundAndNeverRepeats() {
        final PortPool pool = new PortPool(IpAddress.parse("10.1.0.1"), new PortRange(10, 12), bits(), 3, 2);
        final IpAddress anyone = IpAddress.parse("10.9.9.9");
        assertThat(pool.next(anyone)).hasToString("10.1.0.1:12");
        assertThat(pool.next(anyone)).hasToString("10.1.0.1:10");
        assertThat(pool.next(anyone)).hasToString("10.1.0.1:11");
        assertThatThrownBy(() -> pool.next(anyone)).isInstanceOf(IllegalStateException.class);
    }

    private static BitSet bits(final int... set) {
        final BitSet bits = new BitSet();
        for (final int bit : set) {
            bits.set(bit);
        }
        return bits;
    }

    @Test
    void portPool_withoutAPlan_portsComeRoundAgainUnlessTheyAreTaken() {
        final PortPool pool = new PortPool(IpAddress.parse("10.1.0.1"), new PortRange(10, 12), bits(), 0, 1);
        final IpAddress client = IpAddress.parse("10.0.0.9");
        final Set<Endpoint> taken = new HashSet<>();
        for (int session = 0; session < 3; session++) {
            assertThat(taken.add(pool.again(client, taken::contains))).isTrue();
        }
        assertThat(pool.again(client, taken::contains)).isNull();
        final Endpoint free = new Endpoint(IpAddress.parse("10.1.0.1"), 11);
        taken.remove(free);
        assertThat(pool.again(client, taken::contains)).isEqualTo(free);
    }

    @Test
    void clientPool_withoutAPlan_clientsBeyondTheLastShareAddresses() {
        final ClientPool pool = new ClientPool(Cidr.parse("198.18.0.0/29"), 2, 0);
        final Set<Endpoint> taken = new HashSet<>();
        final Set<IpAddress> addresses = new HashSet<>();
        for (int client = 0; client < 50; client++) {
            final Endpoint endpoint = pool.again(IpAddress.v4(client), taken::contains);
            assertThat(taken.add(endpoint)).as("%s twice", endpoint).isTrue();
            addresses.add(endpoint.address());
        }
        assertThat(addresses).hasSize(5);
        assertThat(pool.again(IpAddress.v4(3), taken::contains).address())
                .isEqualTo(pool.again(IpAddress.v4(3), taken::contains).address());
    }
}
