package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the target answers clients by way of the intercept. */
final class WayBackCheck implements Check {
    @Override
    public String name() {
        return "clients";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Cidr clients = patient.clients();
        if (patient.place() != Patient.Place.TARGET
                || clients == null
                || patient.intercepts().isEmpty()) {
            return null;
        }
        return patient.swallowsHere() ? here(patient, clients, host) : elsewhere(patient, clients, host);
    }

    /** Answers end on this host: any route will do, for nothing leaves by it, but the intercept must be there. */
    private Finding here(final Patient patient, final Cidr clients, final Host host) {
        for (final Endpoint at : patient.intercepts()) {
            if (ListenCheck.listens(host, at)) {
                return routed(patient, clients, host)
                        ? Finding.ok(name(), "answers to " + clients + " end here, in the intercept at " + at)
                        : Finding.fail(
                                name(),
                                "no route to " + clients + ": clients are not answered, the intercept hears nothing",
                                "any will do, nothing leaves by it: ip route add " + clients + " via GATEWAY");
            }
        }
        return Finding.fail(
                name(),
                "no intercept listens at " + patient.intercepts().get(0) + ": answers to " + clients
                        + " would leave this host",
                "here: tcpreplay-j intercept --target " + patient.target() + " --clients " + clients + " --keys FILE");
    }

    private static boolean routed(final Patient patient, final Cidr clients, final Host host) {
        try {
            return !host.route(Clients.one(clients), patient.target().address()).local();
        } catch (final LinuxException e) {
            return false;
        }
    }

    private Finding elsewhere(final Patient patient, final Cidr clients, final Host host) {
        final List<IpAddress> intercepts =
                patient.intercepts().stream().map(Endpoint::address).toList();
        final String cure = "ip route replace " + clients + " via " + intercepts.get(0);
        try {
            final Routes.Route route =
                    host.route(Clients.one(clients), patient.target().address());
            if (route.local()) {
                return Finding.fail(name(), clients + " is this machine's own", "choose another network for --clients");
            }
            return intercepts.contains(route.nextHop())
                    ? Finding.ok(name(), clients + " is answered via intercept " + route.nextHop())
                    : Finding.fail(
                            name(),
                            "the route to " + clients + " leads to " + route.nextHop() + ", not to intercept "
                                    + intercepts.get(0) + ", which hears nothing",
                            cure);
        } catch (final LinuxException e) {
            return Finding.fail(
                    name(), "no route to " + clients + ": clients are not answered, the intercept hears nothing", cure);
        }
    }
}
