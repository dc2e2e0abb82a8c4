package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The replay whose health is asked for, as seen from this host.
 *
 * @param target where it is to go
 * @param transport that it would take: "tun", "packet", "xdp", "raw", "socket"
 * @param route to the target, or null when there is none
 * @param swallowing how answers are kept from clients of their own; null when they live at this host's address
 * @param place this host's part in it
 */
record Patient(
        Endpoint target,
        String transport,
        Routes.@Nullable Route route,
        @Nullable Swallowing swallowing,
        Place place) {
    /**
     * Answers that do not reach whom they are for.
     *
     * @param clients the clients' network, or null when each has its captured address
     * @param at where intercepts listen by TCP
     * @param here whether one of them is on this host
     */
    record Swallowing(@Nullable Cidr clients, List<Endpoint> at, boolean here) {}

    /** What this host is to the replay. */
    enum Place {
        REPLAYER,
        TARGET,
        INTERCEPT
    }

    boolean isReplayer() {
        return place == Place.REPLAYER;
    }

    /** Rules of ours hold this host back: a replayer that shares its address with the kernel's TCP, or an intercept. */
    boolean needsRules() {
        return isReplayer() ? ownAddress() && isRaw() : swallowsHere();
    }

    private boolean isRaw() {
        return !transport.equals("tun") && !transport.equals("socket");
    }

    /** Clients live at this host's address. */
    boolean ownAddress() {
        return swallowing == null;
    }

    boolean swallowsHere() {
        return swallowing != null && swallowing.here();
    }

    /** The clients' own network; null without, or when each has its captured address. */
    @Nullable
    Cidr clients() {
        return swallowing == null ? null : swallowing.clients();
    }

    /** Where intercepts listen; none without, or when they do so by a UNIX socket. */
    List<Endpoint> intercepts() {
        return swallowing == null ? List.of() : swallowing.at();
    }

    /** Where answers are swallowed, for people and commands. */
    String intercept() {
        return intercepts().isEmpty()
                ? "on this machine"
                : intercepts().get(0).address().toString();
    }

    /** The interface towards the target; "lo" when there is no route. */
    String device() {
        return route == null ? "lo" : route.link().name();
    }
}
