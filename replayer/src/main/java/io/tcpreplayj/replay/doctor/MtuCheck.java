package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.Routes;
import org.jspecify.annotations.Nullable;

/** The longest packet that this host would send. */
final class MtuCheck implements Check {
    /** RFC 8200 5. */
    private static final int ENOUGH = 1280;

    @Override
    public String name() {
        return "mtu";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Routes.Route route = patient.route();
        if (route == null) {
            return null;
        }
        final String found = route.mtu() + " bytes on " + route.link().name();
        return route.mtu() >= ENOUGH
                ? Finding.ok(name(), found)
                : Finding.warn(
                        name(),
                        found + ": many small packets",
                        "ip link set " + route.link().name() + " mtu 1500, unless a tunnel wants it so");
    }
}
