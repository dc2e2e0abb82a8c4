package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What is near this host and needs its addresses: a network over it, taken for this host's own, would cut it off. */
final class Surroundings {
    /** A route as broad as this is a way to everywhere, not somebody's network. */
    private static final int BROAD = 7;

    private static final List<Routes.Taken> BY_MEANING = List.of(
            new Routes.Taken(Cidr.parse("127.0.0.0/8"), "loopback"), // RFC 1122 3.2.1.3
            new Routes.Taken(Cidr.parse("::1/128"), "loopback"), // RFC 4291 2.5.3
            new Routes.Taken(Cidr.parse("169.254.0.0/16"), "link-local"), // RFC 3927
            new Routes.Taken(Cidr.parse("fe80::/10"), "link-local")); // RFC 4291 2.5.6

    private final List<Routes.Taken> taken;

    private Surroundings(final List<Routes.Taken> taken) {
        this.taken = taken;
    }

    static Surroundings ofThisHost(final Collection<Endpoint> targets) {
        final List<Routes.Taken> taken = new ArrayList<>(BY_MEANING);
        targets.forEach(target -> taken.add(new Routes.Taken(one(target.address()), "the target")));
        try {
            taken.addAll(Routes.taken());
        } catch (final LinuxException e) {
            throw new UserException(
                    "this host's routes cannot be read: " + e.getMessage(), "see: ip route show table all");
        }
        return new Surroundings(taken);
    }

    private static Cidr one(final IpAddress address) {
        return new Cidr(address, address.isV4() ? 32 : 128);
    }

    /** Why nobody's clients may be in {@code network}, after its name; "" when they may. */
    String objection(final Cidr network) {
        for (final Routes.Taken near : taken) {
            final boolean overlaps = near.network().contains(network.address())
                    || network.contains(near.network().address());
            if (overlaps && near.network().prefixLength() > BROAD) {
                return network + " overlaps " + near.network() + ", " + near.what();
            }
        }
        return "";
    }
}
