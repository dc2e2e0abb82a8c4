package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.intercept.guard.Guard;
import io.tcpreplayj.intercept.guard.GuardException;
import io.tcpreplayj.intercept.guard.Marker;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The answers of servers of this very host: they are swallowed before they leave it, in a way that their sender's TCP takes
 * for success, and seen by a {@link ResponseTap}. A {@link Guard} holds the rules, longer than this process lives if need be.
 */
public final class TargetHost implements Swallower {
    /** A guard without a successor is gone by then. */
    private static final long OTHERS_PATIENCE_NS = 8_000_000_000L;

    private static final long LOOK_MS = 100;

    /**
     * What is to be swallowed.
     *
     * @param targets servers of this host
     * @param clients networks that replayed clients live in
     * @param snaplen bytes of each frame that are wanted
     */
    public record Request(List<Endpoint> targets, List<Cidr> clients, int snaplen) {
        Connections connections() {
            return new Connections(targets, clients);
        }
    }

    private final Way way;
    private final Guard guard;

    private TargetHost(final Way way, final Guard guard) {
        this.way = way;
        this.guard = guard;
    }

    /**
     * Begins to swallow.
     *
     * @throws KernelRulesException when this host cannot, or another intercept does
     */
    public static TargetHost open(final Request request) throws IOException {
        try {
            return begin(request);
        } catch (final GuardException e) {
            throw new KernelRulesException(
                    "answers cannot be kept on this host: " + e.getMessage(),
                    String.valueOf(e.getMessage()).contains("not found")
                            ? "install nftables and iproute2"
                            : "needs CAP_NET_ADMIN and Linux 5.16; or let an assistant host swallow them");
        } catch (final LinuxException e) {
            throw new KernelRulesException(
                    "answers cannot be kept on this host: " + e.getMessage(),
                    e.isPermission()
                            ? "run as root, or give the process CAP_NET_ADMIN and CAP_NET_RAW"
                            : "modprobe tun");
        }
    }

    private static TargetHost begin(final Request request) throws IOException {
        final Connections connections = request.connections();
        final Marker marker = Marker.of(connections.filter());
        waitForTurn(marker);
        final Way way = EgressWay.open(request);
        boolean done = false;
        try {
            final TargetHost host =
                    new TargetHost(way, Guard.hold(marker, connections, way.rules(connections, marker)));
            done = true;
            return host;
        } finally {
            if (!done) {
                way.close();
            }
        }
    }

    /** One intercept a host: of two, the first would swallow what the second waits for. */
    private static void waitForTurn(final Marker marker) throws IOException {
        final long deadlineNs = System.nanoTime() + OTHERS_PATIENCE_NS;
        for (var obstacle = marker.obstacle(); obstacle.isPresent(); obstacle = marker.obstacle()) {
            if (obstacle.get().isAlive() || System.nanoTime() > deadlineNs) {
                throw new KernelRulesException(
                        "another intercept (process " + obstacle.get().pid()
                                + ") swallows answers on this host already",
                        "let the replayers share it, or end it; one intercept takes several --target and --clients");
            }
            pause();
        }
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
        return way.mode();
    }

    @Override
    public boolean attests() {
        return true;
    }

    /** Ends the connections with replayed clients, then the rules; what comes meanwhile reaches nobody. */
    @Override
    public void close() {
        guard.close();
        way.close();
    }
}
