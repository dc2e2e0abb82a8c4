package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CapturedPortsTest {
    private static final IpAddress CLIENT = IpAddress.parse("203.0.113.9");
    private static final Endpoint FIRST = new Endpoint(CLIENT, 1026);
    private static final Endpoint SECOND = new Endpoint(CLIENT, 1028);
    private static final Endpoint PRIVILEGED = new Endpoint(CLIENT, 1023);

    private final CapturedPorts ports = new CapturedPorts(List.of(FIRST, SECOND, PRIVILEGED), 0);

    @Test
    void firstSession_hasTheCapturedPort_furtherOnesHaveThoseThatNobodyHad() {
        assertThat(ports.next(FIRST)).isEqualTo(FIRST);
        assertThat(ports.next(FIRST)).isEqualTo(new Endpoint(CLIENT, 1024));
        assertThat(ports.another(CLIENT)).isEqualTo(new Endpoint(CLIENT, 1025));
        assertThat(ports.next(PRIVILEGED)).isEqualTo(new Endpoint(CLIENT, 1027));
        assertThat(ports.next(SECOND)).isEqualTo(SECOND);
        assertThat(ports.next(SECOND)).isEqualTo(new Endpoint(CLIENT, 1029));
        assertThat(ports.kept()).isEqualTo(2);
    }

    @Test
    void asManySessionsAsThereArePorts_haveRoom() {
        final Set<Endpoint> given = new HashSet<>(Set.of(ports.next(FIRST), ports.next(SECOND)));
        while (given.size() < ClientPool.PORTS) {
            assertThat(given.add(ports.next(FIRST))).isTrue();
        }
        assertThat(ports.another(CLIENT)).isNull();
    }
}
