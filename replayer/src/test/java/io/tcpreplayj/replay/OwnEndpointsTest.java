package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import org.junit.jupiter.api.Test;

/** Clients of ours are known while they are there, and for as long as a capture may be late. */
final class OwnEndpointsTest {
    private static final Endpoint OURS = new Endpoint(IpAddress.parse("192.0.2.1"), 40_000);
    private static final Endpoint OTHER = new Endpoint(IpAddress.parse("192.0.2.1"), 40_001);

    private final OwnEndpoints own = new OwnEndpoints(null);

    @Test
    void oneInUse_isOurs_andAnotherPortOfItsAddressIsNot() {
        own.takes(OURS);
        assertThat(own.contains(OURS, Long.MAX_VALUE)).isTrue();
        assertThat(own.contains(OTHER, 0)).isFalse();
    }

    @Test
    void oneThatHasEnded_isOursForAWhile() {
        own.takes(OURS);
        own.leaves(OURS, 5);
        assertThat(own.contains(OURS, 5 + OwnEndpoints.MEMORY_NS)).isTrue();
        assertThat(own.contains(OURS, 6 + OwnEndpoints.MEMORY_NS)).isFalse();
    }

    @Test
    void oneThatIsUsedAgain_isNotForgottenForItsFirstUse() {
        own.takes(OURS);
        own.leaves(OURS, 5);
        own.takes(OURS);
        assertThat(own.contains(OURS, 2 * OwnEndpoints.MEMORY_NS)).isTrue();
        own.leaves(OURS, 2 * OwnEndpoints.MEMORY_NS);
        assertThat(own.contains(OURS, 3 * OwnEndpoints.MEMORY_NS)).isTrue();
        assertThat(own.contains(OURS, 4 * OwnEndpoints.MEMORY_NS)).isFalse();
    }

    /** Where a capture shows a real client at an endpoint that one of ours has, too. */
    @Test
    void whereRealClientsLiveToo_theirSequenceNumbersTell() {
        final OwnEndpoints shared = new OwnEndpoints(new SwallowedClients(0, client -> true));
        shared.takes(OURS);
        assertThat(shared.contains(OURS, 7, 0)).as("ours has said nothing yet").isFalse();
        shared.opens(OURS, 8);
        assertThat(shared.contains(OURS, 8, 0)).isTrue();
        assertThat(shared.contains(OURS, 7, 0)).isFalse();
        assertThat(shared.contains(OURS, 0)).as("midstream: nobody knows").isTrue();
        shared.leaves(OURS, 5);
        assertThat(shared.contains(OURS, 8, 6 + OwnEndpoints.MEMORY_NS)).isFalse();
    }

    @Test
    void elsewhere_endpointsAloneTell() {
        own.takes(OURS);
        own.opens(OURS, 8);
        assertThat(own.contains(OURS, 7, 0)).isTrue();
    }

    @Test
    void aPoolOfOurOwn_isOursWhole() {
        final OwnEndpoints pooled = new OwnEndpoints(new ClientPool(Cidr.parse("198.18.0.0/20"), 2, 0));
        assertThat(pooled.contains(new Endpoint(IpAddress.parse("198.18.15.1"), 1), 0))
                .isTrue();
        assertThat(pooled.contains(new Endpoint(IpAddress.parse("198.18.16.1"), 1), 0))
                .isFalse();
    }
}
