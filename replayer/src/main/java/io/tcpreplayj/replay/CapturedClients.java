package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The replayed clients keep their captured addresses; each session of a client gets a port that no other session of the run
 * has at that address. The first port differs from run to run, as in {@link ClientPool}.
 */
final class CapturedClients implements LocalEndpoints {
    /** An intercept is told so many networks at most. */
    private static final int MOST_NETWORKS = 64;

    private final int portBase;
    private final Map<IpAddress, Integer> used = new HashMap<>();

    /** @param portBase any number; where the ports begin */
    CapturedClients(final int portBase) {
        this.portBase = Math.floorMod(portBase, ClientPool.PORTS);
    }

    /**
     * Whether the plan's clients can speak to the target from their own addresses.
     *
     * @throws UserException when one is of another family, or has more sessions than an address has ports
     */
    static void check(final Map<IpAddress, Long> sessionsByClient, final Endpoint target) {
        sessionsByClient.forEach((client, sessions) -> {
            if (client.isV4() != target.address().isV4()) {
                throw new UserException(
                        "the captured client " + client + " cannot speak to " + target
                                + ": they are of two address families",
                        "give --clients a network of the target's family");
            }
            if (sessions > ClientPool.PORTS) {
                throw new UserException(
                        "the captured client " + client + " has room for " + ClientPool.PORTS
                                + " sessions; the plan needs " + sessions,
                        "choose fewer flows or --copies, or give --clients a network");
            }
        });
    }

    /** The fewest networks, as narrow as possible, that hold all of {@code clients}, and not more than a feed can carry. */
    static List<Cidr> networks(final Collection<IpAddress> clients) {
        final int bits = clients.iterator().next().isV4() ? 32 : 128;
        for (int prefixLength = bits; ; prefixLength--) {
            final int length = prefixLength;
            final List<Cidr> networks = clients.stream()
                    .map(client -> new Cidr(client, length).canonical())
                    .distinct()
                    .sorted((one, other) -> one.address().compareTo(other.address()))
                    .toList();
            if (networks.size() <= MOST_NETWORKS) {
                return networks;
            }
        }
    }

    @Override
    public Endpoint next(final IpAddress capturedClient) {
        final int sessions = used.merge(capturedClient, 1, Integer::sum);
        if (sessions > ClientPool.PORTS) {
            throw new UserException(
                    "the captured client " + capturedClient + " has room for " + ClientPool.PORTS
                            + " sessions; the plan has more",
                    "choose fewer flows or --copies, or give --clients a network");
        }
        return new Endpoint(capturedClient, ClientPool.FIRST_PORT + (portBase + sessions - 1) % ClientPool.PORTS);
    }

    @Override
    public @Nullable Endpoint another(final IpAddress capturedClient) {
        return used.getOrDefault(capturedClient, 0) < ClientPool.PORTS ? next(capturedClient) : null;
    }
}
