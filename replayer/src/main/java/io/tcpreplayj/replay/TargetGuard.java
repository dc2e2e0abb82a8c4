package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses a replay may send to; asked before the first packet. Default deny: only loopback, link-local, private
 * and benchmarking networks are free, anything else needs the user's word. What only the kernel's tables know, another
 * network's broadcast address among it, {@link TransportChoice} refuses.
 */
public final class TargetGuard {
    // IANA's special-purpose registries (RFC 6890). 100.64.0.0/10 (RFC 6598) is not here: it belongs to the carrier.
    private static final List<Cidr> PRIVATE = networks(
            "127.0.0.0/8", // RFC 1122 3.2.1.3
            "10.0.0.0/8", // RFC 1918
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16", // RFC 3927
            "198.18.0.0/15", // RFC 2544
            "::1/128", // RFC 4291
            "fe80::/10",
            "fc00::/7", // RFC 4193
            "2001:2::/48"); // RFC 5180

    private static final Cidr THIS_NETWORK = Cidr.parse("0.0.0.0/8");
    private static final List<Cidr> MULTICAST = networks("224.0.0.0/4", "ff00::/8");
    private static final Cidr CLASS_E = Cidr.parse("240.0.0.0/4");
    private static final IpAddress BROADCAST = IpAddress.parse("255.255.255.255");
    // The broadcast address of 127.0.0.0/8, whether or not lo is up.
    private static final IpAddress LOOPBACK_BROADCAST = IpAddress.parse("127.255.255.255");
    private static final IpAddress UNSPECIFIED_V6 = IpAddress.parse("::");
    private static final List<Cidr> LOOPBACK = networks("127.0.0.0/8", "::1/128");

    private final List<Cidr> allowPublic;
    private final Set<IpAddress> broadcasts;

    /**
     * @param allowPublic networks beyond the private ones that the user allowed
     * @param broadcasts directed broadcast addresses of this host's networks
     */
    public TargetGuard(final List<Cidr> allowPublic, final Set<IpAddress> broadcasts) {
        this.allowPublic = List.copyOf(allowPublic);
        this.broadcasts = Set.copyOf(broadcasts);
    }

    /**
     * Refuses what is no host, and what is public and not allowed; who is allowed needs a voucher, too ({@link #checkVouched}).
     *
     * @throws UserException when {@code target} must not be sent to
     */
    public void check(final IpAddress target) {
        final String kind = neverAHost(target);
        if (!kind.isEmpty()) {
            throw new UserException(
                    "target " + target + " is " + kind + ", not one host", "give the address of the server to test");
        }
        if (!within(PRIVATE, target) && !within(allowPublic, target)) {
            throw new UserException(
                    "target " + target + " is a public address",
                    "if that server is yours to load, say --allow-public " + target + "/" + (target.isV4() ? 32 : 128)
                            + ", and run tcpreplay-j intercept on it, which vouches for it (--intercept)");
        }
    }

    /**
     * Refuses a public target that nobody vouches for: a name that leads elsewhere by now, or a digit too many, must not send a
     * load to strangers. An intercept on the target's own host, with our keys, says that this is the server to be tested.
     *
     * @return {@code interception}; where the target is public, one whose intercepts must attest before anything is sent
     * @throws UserException when it is public and there is no intercept
     */
    public static @Nullable Interception checkVouched(
            final IpAddress target, final @Nullable Interception interception) {
        if (isPrivate(target)) {
            return interception;
        }
        if (interception == null) {
            throw new UserException(
                    "target " + target + " is a public address, and nobody there says that it may be tested",
                    "run on that very server: tcpreplay-j intercept --target " + target
                            + ":PORT --keys FILE; and give --intercept " + target
                            + " --keys FILE --clients NETWORK here");
        }
        return interception.demandingAttestation();
    }

    /**
     * As {@link #checkVouched}, for what no intercept sees.
     *
     * @throws UserException when it is public
     */
    public static void checkVouchedForUdp(final IpAddress target) {
        if (!isPrivate(target)) {
            throw new UserException(
                    "target " + target + " of UDP conversations is a public address, and no intercept can vouch for it",
                    "replay them to a server with a private address; --where tcp leaves them out");
        }
    }

    /** Whether nobody but us can be meant: loopback, link-local, private and benchmarking networks. */
    static boolean isPrivate(final IpAddress target) {
        return within(PRIVATE, target);
    }

    /**
     * Refuses a network of clients that may be real people's: whatever an intercept misses of their answers would go to them.
     *
     * @throws UserException when it is public and not allowed
     */
    public void checkClients(final Cidr clients) {
        if (!covered(PRIVATE, clients) && !covered(allowPublic, clients)) {
            throw new UserException(
                    "--clients " + clients
                            + " are public addresses, and answers that went astray would reach whoever has them",
                    "give a network of nobody's, as 198.18.4.0/22; or, if that one is yours, say --allow-public "
                            + clients);
        }
    }

    /** As {@link #checkClients(Cidr)}; captured addresses are the intercept's matter, which attests that it swallows them. */
    public void checkClients(final @Nullable Interception interception) {
        final Cidr clients = interception == null ? null : interception.clients();
        if (clients != null) {
            checkClients(clients);
        }
    }

    /** As {@link #checkClients(Cidr)}; captured addresses are judged by {@link #checkOriginal}. */
    public void checkClients(final @Nullable SocketClients sockets) {
        final Cidr clients = sockets == null ? null : sockets.network();
        if (clients != null) {
            checkClients(clients);
        }
    }

    /** As {@link #checkClients(Cidr)}, of clients that keep their captured addresses and have no intercept. */
    public void checkOriginal(final Collection<IpAddress> captured) {
        final List<IpAddress> strangers = captured.stream()
                .filter(client -> !within(PRIVATE, client) && !within(allowPublic, client))
                .sorted()
                .toList();
        if (!strangers.isEmpty()) {
            throw new UserException(
                    "--clients original: captured clients, " + strangers.get(0)
                            + (strangers.size() > 1 ? " and " + (strangers.size() - 1) + " others" : "")
                            + ", have public addresses, and answers that went astray would reach whoever has them",
                    "give a network of nobody's, as --clients 198.18.4.0/22; or, if the target answers them here and nowhere"
                            + " else, say "
                            + WayBack.usual(strangers).stream()
                                    .map(network -> "--allow-public " + network)
                                    .collect(Collectors.joining(" ")));
        }
    }

    private static boolean covered(final List<Cidr> networks, final Cidr inner) {
        for (final Cidr network : networks) {
            if (network.prefixLength() <= inner.prefixLength() && network.contains(inner.address())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Refuses the very server that the capture was taken from; loopback is always this host, so it is let through.
     *
     * @throws UserException when {@code target} is one of {@code capturedServers}
     */
    public static void checkNotCaptured(final IpAddress target, final Set<IpAddress> capturedServers) {
        if (capturedServers.stream().anyMatch(server -> isCaptured(target, server))) {
            throw new UserException(
                    "target " + target + " is the captured server itself",
                    "give a test server, or say --same-server if this is one");
        }
    }

    /** Whether the target is the host of a captured server; loopback is always this host, so it is none. */
    static boolean isCaptured(final IpAddress target, final IpAddress capturedServer) {
        return capturedServer.equals(target) && !within(LOOPBACK, target);
    }

    /** Whether the text is an IPv4-mapped IPv6 address, which hides an IPv4 address from a reader's eye (RFC 4291 2.5.5.2). */
    public static boolean isMappedLiteral(final String text) {
        return text.indexOf(':') >= 0 && IpAddress.parse(text).isV4();
    }

    private String neverAHost(final IpAddress target) {
        if (target.equals(UNSPECIFIED_V6)) {
            return "the unspecified address";
        }
        if (THIS_NETWORK.contains(target)) {
            return "in 0.0.0.0/8, \"this network\"";
        }
        if (within(MULTICAST, target)) {
            return "a multicast address";
        }
        if (target.equals(BROADCAST) || target.equals(LOOPBACK_BROADCAST) || broadcasts.contains(target)) {
            return "a broadcast address";
        }
        return CLASS_E.contains(target) ? "in the reserved class E (240.0.0.0/4)" : "";
    }

    private static boolean within(final List<Cidr> networks, final IpAddress address) {
        for (final Cidr network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static List<Cidr> networks(final String... texts) {
        return Stream.of(texts).map(Cidr::parse).toList();
    }
}
