package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.packet.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whether this host drops what comes by another interface than its answer would leave by (RFC 3704). */
final class ReversePathCheck implements Check {
    private static final int STRICT = 1;

    private static int value(final Host host, final String device) {
        return host.read("proc/sys/net/ipv4/conf/" + device + "/rp_filter")
                .map(Integer::parseInt)
                .orElse(0);
    }

    /** Of /proc/net/dev: two lines of headings, then a line for each interface. */
    private static List<String> devices(final Host host) {
        return host.read("proc/net/dev")
                .orElse("")
                .lines()
                .filter(line -> line.indexOf(':') > 0)
                .map(line -> line.substring(0, line.indexOf(':')).strip())
                .filter(device -> !device.equals("lo"))
                .toList();
    }

    /** The interface by which clients are answered; empty when there is none. */
    private static String wayBack(final Patient patient, final Cidr clients, final Host host) {
        try {
            return host.route(Clients.one(clients), patient.target().address())
                    .link()
                    .name();
        } catch (final LinuxException e) {
            return "";
        }
    }

    @Override
    public String name() {
        return "rp_filter";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Cidr clients = patient.clients();
        if (!patient.target().address().isV4()
                || (clients == null && !patient.transport().equals("socket"))) {
            return null;
        }
        final List<String> strict = new ArrayList<>();
        for (final String device : devices(host)) {
            if (Math.max(value(host, "all"), value(host, device)) == STRICT) {
                strict.add(device);
            }
        }
        if (strict.isEmpty()) {
            return Finding.ok(name(), "not strict");
        }
        if (patient.isReplayer() || clients == null) {
            return Finding.ok(
                    name(), "strict on " + String.join(", ", strict) + ", where answers come as packets leave");
        }
        final String back = wayBack(patient, clients, host);
        strict.remove(back);
        if (strict.isEmpty()) {
            return Finding.ok(name(), "strict, and " + clients + " is answered by the only interface");
        }
        return Finding.warn(
                name(),
                "strict on " + String.join(", ", strict) + ", and " + clients + " is answered by "
                        + (back.isEmpty() ? "none" : back)
                        + ": packets of these clients that come there are dropped in silence",
                "sysctl -w net.ipv4.conf.all.rp_filter=2"
                        + strict.stream()
                                .map(device -> " net.ipv4.conf." + device + ".rp_filter=2")
                                .collect(Collectors.joining()));
    }
}
