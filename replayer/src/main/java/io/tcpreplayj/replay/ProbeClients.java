package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the clients of a replay live that a probe stands for; all null: at this host's address.
 *
 * @param interception their answers come from intercepts
 * @param sockets kernel sockets have addresses of their own
 * @param captured the address of one of them, where each has its captured one
 */
public record ProbeClients(
        @Nullable Interception interception,
        @Nullable SocketClients sockets,
        @Nullable IpAddress captured) {
    /** The network of the address that kernel sockets would ask {@code target} from, or null. */
    public @Nullable Cidr socketNetwork(final Endpoint target) {
        return sockets == null ? null : sockets.asker(target, captured, 0).network();
    }
}
