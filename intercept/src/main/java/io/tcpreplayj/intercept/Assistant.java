package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.packet.Cidr;
import java.io.IOException;
import java.util.List;

/**
 * The answers of targets that route the replayed clients' networks to this machine: seen as they come in, and dropped
 * behind it, so that this machine neither forwards nor answers what it swallows.
 */
public final class Assistant implements Swallower {
    private final KernelRules rules;
    private final ResponseTap tap;
    private final String mode;

    private Assistant(final KernelRules rules, final ResponseTap tap, final String mode) {
        this.rules = rules;
        this.tap = tap;
        this.mode = mode;
    }

    /**
     * Begins to swallow.
     *
     * @param clients networks whose packets are swallowed
     * @param snaplen bytes of each frame that are wanted
     * @param frames how they are seen
     */
    public static Assistant open(final Link link, final List<Cidr> clients, final int snaplen, final TapOpener frames)
            throws IOException {
        final KernelRules rules = KernelRules.swallow(link, clients);
        boolean done = false;
        try {
            final ResponseTap tap = frames.open(link, PacketFilter.to(clients, snaplen), snaplen, false);
            done = true;
            return new Assistant(rules, tap, "routed to " + link.name());
        } finally {
            if (!done) {
                rules.close();
            }
        }
    }

    @Override
    public ResponseTap tap() {
        return tap;
    }

    @Override
    public String mode() {
        return mode;
    }

    /** What targets route elsewhere is not seen here. */
    @Override
    public boolean attests() {
        return false;
    }

    @Override
    public boolean holds() {
        return rules.holds();
    }

    /** The rules go last: what comes meanwhile reaches nobody. */
    @Override
    public void close() {
        tap.close();
        rules.close();
    }
}
