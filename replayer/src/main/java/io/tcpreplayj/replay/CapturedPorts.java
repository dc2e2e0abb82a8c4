package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * As {@link CapturedClients}, and the first session of each captured port has that port, too. Further ones (copies, and flows that
 * reuse a port) get ports that nobody had in the capture: the first one may not be over, or not forgotten by both ends.
 */
final class CapturedPorts implements LocalEndpoints {
    private final CapturedClients others;
    private final Set<Endpoint> captured;
    private final Set<Endpoint> given = new HashSet<>();

    /**
     * @param clients captured endpoints of the whole plan
     * @param portBase any number; where the other ports begin
     */
    CapturedPorts(final Collection<Endpoint> clients, final int portBase) {
        captured = new HashSet<>(clients);
        // The kernel wants a privilege for them.
        captured.removeIf(client -> client.port() < ClientPool.FIRST_PORT);
        others = new CapturedClients(portBase);
    }

    /** Sessions that have the captured port so far. */
    int kept() {
        return given.size();
    }

    @Override
    public Endpoint next(final Endpoint client) {
        return captured.contains(client) && given.add(client) ? client : next(client.address());
    }

    @Override
    public Endpoint next(final IpAddress capturedClient) {
        Endpoint next = others.next(capturedClient);
        while (captured.contains(next)) {
            next = others.next(capturedClient);
        }
        return next;
    }

    @Override
    public @Nullable Endpoint another(final IpAddress capturedClient) {
        Endpoint another = others.another(capturedClient);
        while (another != null && captured.contains(another)) {
            another = others.another(capturedClient);
        }
        return another;
    }
}
