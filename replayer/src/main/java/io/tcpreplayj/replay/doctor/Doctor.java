package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.intercept.KernelRulesException;
import io.tcpreplayj.intercept.PacketTrace;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.Interception;
import io.tcpreplayj.replay.ProbeClients;
import io.tcpreplayj.replay.ProbeResult;
import io.tcpreplayj.replay.ProbeRun;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what a replay needs on this host, then sends one connection the way that a replay would. A host that is the
 * target, or an intercept, is looked at for its own part and sends nothing.
 */
public final class Doctor {
    private static final List<Check> CHECKS = List.of(
            new CapabilityCheck(),
            new KernelCheck(),
            new TunCheck(),
            new NftCheck(),
            new LibpcapCheck(),
            new RouteCheck(),
            new NeighbourCheck(),
            new MtuCheck(),
            new OffloadCheck(),
            new PortRangeCheck(),
            new ReversePathCheck(),
            new ConntrackCheck(),
            new ForwardCheck(),
            new WayBackCheck(),
            new ListenCheck(),
            new FirewallCheck(),
            new ClockCheck());

    private static final int PATIENCE_MS = 1_500;
    private static final int HASTE_MS = 400;

    private final Host host = new ThisHost(Path.of("/"));
    private final Endpoint target;
    private final String asked;
    private final ProbeClients clients;
    private final @Nullable Interception interception;

    private Doctor(final Endpoint target, final String asked, final ProbeClients clients) {
        this.target = target;
        this.asked = asked;
        this.clients = clients;
        this.interception = clients.interception();
    }

    /**
     * Examines a replay to {@code target}.
     *
     * @param asked "auto" or a transport's name
     * @throws UserException when no target can be asked for like that
     */
    public static Examination examine(final Endpoint target, final String asked, final ProbeClients clients)
            throws IOException {
        return new Doctor(target, asked, clients).examine();
    }

    /**
     * Why a replay that is under way hears nothing at all: within a second or so, for its user waits.
     *
     * @param transport that it takes
     * @return a failure; its words go on after "no answer from …: "
     */
    public static Finding whySilent(
            final Endpoint target, final String transport, final @Nullable Interception interception)
            throws IOException {
        return new Doctor(target, transport, new ProbeClients(interception, null, null)).whySilent();
    }

    /**
     * Why a target that had answered says nothing any more: within a second or so, for its user waits.
     *
     * @param transport that the replay takes
     * @return a failure; its words go on after "nothing heard from …: "
     */
    public static Finding whyFellSilent(
            final Endpoint target, final String transport, final @Nullable Interception interception)
            throws IOException {
        final ProbeResult.Fate now =
                ProbeRun.byKernel(target, HASTE_MS, port -> {}).fate();
        return switch (now) {
            case CONNECTED -> Verdict.stuck(target);
            case REFUSED -> Verdict.refuses(target);
            default -> whySilent(target, transport, interception);
        };
    }

    private Finding whySilent() throws IOException {
        final Patient patient = patient(asked, route(target.address()), Patient.Place.REPLAYER);
        try (PacketTrace trace = trace()) {
            final boolean takesOthers =
                    ProbeRun.byKernel(target, HASTE_MS, follower(trace)).fate() == ProbeResult.Fate.CONNECTED;
            final PacketTrace.Drop drop = trace == null ? null : trace.firstDrop();
            // Silence is a rule's work even where nothing listens behind it: a closed port would have refused.
            if (drop == null && !takesOthers) {
                for (final Finding finding : findings(patient)) {
                    if (finding.level() == Finding.Level.FAIL) {
                        return finding;
                    }
                }
            }
            final boolean answers = drop == null && !takesOthers && host.answers(target.address());
            return new Verdict(patient).silence(drop, takesOthers, answers);
        }
    }

    private Patient patient(final String transport, final Routes.@Nullable Route route, final Patient.Place place) {
        return new Patient(target, transport, route, swallowing(), place);
    }

    private Examination examine() throws IOException {
        final Routes.Route route = route(target.address());
        final Patient.Place place = place(route);
        ProbeRun probe = null;
        Finding impossible = null;
        if (route != null && place == Patient.Place.REPLAYER) {
            try {
                probe = ProbeRun.choose(target, asked, clients);
            } catch (final UserException e) {
                impossible = Finding.fail("transport", String.valueOf(e.getMessage()), e.hint());
            }
        }
        final Patient patient = patient(probe == null ? asked : probe.transport(), route, place);
        final List<Finding> findings = findings(patient);
        if (impossible != null) {
            findings.add(impossible);
        }
        final boolean ready = findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAIL);
        boolean probed = false;
        if (probe != null && ready) {
            try {
                findings.add(probe(probe, patient));
                probed = true;
            } catch (final UserException e) {
                findings.add(notProbed(patient, e));
            }
        }
        return new Examination(
                target,
                place.name().toLowerCase(Locale.ROOT),
                patient.transport(),
                probe == null ? "" : probe.reason(),
                findings,
                probed);
    }

    private List<Finding> findings(final Patient patient) {
        final List<Finding> findings = new ArrayList<>();
        for (final Check check : CHECKS) {
            final Finding finding = check.look(patient, host);
            if (finding != null) {
                findings.add(finding);
            }
        }
        return findings;
    }

    private Finding probe(final ProbeRun probe, final Patient patient) throws IOException {
        try (PacketTrace trace = trace()) {
            final ProbeResult result = probe.send(follower(trace));
            final PacketTrace.Drop drop = trace == null ? null : trace.firstDrop();
            final boolean silent = result.fate() == ProbeResult.Fate.SILENT && drop == null;
            final boolean bystander = silent
                    && (interception != null || clients.sockets() != null)
                    && ProbeRun.byKernel(target, PATIENCE_MS, port -> {}).fate() == ProbeResult.Fate.CONNECTED;
            final boolean answers = silent && !bystander && host.answers(target.address());
            final Cidr network = bystander ? clients.socketNetwork(target) : null;
            return network != null
                    ? Verdict.routedElsewhere(target, network, patient.route())
                    : new Verdict(patient).of(result, drop, bystander, answers);
        }
    }

    private Finding notProbed(final Patient patient, final UserException e) {
        final String found = String.valueOf(e.getMessage());
        if (patient.ownAddress()) {
            return Finding.fail("transport", found, e.hint());
        }
        // Who names no captured client wants no probe: that alone is no trouble.
        return patient.clients() == null && clients.captured() == null
                ? Finding.warn("intercept", found, e.hint())
                : Finding.fail("intercept", found, e.hint());
    }

    private @Nullable PacketTrace trace() {
        if (!host.capabilities().netAdmin()) {
            return null;
        }
        try {
            return PacketTrace.open();
        } catch (final KernelRulesException e) {
            // Without it the probe says where it died all the same, but for rules of this host.
            return null;
        }
    }

    /** The probe's own packets are traced, no others. */
    private IntConsumer follower(final @Nullable PacketTrace trace) {
        return port -> {
            try {
                if (trace != null) {
                    trace.follow(target, port);
                }
            } catch (final KernelRulesException e) {
                // Without it the probe says where it died all the same, but for rules of this host.
                trace.close();
            }
        };
    }

    private Patient.Place place(final Routes.@Nullable Route route) {
        if (interception == null) {
            return Patient.Place.REPLAYER;
        }
        if (route != null && route.local()) {
            return Patient.Place.TARGET;
        }
        final boolean intercepts = listening(interception).stream()
                .map(Endpoint::address)
                .anyMatch(address -> isOurs(address) && !address.toInetAddress().isLoopbackAddress());
        return intercepts ? Patient.Place.INTERCEPT : Patient.Place.REPLAYER;
    }

    private Patient.@Nullable Swallowing swallowing() {
        if (interception == null) {
            return null;
        }
        final List<Endpoint> at = listening(interception);
        final boolean here = at.stream().anyMatch(each -> isOurs(each.address()));
        return new Patient.Swallowing(interception.clients(), at, here);
    }

    private static List<Endpoint> listening(final Interception interception) {
        final List<Endpoint> at = new ArrayList<>();
        for (final FeedAddress each : interception.intercepts()) {
            if (each.socket() instanceof InetSocketAddress inet) {
                at.add(new Endpoint(IpAddress.of(inet.getAddress()), inet.getPort()));
            }
        }
        return at;
    }

    private boolean isOurs(final IpAddress address) {
        final Routes.Route way = route(address);
        return way != null && way.local();
    }

    private Routes.@Nullable Route route(final IpAddress to) {
        try {
            return host.route(to);
        } catch (final LinuxException e) {
            return null;
        }
    }
}
