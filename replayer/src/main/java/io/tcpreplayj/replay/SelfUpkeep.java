package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.KernelRules;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Neighbour;
import org.jspecify.annotations.Nullable;

/** What keeps this host's own TCP out, where it is needed, and the next hop's address up to date. */
final class SelfUpkeep implements RawTransport.Upkeep {
    private final @Nullable KernelRules rules;
    private final @Nullable Neighbour neighbour;
    private final @Nullable PacketWire wire;
    private long mac;

    /**
     * @param rules where the clients live at this host's own address, else null
     * @param neighbour of {@code wire}, both null where the kernel finds the next hop by itself
     */
    SelfUpkeep(
            final @Nullable KernelRules rules,
            final @Nullable Neighbour neighbour,
            final @Nullable PacketWire wire,
            final long mac) {
        this.rules = rules;
        this.neighbour = neighbour;
        this.wire = wire;
        this.mac = mac;
    }

    /** Our frames pass by the kernel, so it does not see that the neighbour is in use and would forget it. */
    @Override
    public boolean everySecond() throws LinuxException {
        if (neighbour == null || wire == null) {
            return false;
        }
        final long now = neighbour.refresh();
        if (now < 0 || now == mac) {
            return false;
        }
        mac = now;
        wire.setNextHop(now);
        return true;
    }

    @Override
    public void close() {
        if (neighbour != null) {
            neighbour.close();
        }
        if (rules != null) {
            rules.close();
        }
    }
}
