package io.tcpreplayj.linux;

import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * A stretch of IPv4 addresses for the replayed clients, taken from 198.18.0.0/15, which is set aside for benchmarks
 * (RFC 2544 C.2.2) and so is nobody's real network.
 *
 * @param network its first address; {@link #device} is the next one
 * @param prefixLength 15 to 20
 */
public record AddressPool(IpAddress network, int prefixLength) {
    private static final int BLOCK = 0xc612_0000;
    private static final int WIDEST = 15;
    private static final int NARROWEST = 20;
    // Network address, the device's own, broadcast.
    private static final int NOT_FOR_CLIENTS = 3;
    // A route as broad as this is a way to the Internet (default route, the two halves of a VPN), not somebody's
    // network.
    private static final int BROAD = 7;

    /**
     * The smallest free pool for {@code clients} addresses, so that several replays fit side by side.
     *
     * @return empty when everything of that size is routed already, or {@code clients} exceeds 131,069
     */
    public static Optional<AddressPool> findFree(final long clients) throws LinuxException {
        return findFree(clients, Routes.prefixes());
    }

    static Optional<AddressPool> findFree(final long clients, final List<Routes.Prefix> routed) {
        for (int prefixLength = NARROWEST; prefixLength >= WIDEST; prefixLength--) {
            final int size = 1 << (32 - prefixLength);
            if (size - NOT_FOR_CLIENTS < clients) {
                continue;
            }
            for (int at = BLOCK; at < BLOCK + (1 << (32 - WIDEST)); at += size) {
                if (isFree(at, prefixLength, routed)) {
                    return Optional.of(new AddressPool(IpAddress.v4(at), prefixLength));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isFree(final int network, final int prefixLength, final List<Routes.Prefix> routed) {
        for (final Routes.Prefix route : routed) {
            if (route.network().isV4() && route.length() > BROAD) {
                final int shared = Math.min(prefixLength, route.length());
                if ((network ^ route.network().v4()) >>> (32 - shared) == 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The device's own address. */
    public IpAddress device() {
        return IpAddress.v4(network.v4() + 1);
    }

    /**
     * The address of the {@code k}-th client.
     *
     * @param k from 0, less than {@link #clients()}
     */
    public IpAddress client(final int k) {
        if (k < 0 || k >= clients()) {
            throw new IllegalArgumentException("client " + k + " of a pool of " + clients());
        }
        return IpAddress.v4(network.v4() + 2 + k);
    }

    public int clients() {
        return (1 << (32 - prefixLength)) - NOT_FOR_CLIENTS;
    }

    @Override
    public String toString() {
        return network + "/" + prefixLength;
    }
}
