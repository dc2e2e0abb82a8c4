package io.tcpreplayj.replay;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.util.List;

/**
 * TF-17: clients without congestion control send as much as the target's window takes, whatever the network takes. That is for a
 * network of one's own, without routers that others share, and there no faster than was said. A route alone makes none: where a
 * router answers ARP for everybody (RFC 1027), the whole Internet seems to be at the interface.
 */
final class LanOnly {
    private LanOnly() {}

    /** What this host's tables say. */
    interface Ways {
        Ways OF_THIS_HOST = new Ways() {
            @Override
            public Routes.Route to(final IpAddress target) throws IOException {
                return Routes.to(target);
            }

            @Override
            public boolean isInNetwork(final IpAddress target, final Link link) throws IOException {
                return link.isInNetwork(target);
            }
        };

        Routes.Route to(IpAddress target) throws IOException;

        /** As {@link Link#isInNetwork}. */
        boolean isInNetwork(IpAddress target, Link link) throws IOException;
    }

    /** @throws UserException when clients would be without congestion control where they may not */
    static void check(final ReplayRules rules, final GuardRails rails, final List<Endpoint> targets, final Ways ways)
            throws IOException {
        if (rules.congestionControl()) {
            return;
        }
        for (final Endpoint target : targets) {
            final Routes.Route way = ways.to(target.address());
            if (way.local()) {
                continue;
            }
            // A tunnel has no routers either, and lies on somebody's network: one of the second layer cannot be told
            // here.
            if (!way.nextHop().equals(target.address())
                    || !way.link().ethernet()
                    || !ways.isInNetwork(target.address(), way.link())) {
                throw new UserException(
                        "--cc off is for a network of your own, and " + target + " is not on the one at "
                                + way.link().name() + ": others share the way there",
                        "replay with congestion control: without --cc off");
            }
            if (rails.bitsPerSecond() == 0) {
                throw new UserException(
                        "--cc off needs --max-bandwidth: nothing else keeps it from flooding the network at "
                                + way.link().name(),
                        "give what that network takes, as --max-bandwidth 100M");
            }
        }
    }
}
