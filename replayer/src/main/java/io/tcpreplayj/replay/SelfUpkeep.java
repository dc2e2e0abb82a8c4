package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.KernelRules;
import io.tcpreplayj.linux.LinuxException;
import org.jspecify.annotations.Nullable;

/** What keeps this host's own TCP out, where it is needed, and the next hop's address up to date. */
final class SelfUpkeep implements RawTransport.Upkeep {
    private final @Nullable KernelRules rules;
    private final @Nullable NextHop nextHop;
    private final @Nullable PacketWire wire;
    private long mac;

    /**
     * @param rules where the clients live at this host's own address, else null
     * @param nextHop of {@code wire}, both null where the kernel finds the next hop by itself
     */
    SelfUpkeep(
            final @Nullable KernelRules rules,
            final @Nullable NextHop nextHop,
            final @Nullable PacketWire wire,
            final long mac) {
        this.rules = rules;
        this.nextHop = nextHop;
        this.wire = wire;
        this.mac = mac;
    }

    /** A neighbour may get another address at any time: a card is replaced, a standby router takes over. */
    @Override
    public boolean everySecond() throws LinuxException {
        if (nextHop == null || wire == null) {
            return false;
        }
        final long now = nextHop.mac();
        if (now == mac) {
            return false;
        }
        mac = now;
        wire.setNextHop(now);
        return true;
    }

    @Override
    public void close() {
        if (nextHop != null) {
            nextHop.close();
        }
        if (rules != null) {
            rules.close();
        }
    }
}
