package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import org.jspecify.annotations.Nullable;

/** Whether the next hop answers. */
final class NeighbourCheck implements Check {
    @Override
    public String name() {
        return "neighbour";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Routes.Route route = patient.route();
        if (route == null
                || route.local()
                || route.link().loopback()
                || !route.link().ethernet()) {
            return null;
        }
        final String hop = route.nextHop().equals(patient.target().address()) ? "the target " : "the gateway ";
        final String device = route.link().name();
        try {
            if (host.resolves(route)) {
                return Finding.ok(name(), hop + route.nextHop() + " answers on " + device);
            }
            return Finding.fail(
                    name(),
                    hop + route.nextHop() + " does not answer on " + device + ": it is down, or not on that network",
                    "start it, or correct the route: ip neigh show dev " + device + "; ip route get "
                            + patient.target().address());
        } catch (final LinuxException e) {
            return Finding.warn(name(), "could not be asked for: " + e.getMessage(), "run as root");
        }
    }
}
