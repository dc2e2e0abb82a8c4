package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.intercept.PacketTrace;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.ProbeResult;
import io.tcpreplayj.replay.RouteCures;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** At which hop a connection died, and what cures it, from all that was seen of it. */
final class Verdict {
    private static final String NAME = "probe";

    private final Patient patient;
    private final Endpoint target;

    Verdict(final Patient patient) {
        this.patient = patient;
        this.target = patient.target();
    }

    /**
     * Judges.
     *
     * @param drop what this host's own firewall did to it, or null
     * @param bystander whether this host's own address got a connection, where the clients have others
     * @param answers whether the target answers anything at all
     */
    Finding of(
            final ProbeResult probe,
            final PacketTrace.@Nullable Drop drop,
            final boolean bystander,
            final boolean answers) {
        if (probe.fate() != ProbeResult.Fate.CONNECTED && drop != null) {
            return ownFirewall(drop);
        }
        return switch (probe.fate()) {
            case CONNECTED ->
                Finding.ok(
                        NAME,
                        "connected in " + ms(probe.tookNs()) + " by " + patient.transport()
                                + (probe.largestPacket() > 0
                                        ? ", and packets of " + probe.largestPacket() + " bytes arrive"
                                        : ""));
            case REFUSED -> refuses(target);
            case REJECTED -> rejected(probe.icmp());
            case NOT_SENT ->
                Finding.fail(
                        NAME,
                        "this host does not send: " + probe.refusal(),
                        "ip route get " + target.address() + "; nft list ruleset");
            case SILENT -> {
                final Finding why = silence(null, bystander, answers);
                yield Finding.fail(NAME, "no answer from " + target + ": " + why.found(), why.cure());
            }
            case MUTE ->
                Finding.fail(
                        NAME,
                        "target " + target
                                + " answers the SYN and nothing behind it: a firewall on the way drops what it"
                                + " takes for no part of a connection",
                        "there: nft insert rule … ip daddr " + target.address() + " tcp dport " + target.port()
                                + " accept");
            case BLACK_HOLE -> blackHole(probe);
        };
    }

    static Finding refuses(final Endpoint target) {
        return Finding.fail(
                NAME,
                "target " + target + " refuses: nothing listens there",
                "start the server, or check the port: ss -ltn 'sport = :" + target.port() + "'");
    }

    /** Its kernel is there. */
    static Finding stuck(final Endpoint target) {
        return Finding.fail(
                NAME,
                "it still takes new connections, so its host and the way there are well: the server itself hangs, or what is"
                        + " on the way has forgotten the connections that stood",
                "look at the server there: ss -ltnp 'sport = :" + target.port() + "', and what its process waits for");
    }

    private Finding ownFirewall(final PacketTrace.Drop drop) {
        final String family = target.address().isV4() ? "ip" : "ip6";
        final String match = drop.incoming()
                ? family + " saddr " + target.address() + " tcp sport " + target.port()
                : family + " daddr " + target.address() + " tcp dport " + target.port();
        return Finding.fail(
                NAME,
                "this host's own firewall drops " + (drop.incoming() ? "the answers of " : "packets to ") + target
                        + ": " + drop.chain() + ": " + drop.rule(),
                "nft insert rule " + drop.chain() + " " + match + " accept");
    }

    private Finding rejected(final ProbeResult.@Nullable Icmp icmp) {
        if (icmp == null || icmp.isRoutersDespair()) {
            final String who = icmp == null ? "a router" : "router " + icmp.sender();
            return Finding.fail(
                    NAME,
                    who + " says that " + target.address() + " cannot be reached: it is down, or routed wrong there",
                    "start it, or look there: ip route get " + target.address());
        }
        return Finding.fail(
                NAME,
                "a firewall on " + icmp.sender() + " rejects packets to " + target + " (ICMP type " + icmp.type()
                        + ", code " + icmp.code() + ")",
                "there: " + accept());
    }

    /** Why nothing comes back; the words go on after "no answer from …: ". */
    Finding silence(final PacketTrace.@Nullable Drop drop, final boolean bystander, final boolean answers) {
        if (drop != null) {
            return ownFirewall(drop);
        }
        if (bystander) {
            return patient.ownAddress() ? notOurs() : heardElsewhere();
        }
        if (patient.transport().equals("tun")) {
            return Finding.fail(
                    NAME,
                    "this machine's IP layer took the packets and none came back",
                    "a local firewall drops them: iptables-legacy-save; nstat -az 'TcpExt*'");
        }
        if (answers) {
            return Finding.fail(
                    NAME,
                    target.address() + " is up: a firewall there, or on the way, drops what is for port "
                            + target.port(),
                    "there: " + accept());
        }
        return Finding.fail(
                NAME,
                target.address() + " does not answer an ICMP echo either: it is down, or all the way to it is closed",
                "look where packets end: tcpdump -ni any host " + target.address() + " on each hop");
    }

    private Finding notOurs() {
        return Finding.fail(
                NAME,
                "it takes a connection of this host's kernel now: it was down or overrun, or a device on the way passes"
                        + " only what the kernel sends",
                "try again; if it stays so: --transport socket");
    }

    private Finding heardElsewhere() {
        final Cidr network = patient.clients();
        final String clients = network == null ? "their captured addresses" : "clients in " + network;
        final String words = " --clients " + (network == null ? "original" : network);
        final String ask = "; what is wrong tells: tcpreplay-j doctor --target " + target + words + " --intercept "
                + patient.intercept();
        if (patient.intercepts().stream().anyMatch(at -> at.address().equals(target.address()))) {
            return Finding.fail(
                    NAME,
                    "it takes connections of this host, but its answers to " + clients
                            + " do not reach the intercept on it: it has no route to them, rp_filter drops their"
                            + " packets, or a firewall knows this host only",
                    "on the target: ip route get " + (network == null ? "CLIENT" : Clients.one(network)) + ask);
        }
        return Finding.fail(
                NAME,
                "it takes connections of this host, but its answers to " + clients
                        + " do not come to intercept " + patient.intercept()
                        + ", which hears nothing: the route there leads elsewhere, or rp_filter drops these clients",
                "on the target: ip route replace " + (network == null ? "CLIENT" : network) + " via "
                        + patient.intercept() + ask);
    }

    /** Kernel sockets have addresses in {@code network}, and only this host's own got a connection. */
    static Finding routedElsewhere(final Endpoint target, final Cidr network, final Routes.@Nullable Route route) {
        return Finding.fail(
                NAME,
                "target " + target + " takes connections of this host's own address, but its answers to clients in "
                        + network + " do not come back here",
                RouteCures.wayBack(target, network, route));
    }

    private String accept() {
        return (target.address().isV4() ? "iptables" : "ip6tables") + " -I INPUT -p tcp --dport " + target.port()
                + " -j ACCEPT";
    }

    private Finding blackHole(final ProbeResult probe) {
        final Routes.Route route = patient.route();
        final String way = route == null
                ? ""
                : (route.nextHop().equals(target.address()) ? "" : " via " + route.nextHop()) + " dev "
                        + route.link().name();
        return Finding.fail(
                NAME,
                "packets of " + probe.fullPacket() + " bytes to " + target + " vanish without a word, those of "
                        + probe.largestPacket() + " arrive: an MTU black hole",
                "ip route replace " + target.address() + way + " mtu " + Math.max(576, probe.largestPacket()));
    }

    private static String ms(final long ns) {
        return String.format(Locale.ROOT, "%.1f ms", ns / 1e6);
    }
}
