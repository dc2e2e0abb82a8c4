package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;

/** Addresses of the clients' network. */
final class Clients {
    private Clients() {}

    /** One that a client could have. */
    static IpAddress one(final Cidr network) {
        return new IpAddress(network.address().high(), network.address().low() + 1);
    }
}
