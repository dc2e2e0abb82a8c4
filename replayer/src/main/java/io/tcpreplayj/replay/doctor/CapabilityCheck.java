package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.Capabilities;
import org.jspecify.annotations.Nullable;

/** What this process may do to the network. */
final class CapabilityCheck implements Check {
    @Override
    public String name() {
        return "capability";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Capabilities may = host.capabilities();
        if (may.netRaw() && may.netAdmin()) {
            return Finding.ok(name(), "CAP_NET_RAW and CAP_NET_ADMIN");
        }
        final String lacks = (may.netRaw() ? "" : " CAP_NET_RAW") + (may.netAdmin() ? "" : " CAP_NET_ADMIN");
        return Finding.warn(
                name(),
                "lacks" + lacks
                        + (patient.isReplayer() ? ": only --transport socket works" : ": some checks see nothing"),
                "run as root, or: setpriv --inh-caps +net_admin,+net_raw --ambient-caps +net_admin,+net_raw tcpreplay-j …");
    }
}
