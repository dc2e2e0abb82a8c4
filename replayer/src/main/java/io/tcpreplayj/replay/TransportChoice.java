package io.tcpreplayj.replay;

import io.tcpreplayj.linux.Capabilities;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * By which way packets go to the targets, and why. All targets of a plan are judged: one device, one neighbour and one
 * pool of client addresses serve a whole run, so what is true of the first target must be true of all.
 *
 * @param kind the way
 * @param reason for people, after "because"
 */
record TransportChoice(Kind kind, String reason) {
    /** The ways there are. */
    enum Kind {
        TUN,
        PACKET,
        XDP,
        RAW,
        SOCKET;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final String SOCKET_HINT = "run as root, or use --transport socket, which needs no privilege";
    private static final String APART_HINT =
            "use --transport socket, or one run for each target (--port selects flows)";
    private static final IpAddress V6_LOOPBACK = IpAddress.parse("::1");

    /**
     * Checks what was asked for, or picks the best way that this process may use.
     *
     * @param asked "auto" or a kind's label
     * @param targets all of the plan, each once
     * @throws UserException when a target is no host, or what was asked for cannot work here
     */
    static TransportChoice make(final String asked, final List<Endpoint> targets) {
        return make(asked, targets, Capabilities.effective(), TransportChoice::kindOf);
    }

    /** As {@link #make}; with an interception, clients send raw packets whatever else might do. */
    static TransportChoice make(
            final String asked, final List<Endpoint> targets, final @Nullable Interception interception) {
        return interception == null ? make(asked, targets) : intercepted(asked, targets);
    }

    /** As {@link #make}, where answers come by intercept: clients send raw packets, and that is all that is done here. */
    static TransportChoice intercepted(final String asked, final List<Endpoint> targets) {
        return intercepted(asked, targets, Capabilities.effective(), TransportChoice::kindOf);
    }

    /** @param kinds what each address is to this machine */
    static TransportChoice intercepted(
            final String asked,
            final List<Endpoint> targets,
            final Capabilities may,
            final Function<IpAddress, Routes.Kind> kinds) {
        if (targets.size() > 1) {
            throw new UserException(
                    "--intercept serves one target a run, and the mappings name " + targets.size(), APART_HINT);
        }
        final IpAddress target = targets.get(0).address();
        refuseUnlessHost(target, kinds.apply(target));
        if (!may.netRaw()) {
            throw new UserException(
                    "--intercept needs CAP_NET_RAW", "run as root, or give the process that capability");
        }
        return asked.equals("raw") || asked.equals("xdp")
                ? new TransportChoice(kind(asked), "--transport asked for it")
                : new TransportChoice(Kind.PACKET, "answers come by intercept");
    }

    /** @param kinds what each address is to this machine */
    static TransportChoice make(
            final String asked,
            final List<Endpoint> targets,
            final Capabilities may,
            final Function<IpAddress, Routes.Kind> kinds) {
        final List<IpAddress> addresses =
                targets.stream().map(Endpoint::address).distinct().toList();
        long local = 0;
        for (final IpAddress address : addresses) {
            final Routes.Kind kind = kinds.apply(address);
            refuseUnlessHost(address, kind);
            local += kind == Routes.Kind.LOCAL ? 1 : 0;
        }
        final TransportChoice choice;
        if (asked.equals("auto")) {
            choice = pick(may, local == addresses.size(), addresses);
        } else {
            choice = new TransportChoice(kind(asked), "--transport asked for it");
        }
        checkReach(choice.kind, targets, addresses, kinds);
        checkMay(choice.kind, may);
        return choice;
    }

    private static Kind kind(final String label) {
        return Kind.valueOf(label.toUpperCase(Locale.ROOT));
    }

    private static TransportChoice pick(final Capabilities may, final boolean local, final List<IpAddress> addresses) {
        if (local && !addresses.contains(V6_LOOPBACK)) {
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

    private static void checkMay(final Kind kind, final Capabilities may) {
        switch (kind) {
            case TUN -> {
                if (!may.netAdmin()) {
                    throw new UserException("--transport tun needs CAP_NET_ADMIN", SOCKET_HINT);
                }
                if (!hasTun()) {
                    throw new UserException(
                            "--transport tun needs /dev/net/tun", "modprobe tun, or use --transport socket");
                }
            }
            case PACKET, XDP, RAW -> {
                if (!may.netRaw() || !may.netAdmin()) {
                    throw new UserException(
                            "--transport " + kind.label() + " needs CAP_NET_RAW, and CAP_NET_ADMIN for its nft table",
                            SOCKET_HINT);
                }
            }
            case SOCKET -> {}
        }
    }

    /** Whether this way leads to every target. */
    private static void checkReach(
            final Kind kind,
            final List<Endpoint> targets,
            final List<IpAddress> addresses,
            final Function<IpAddress, Routes.Kind> kinds) {
        if (kind == Kind.SOCKET) {
            return;
        }
        if (addresses.stream().map(IpAddress::isV4).distinct().count() > 1) {
            throw new UserException(
                    "the targets are of both address families, and --transport " + kind.label()
                            + " gives a run's clients addresses of one",
                    APART_HINT);
        }
        if (kind != Kind.TUN) {
            if (targets.size() > 1) {
                throw new UserException(
                        "--transport " + kind.label() + " reaches one target a run, and the mappings name "
                                + targets.size(),
                        APART_HINT);
            }
            return;
        }
        for (final IpAddress address : addresses) {
            if (address.equals(V6_LOOPBACK)) {
                throw new UserException(
                        "::1 cannot be reached over TUN (IPv6 has no route_localnet)",
                        "use --transport packet, or target another address of this machine");
            }
            if (kinds.apply(address) != Routes.Kind.LOCAL) {
                throw new UserException(
                        "--transport tun reaches targets on this machine only, and " + address + " is not",
                        addresses.size() == 1 ? "use --transport packet" : APART_HINT);
            }
        }
    }

    private static boolean hasTun() {
        return Files.isReadable(Path.of("/dev/net/tun"));
    }

    private static void refuseUnlessHost(final IpAddress target, final Routes.Kind kind) {
        switch (kind) {
            case UNICAST, LOCAL -> {}
            case BROADCAST, ANYCAST, MULTICAST ->
                throw new UserException(
                        "target " + target + " is a " + kind.name().toLowerCase(Locale.ROOT)
                                + " address to this machine's routes, not one host",
                        "give the address of the server to test");
        }
    }

    private static Routes.Kind kindOf(final IpAddress target) {
        try {
            return Routes.to(target).kind();
        } catch (final LinuxException e) {
            throw new UserException(
                    "there is no way to " + target + ": " + e.getMessage(), "see: ip route get " + target);
        }
    }
}
