package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the clients of a replay live that a probe stands for; all null: at this host's address.
 *
 * @param interception their answers come from intercepts
 * @param socketNetwork kernel sockets have their addresses in this network
 * @param captured the address of one of them, where each has its captured one
 */
public record ProbeClients(
        @Nullable Interception interception,
        @Nullable Cidr socketNetwork,
        @Nullable IpAddress captured) {}
