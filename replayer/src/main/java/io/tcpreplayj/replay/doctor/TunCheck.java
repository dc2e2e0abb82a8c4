package io.tcpreplayj.replay.doctor;

import org.jspecify.annotations.Nullable;

/** The device that a replay to this machine needs. */
final class TunCheck implements Check {
    @Override
    public String name() {
        return "tun";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        if (!patient.isReplayer()) {
            return null;
        }
        return host.exists("dev/net/tun")
                ? Finding.ok(name(), "/dev/net/tun")
                : Finding.warn(
                        name(), "no /dev/net/tun: targets on this machine only by --transport socket", "modprobe tun");
    }
}
