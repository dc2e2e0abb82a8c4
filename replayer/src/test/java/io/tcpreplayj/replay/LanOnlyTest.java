package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.tcp.Likeness;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TF-17. */
final class LanOnlyTest {
    private static final IpAddress TARGET = IpAddress.parse("10.0.0.9");
    private static final IpAddress ROUTER = IpAddress.parse("10.0.0.1");
    private static final GuardRails LIMITED = new GuardRails(true, 1_000_000, GuardRails.NEVER);
    private static final ReplayRules OFF = new ReplayRules(
            GateMode.HYBRID, false, false, false, Gaps.DROP_FLOW, OnEarlyFin.CONTINUE, OnReset.FAIL, Likeness.NONE);

    private static Routes.Route way(final Routes.Kind kind, final IpAddress nextHop, final boolean ethernet) {
        return new Routes.Route(kind, new Link("eth7", 7, 1500, 0, false, true, ethernet, 0), TARGET, nextHop, 1500);
    }

    private static void check(final ReplayRules rules, final GuardRails rails, final Routes.Route way)
            throws IOException {
        check(rules, rails, way, true);
    }

    private static void check(
            final ReplayRules rules, final GuardRails rails, final Routes.Route way, final boolean isInNetwork)
            throws IOException {
        LanOnly.check(rules, rails, List.of(new Endpoint(TARGET, 80)), new LanOnly.Ways() {
            @Override
            public Routes.Route to(final IpAddress target) {
                return way;
            }

            @Override
            public boolean isInNetwork(final IpAddress target, final Link link) {
                assertThat(link.name()).isEqualTo("eth7");
                return isInNetwork;
            }
        });
    }

    @Test
    void tf17_thisHost_mayHaveAll() {
        assertThatCode(() -> check(OFF, GuardRails.USUAL, way(Routes.Kind.LOCAL, TARGET, true)))
                .doesNotThrowAnyException();
    }

    @Test
    void tf17_theLan_mayHaveWhatWasSaid() {
        assertThatCode(() -> check(OFF, LIMITED, way(Routes.Kind.UNICAST, TARGET, true)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> check(OFF, GuardRails.USUAL, way(Routes.Kind.UNICAST, TARGET, true)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("needs --max-bandwidth")
                .hasMessageContaining("eth7");
    }

    @Test
    void tf17_behindARouter_orATunnel_itIsRefused() {
        for (final Routes.Route way :
                List.of(way(Routes.Kind.UNICAST, ROUTER, true), way(Routes.Kind.UNICAST, TARGET, false))) {
            assertThatThrownBy(() -> check(OFF, LIMITED, way))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("10.0.0.9:80 is not on the one at eth7");
        }
    }

    /** As where a router answers ARP for the whole Internet. */
    @Test
    void tf17_aRouteAlone_makesNoLan() {
        assertThatThrownBy(() -> check(OFF, LIMITED, way(Routes.Kind.UNICAST, TARGET, true), false))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("10.0.0.9:80 is not on the one at eth7")
                .satisfies(e -> assertThat(((UserException) e).hint())
                        .isEqualTo("replay with congestion control: without --cc off"));
    }

    @Test
    void tf17_whoeverControlsCongestion_mayGoAnywhere() {
        assertThatCode(() -> check(ReplayRules.DEFAULT, GuardRails.USUAL, way(Routes.Kind.UNICAST, ROUTER, true)))
                .doesNotThrowAnyException();
    }
}
