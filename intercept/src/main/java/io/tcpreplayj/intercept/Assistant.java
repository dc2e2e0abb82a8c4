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
    private final Link link;

    private Assistant(final KernelRules rules, final ResponseTap tap, final Link link) {
        this.rules = rules;
        this.tap = tap;
        this.link = link;
    }

    /**
     * Begins to swallow.
     *
     * @param clients networks whose packets are swallowed
     * @param snaplen bytes of each frame that are wanted
     * @param frames how they are seen
     * @throws KernelRulesException when this host must answer in one of these networks, or nft or the kernel refuses
     */
    public static Assistant open(final Link link, final List<Cidr> clients, final int snaplen, final TapOpener frames)
            throws IOException {
        ClientNetworks.checkAt(link, clients);
        final KernelRules rules = KernelRules.swallow(link, clients);
        boolean done = false;
        try {
            final ResponseTap tap = frames.open(link, PacketFilter.to(clients, snaplen), snaplen, false);
            done = true;
            return new Assistant(rules, tap, link);
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
        return "routed to " + link.name();
    }

    /** What targets route elsewhere is not seen here. */
    @Override
    public boolean attests() {
        return false;
    }

    /** Without its interface it would see nothing, and not say so; one that has another name by now is the same. */
    @Override
    public boolean holds() {
        return rules.holds() && link.isThere();
    }

    /** The rules go last: what comes meanwhile reaches nobody. */
    @Override
    public void close() {
        tap.close();
        rules.close();
    }
}
