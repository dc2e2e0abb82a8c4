package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * A network of our own for the replayed clients: the k-th captured client, in the order of first packets, becomes the k-th
 * address of the pool, and every session of it gets a port that no other session of the run has. The first port differs
 * from run to run, so that a connection left over from an earlier run is not hit.
 */
public final class ClientPool implements LocalEndpoints {
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 65_536 - FIRST_PORT;

    private final Cidr pool;
    private final long firstHost;
    private final long hosts;
    private final int portBase;
    private final Map<IpAddress, Client> clients = new HashMap<>();

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

    /**
     * Asks before anything is opened whether every client's sessions fit on one address.
     *
     * @param sessionsByClient of the whole plan
     * @throws UserException when one client has more sessions than an address has ports
     */
    static void checkRoom(final Map<IpAddress, Long> sessionsByClient) {
        sessionsByClient.forEach((client, sessions) -> {
            if (sessions > PORTS) {
                throw full(client, sessions);
            }
        });
    }

    private static UserException full(final IpAddress client, final long sessions) {
        return new UserException(
                "the plan has " + sessions + " sessions for client " + client + ", and an address has only " + PORTS
                        + " ports",
                "choose fewer --copies, or fewer flows with --sample");
    }

    @Override
    public Endpoint next(final IpAddress capturedClient) {
        Client client = clients.get(capturedClient);
        if (client == null) {
            if (clients.size() >= hosts) {
                throw new UserException(
                        "the client pool " + pool + " has room for " + hosts + " clients; the capture has more",
                        "choose fewer flows, with --host or --sample");
            }
            client = new Client(address(firstHost + clients.size()));
            clients.put(capturedClient, client);
        }
        if (client.used == PORTS) {
            throw full(capturedClient, client.used + 1L);
        }
        final int port = FIRST_PORT + (portBase + client.used++) % PORTS;
        return new Endpoint(client.address, port);
    }

    /** Live address of a captured client, or null when it has no session. */
    public @org.jspecify.annotations.Nullable IpAddress liveAddress(final IpAddress capturedClient) {
        final Client client = clients.get(capturedClient);
        return client == null ? null : client.address;
    }

    private IpAddress address(final long host) {
        return new IpAddress(pool.address().high(), pool.address().low() + host);
    }

    private static final class Client {
        final IpAddress address;
        int used;

        Client(final IpAddress address) {
            this.address = address;
        }
    }
}
