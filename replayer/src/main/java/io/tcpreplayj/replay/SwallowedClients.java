package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * As {@link CapturedClients}, of a run that has no plan: whoever is captured keeps the captured address, if answers to it are
 * swallowed. Nothing is kept of a client, for there may be any number of them; ports come round after as many sessions as
 * there are ports, whoever had them.
 */
final class SwallowedClients implements LocalEndpoints {
    private final Predicate<IpAddress> swallowed;
    private int nextPort;

    /**
     * @param portBase any number; where the ports begin
     * @param swallowed whether answers to a client at this address come to us, and to nobody else
     */
    SwallowedClients(final int portBase, final Predicate<IpAddress> swallowed) {
        this.swallowed = swallowed;
        nextPort = Math.floorMod(portBase, ClientPool.PORTS);
    }

    @Override
    public Endpoint next(final IpAddress capturedClient) {
        throw new IllegalStateException("clients that are not planned come again and again");
    }

    @Override
    public @Nullable Endpoint again(final IpAddress capturedClient, final Predicate<Endpoint> taken) {
        for (int tried = 0; tried < ClientPool.PORTS; tried++) {
            final Endpoint endpoint = new Endpoint(capturedClient, ClientPool.FIRST_PORT + nextPort);
            nextPort = (nextPort + 1) % ClientPool.PORTS;
            if (!taken.test(endpoint)) {
                return endpoint;
            }
        }
        return null;
    }

    @Override
    public boolean serves(final IpAddress capturedClient) {
        return swallowed.test(capturedClient);
    }

    @Override
    public boolean areShared() {
        return true;
    }
}
