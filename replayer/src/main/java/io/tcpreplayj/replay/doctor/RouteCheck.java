package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.Routes;
import org.jspecify.annotations.Nullable;

/** Whether the kernel knows a way to the target. */
final class RouteCheck implements Check {
    @Override
    public String name() {
        return "route";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Routes.Route route = patient.route();
        if (route == null) {
            return Finding.fail(
                    name(),
                    "no route to " + patient.target().address(),
                    "ip route add " + patient.target().address() + " via GATEWAY");
        }
        if (!route.link().up()) {
            return Finding.fail(
                    name(),
                    route.link().name() + " is down",
                    "ip link set " + route.link().name() + " up");
        }
        return Finding.ok(
                name(),
                patient.target().address()
                        + (route.local()
                                ? " is this machine"
                                : " by " + route.link().name())
                        + (route.nextHop().equals(patient.target().address()) ? "" : " via " + route.nextHop())
                        + ", from " + route.source());
    }
}
