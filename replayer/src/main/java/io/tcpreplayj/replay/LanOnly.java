package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;

/**
 * TF-17: clients without congestion control send as much as the target's window takes, whatever the network takes. That is for a
 * network of one's own, without routers that others share, and there no faster than was said.
 */
final class LanOnly {
    private LanOnly() {}

    /** As {@link Routes#to}. */
    interface Ways {
        Routes.Route to(IpAddress target) throws LinuxException;
    }

    /** @throws UserException when clients would be without congestion control where they may not */
    static void check(final ReplayRules rules, final GuardRails rails, final List<Endpoint> targets, final Ways ways)
            throws LinuxException {
        if (rules.congestionControl()) {
            return;
        }
        for (final Endpoint target : targets) {
            final Routes.Route way = ways.to(target.address());
            if (way.local()) {
                continue;
            }
            // A tunnel has no routers either, and lies on somebody's network.
            if (!way.nextHop().equals(target.address()) || !way.link().ethernet()) {
                throw new UserException(
                        "--cc off is for a network of your own, and " + target + " is not on the one at "
                                + way.link().name() + ": others share the way there",
                        "leave --cc off out");
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
