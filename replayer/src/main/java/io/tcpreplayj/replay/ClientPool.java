package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A network of our own for the replayed clients: each captured client, in the order of first packets, becomes the next
 * address of the pool, and every session of it gets a port that no other session of the run has. A client with more
 * sessions than an address has ports (many copies) goes on at a further address, which is nobody else's. The first port
 * differs from run to run, so that a connection left over from an earlier run is not hit.
 */
public final class ClientPool implements LocalEndpoints {
    static final int FIRST_PORT = 1024;
    static final int PORTS = 65_536 - FIRST_PORT;

    private final Cidr pool;
    private final long firstHost;
    private final long hosts;
    private final int portBase;
    private final Map<IpAddress, Client> clients = new HashMap<>();
    /** In the order of their addresses, for clients beyond the last. */
    private final List<Client> shared = new ArrayList<>();

    private long addresses;

    /**
     * @param pool the network
     * @param reserved how many of its first addresses are not for clients (network address, the device's own, …)
     * @param portBase any number; where the ports begin
     */
    public ClientPool(final Cidr pool, final int reserved, final int portBase) {
        this.pool = pool;
        this.firstHost = reserved;
        final int hostBits = (pool.address().isV4() ? 32 : 128) - pool.prefixLength();
        // The last address of an IPv4 network is its broadcast address.
        final long all = hostBits >= 32 ? 1L << 32 : 1L << hostBits;
        this.hosts = Math.max(0, all - reserved - 1);
        this.portBase = Math.floorMod(portBase, PORTS);
    }

    /** @throws UserException when there are fewer than {@code addresses} */
    void checkRoom(final long addresses) {
        if (addresses > hosts) {
            throw new UserException(
                    "the client pool " + pool + " has room for " + hosts + " clients; the plan needs " + addresses,
                    "give --clients a larger network, or choose fewer flows or --copies");
        }
    }

    /** What so many addresses are of what there is, for people. */
    String room(final long addresses) {
        return addresses + " of " + hosts + " addresses in " + pool + ", " + PORTS + " ports each";
    }

    /**
     * How many addresses a plan will take.
     *
     * @param sessionsByClient of the whole plan
     */
    static long addressesFor(final Map<IpAddress, Long> sessionsByClient) {
        long count = 0;
        for (final long sessions : sessionsByClient.values()) {
            count += (sessions + PORTS - 1) / PORTS;
        }
        return count;
    }

    @Override
    public Endpoint next(final IpAddress capturedClient) {
        Client client = clients.get(capturedClient);
        if (client == null) {
            client = new Client(nextAddress());
            clients.put(capturedClient, client);
        } else if (client.used == PORTS) {
            client.address = nextAddress();
            client.used = 0;
        }
        return client.next(portBase);
    }

    @Override
    public @Nullable Endpoint another(final IpAddress capturedClient) {
        final Client client = clients.get(capturedClient);
        return client == null || client.used == PORTS ? null : client.next(portBase);
    }

    /** A client beyond the last address gets one of those there are, by its own. */
    @Override
    public @Nullable Endpoint again(final IpAddress capturedClient, final Predicate<Endpoint> taken) {
        Client client = clients.get(capturedClient);
        if (client == null && addresses < hosts) {
            client = new Client(nextAddress());
            clients.put(capturedClient, client);
            shared.add(client);
        }
        if (client == null) {
            client = shared.get(Math.floorMod(capturedClient.hashCode(), shared.size()));
        }
        for (int tried = 0; tried < PORTS; tried++) {
            client.used = (client.used + 1) % PORTS;
            final Endpoint endpoint = client.next(portBase);
            client.used--;
            if (!taken.test(endpoint)) {
                return endpoint;
            }
        }
        return null;
    }

    @Override
    public boolean isOurs(final IpAddress address) {
        return pool.contains(address);
    }

    private IpAddress nextAddress() {
        if (addresses == hosts) {
            throw new UserException(
                    "the client pool " + pool + " has room for " + hosts + " clients; the plan has more",
                    "choose fewer flows, with --host or --sample, or fewer --copies");
        }
        return new IpAddress(pool.address().high(), pool.address().low() + firstHost + addresses++);
    }

    private static final class Client {
        IpAddress address;
        int used;

        Client(final IpAddress address) {
            this.address = address;
        }

        Endpoint next(final int portBase) {
            return new Endpoint(address, FIRST_PORT + (portBase + used++) % PORTS);
        }
    }
}
