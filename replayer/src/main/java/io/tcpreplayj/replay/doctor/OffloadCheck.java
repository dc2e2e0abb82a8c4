package io.tcpreplayj.replay.doctor;

import org.jspecify.annotations.Nullable;

/** What the interface does to packets before they are seen; merged ones by GRO are taken apart again by their header. */
final class OffloadCheck implements Check {
    @Override
    public String name() {
        return "offloads";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final String features = host.run("ethtool", "-k", patient.device()).orElse("");
        if (features.isEmpty()) {
            return Finding.ok(name(), "not known without ethtool; none is needed");
        }
        return features.contains("large-receive-offload: on")
                ? Finding.warn(
                        name(),
                        "LRO on " + patient.device() + " merges packets beyond recognition",
                        "ethtool -K " + patient.device() + " lro off")
                : Finding.ok(name(), "none on " + patient.device() + " is in the way");
    }
}
