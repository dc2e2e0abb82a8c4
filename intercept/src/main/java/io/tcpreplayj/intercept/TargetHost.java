package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Announcement;
import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.intercept.guard.Guard;
import io.tcpreplayj.intercept.guard.GuardException;
import io.tcpreplayj.intercept.guard.Marker;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.TcpDiagnosis;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The answers of servers of this very host: they are swallowed before they leave it, in a way that their sender's TCP takes
 * for success, and seen by a {@link ResponseTap}. A {@link Guard} holds the rules, longer than this process lives if need be.
 */
public final class TargetHost implements Swallower {
    private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");
    /** PROC_PID_INIT_INO of linux/proc_ns.h: the host's own. */
    private static final String FIRST_PID_NAMESPACE = "pid:[" + 0xEFFFFFFCL + "]";

    /** A guard without a successor is gone by then. */
    private static final long OTHERS_PATIENCE_NS = 8_000_000_000L;

    private static final long LIVES_PATIENCE_NS = 1_000_000_000L;
    /** One that saw us is gone by then, however late its look was answered. */
    private static final long RIVALS_PATIENCE_NS = Marker.LOOK_NS + 3_000_000_000L;

    private static final long LOOK_MS = 100;

    /**
     * What is to be swallowed.
     *
     * @param targets servers of this host
     * @param clients networks that replayed clients live in
     * @param snaplen bytes of each frame that are wanted
     * @param queueLength packets that may wait where the kernel asks about each
     * @param frames how they are seen where they are frames of an interface
     */
    public record Request(List<Endpoint> targets, List<Cidr> clients, int snaplen, int queueLength, TapOpener frames) {
        Connections connections() {
            return new Connections(targets, clients);
        }
    }

    private final Way way;
    private final Guard guard;
    private final String mode;

    private TargetHost(final Way way, final Guard guard, final String mode) {
        this.way = way;
        this.guard = guard;
        this.mode = mode;
    }

    /** To be called early: the guard of an intercept that died waits for one that is announced. */
    public static Announcement announce(final List<Endpoint> targets, final List<Cidr> clients) {
        return Announcement.of(new Connections(targets, clients));
    }

    /**
     * Begins to swallow.
     *
     * @param ways those that may be tried, one after the other
     * @throws NoWayException when this host cannot
     * @throws KernelRulesException when another intercept does
     */
    public static TargetHost open(final Request request, final List<Swallow> ways) throws IOException {
        final Marker marker;
        try {
            ClientNetworks.check(request.connections());
            checkListeners(request.targets());
            marker = Marker.next(request.connections().filter());
            waitForTurn(marker);
        } catch (final LinuxException | GuardException e) {
            throw refusal(e);
        }
        final TargetHost host = first(request, ways, marker);
        boolean alone = false;
        boolean leftToRival = false;
        try {
            final Optional<Marker> stronger = strongerRival(marker);
            alone = stronger.isEmpty();
            if (alone) {
                return host;
            }
            // Its clients may be served already, and their connections would be ours to close.
            leftToRival = stronger.get().key().equals(marker.key());
            throw taken(stronger.get());
        } catch (final GuardException e) {
            throw refusal(e);
        } finally {
            if (leftToRival) {
                host.guard.abandon();
                host.way.close();
            } else if (!alone) {
                host.close();
            }
        }
    }

    /** Two that began at once both found the way clear: the one that comes first in their order stays. */
    private static Optional<Marker> strongerRival(final Marker own) throws IOException {
        final long beginNs = System.nanoTime();
        Optional<Marker> rival = own.rival();
        // A later one sees us and goes, unless it looked around before we were there.
        while (rival.isPresent() && own.isBefore(rival.get()) && System.nanoTime() - beginNs < RIVALS_PATIENCE_NS) {
            pause();
            rival = own.rival();
        }
        return rival;
    }

    private static TargetHost first(final Request request, final List<Swallow> ways, final Marker marker)
            throws IOException {
        final Map<Swallow, KernelRulesException> refusals = new EnumMap<>(Swallow.class);
        for (final Swallow each : ways) {
            try {
                return open(request, each, marker, because(refusals));
            } catch (final LinuxException | GuardException e) {
                refusals.put(each, refusal(e));
            } catch (final KernelRulesException e) {
                refusals.put(each, e);
            }
        }
        throw new NoWayException(
                "answers cannot be kept on this host: " + words(refusals),
                refusals.values().iterator().next().hint());
    }

    /** What listens in another network namespace (a container's, behind DNAT) has connections that no guard here could close. */
    private static void checkListeners(final List<Endpoint> targets) throws IOException {
        try (TcpDiagnosis diagnosis = new TcpDiagnosis()) {
            for (final Endpoint target : targets) {
                if (!diagnosis.listens(target)) {
                    throw new KernelRulesException(
                            "nothing listens at " + target + " in this network namespace",
                            "start the server first, or run intercept where it listens, as by: nsenter -t ITS-PID -n");
                }
            }
        }
    }

    private static TargetHost open(
            final Request request, final Swallow swallow, final Marker marker, final String because)
            throws IOException {
        final Way way = swallow.open(request);
        boolean done = false;
        try {
            final Connections connections = request.connections();
            final Guard guard = Guard.hold(marker, connections, way.rules(connections, marker));
            done = true;
            return new TargetHost(way, guard, way.mode() + because);
        } finally {
            if (!done) {
                way.close();
            }
        }
    }

    private static KernelRulesException refusal(final IOException e) {
        final String said = String.valueOf(e.getMessage());
        if (e instanceof LinuxException linux) {
            return new KernelRulesException(said, cure(linux.call(), linux.errno()));
        }
        return new KernelRulesException(
                said,
                said.contains("not found")
                        ? "install nftables and iproute2"
                        : "needs CAP_NET_ADMIN and Linux 5.16; or let an assistant host swallow them");
    }

    /** By a system call and its error. */
    static String cure(final String call, final String errno) {
        return switch (errno) {
            case "EPERM", "EACCES" -> "run as root, or give the process CAP_NET_ADMIN and CAP_NET_RAW";
            // sock_diag(7) without its module.
            case "ENOENT" -> call.equals("netlink") ? "modprobe tcp_diag" : "modprobe tun";
            case "EMFILE", "ENFILE" -> "let the process open more files: ulimit -n";
            default -> "modprobe tun";
        };
    }

    private static String because(final Map<Swallow, KernelRulesException> refusals) {
        return refusals.isEmpty() ? "" : " (" + words(refusals) + ")";
    }

    private static String words(final Map<Swallow, KernelRulesException> refusals) {
        final List<String> words = new ArrayList<>();
        refusals.forEach((way, reason) -> words.add(way.word() + ": " + reason.getMessage()));
        return String.join("; ", words);
    }

    /** One intercept a host: of two, the first would swallow what the second waits for. */
    private static void waitForTurn(final Marker marker) throws IOException {
        final long beginNs = System.nanoTime();
        for (var obstacle = marker.obstacle(); obstacle.isPresent(); obstacle = marker.obstacle()) {
            // The guard of one that was killed just now needs a moment to notice.
            final long patienceNs = obstacle.get().isAlive() ? LIVES_PATIENCE_NS : OTHERS_PATIENCE_NS;
            if (System.nanoTime() - beginNs > patienceNs) {
                throw taken(obstacle.get());
            }
            pause();
        }
    }

    private static KernelRulesException taken(final Marker other) {
        return new KernelRulesException(
                "another intercept (table " + other.table() + ") swallows answers on this host already",
                "let the replayers share it, or end it; one intercept takes several --target and --clients");
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public ResponseTap tap() {
        return way.tap();
    }

    @Override
    public String mode() {
        return inContainer() ? mode + "; in a container it has no guard should that one's process 1 be killed" : mode;
    }

    @Override
    public boolean attests() {
        return !inContainer();
    }

    /** With process 1 of a PID namespace all others of it are killed, our guard's shell among them (pid_namespaces(7)). */
    private static boolean inContainer() {
        try {
            return !Files.readSymbolicLink(PID_NAMESPACE).toString().equals(FIRST_PID_NAMESPACE);
        } catch (final IOException e) {
            // Who knows.
            return true;
        }
    }

    @Override
    public boolean holds() {
        return guard.holds() && way.holds();
    }

    /** Ends the connections with replayed clients, then the rules; what comes meanwhile reaches nobody. */
    @Override
    public void close() {
        guard.close();
        way.close();
    }
}
