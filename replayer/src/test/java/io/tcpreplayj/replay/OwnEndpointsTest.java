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

    @Test
    void aPoolOfOurOwn_isOursWhole() {
        final OwnEndpoints pooled = new OwnEndpoints(new ClientPool(Cidr.parse("198.18.0.0/20"), 2, 0));
        assertThat(pooled.contains(new Endpoint(IpAddress.parse("198.18.15.1"), 1), 0))
                .isTrue();
        assertThat(pooled.contains(new Endpoint(IpAddress.parse("198.18.16.1"), 1), 0))
                .isFalse();
    }
}
