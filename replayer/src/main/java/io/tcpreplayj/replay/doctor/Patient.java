package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The replay whose health is asked for, as seen from this host.
 *
 * @param target where it is to go
 * @param transport that it would take: "tun", "packet", "raw", "socket"
 * @param route to the target, or null when there is none
 * @param clients the clients' own network, or null when they live at this host's address
 * @param intercepts where answers are swallowed; empty without
 * @param place this host's part in it
 */
record Patient(
        Endpoint target,
        String transport,
        Routes.@Nullable Route route,
        @Nullable Cidr clients,
        List<IpAddress> intercepts,
        Place place) {
    /** What this host is to the replay. */
    enum Place {
        REPLAYER,
        TARGET,
        INTERCEPT
    }

    boolean isReplayer() {
        return place == Place.REPLAYER;
    }

    /** Packets leave past the kernel's TCP and need rules of ours. */
    boolean needsRules() {
        return transport.equals("packet") || transport.equals("raw");
    }

    /** Where answers are swallowed, for people and commands. */
    String intercept() {
        return intercepts.isEmpty() ? "on this machine" : intercepts.get(0).toString();
    }

    /** The interface towards the target; "lo" when there is no route. */
    String device() {
        return route == null ? "lo" : route.link().name();
    }
}
