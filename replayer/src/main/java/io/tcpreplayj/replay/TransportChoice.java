package io.tcpreplayj.replay;

import io.tcpreplayj.linux.Capabilities;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.IpAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * By which way packets go to the target, and why.
 *
 * @param kind the way
 * @param reason for people, after "because"
 */
record TransportChoice(Kind kind, String reason) {
    /** The ways there are. */
    enum Kind {
        TUN,
        PACKET,
        RAW,
        SOCKET;

        String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final String SOCKET_HINT = "run as root, or use --transport socket, which needs no privilege";
    private static final IpAddress V6_LOOPBACK = IpAddress.parse("::1");

    /**
     * Checks what was asked for, or picks the best way that this process may use.
     *
     * @param asked "auto" or a kind's label
     * @throws UserException when what was asked for cannot work here
     */
    static TransportChoice make(final String asked, final IpAddress target) {
        final Capabilities may = Capabilities.effective();
        final boolean local = isLocal(target);
        if (asked.equals("auto")) {
            return pick(may, local, target);
        }
        final Kind kind = Kind.valueOf(asked.toUpperCase(java.util.Locale.ROOT));
        check(kind, may, local, target);
        return new TransportChoice(kind, "--transport asked for it");
    }

    private static TransportChoice pick(final Capabilities may, final boolean local, final IpAddress target) {
        if (local && !target.equals(V6_LOOPBACK)) {
            if (!may.netAdmin()) {
                return new TransportChoice(Kind.SOCKET, "a TUN device needs CAP_NET_ADMIN, which this process lacks");
            }
            return hasTun()
                    ? new TransportChoice(Kind.TUN, "the target is on this machine")
                    : new TransportChoice(Kind.SOCKET, "there is no /dev/net/tun");
        }
        if (!may.netRaw() || !may.netAdmin()) {
            return new TransportChoice(
                    Kind.SOCKET, "raw frames need CAP_NET_RAW and CAP_NET_ADMIN, which this process lacks");
        }
        return new TransportChoice(
                Kind.PACKET, local ? "::1 cannot be reached over TUN" : "the target is on another host");
    }

    private static void check(final Kind kind, final Capabilities may, final boolean local, final IpAddress target) {
        switch (kind) {
            case TUN -> {
                if (!may.netAdmin()) {
                    throw new UserException("--transport tun needs CAP_NET_ADMIN", SOCKET_HINT);
                }
                if (!hasTun()) {
                    throw new UserException(
                            "--transport tun needs /dev/net/tun", "modprobe tun, or use --transport socket");
                }
                if (target.equals(V6_LOOPBACK)) {
                    throw new UserException(
                            "::1 cannot be reached over TUN (IPv6 has no route_localnet)",
                            "use --transport packet, or target another address of this machine");
                }
                if (!local) {
                    throw new UserException(
                            "--transport tun reaches targets on this machine only, and " + target + " is not",
                            "use --transport packet");
                }
            }
            case PACKET, RAW -> {
                if (!may.netRaw() || !may.netAdmin()) {
                    throw new UserException(
                            "--transport " + kind.label() + " needs CAP_NET_RAW, and CAP_NET_ADMIN for its nft table",
                            SOCKET_HINT);
                }
            }
            case SOCKET -> {}
        }
    }

    private static boolean hasTun() {
        return Files.isReadable(Path.of("/dev/net/tun"));
    }

    private static boolean isLocal(final IpAddress target) {
        try {
            return Routes.to(target).local();
        } catch (final LinuxException e) {
            throw new UserException(
                    "there is no way to " + target + ": " + e.getMessage(), "see: ip route get " + target);
        }
    }
}
