package io.tcpreplayj.replay.doctor;

import org.jspecify.annotations.Nullable;

/** Whether an assistant would pass on what it does not swallow, when its intercept is not there. */
final class ForwardCheck implements Check {
    @Override
    public String name() {
        return "ip_forward";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        if (patient.place() != Patient.Place.INTERCEPT) {
            return null;
        }
        final String sysctl =
                patient.target().address().isV4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
        final String value = host.read("proc/sys/" + sysctl.replace('.', '/')).orElse("0");
        return value.equals("0")
                ? Finding.ok(name(), "off: nothing is passed on")
                : Finding.warn(
                        name(),
                        "on: without a running intercept this host passes answers to clients on, to whoever has their"
                                + " addresses",
                        "sysctl -w " + sysctl + "=0");
    }
}
