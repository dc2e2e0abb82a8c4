package io.tcpreplayj.replay.udp;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.ByteLimit;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.StartLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Plays some conversations to a socket of this process before the run: what a datagram needs is loaded and compiled then, and
 * the first ones of the run leave when they are due.
 */
public final class UdpRehearsal {
    private static final int CONVERSATIONS = 40;
    private static final long BUDGET_NS = 300_000_000L;
    private static final long TIMEOUT_NS = 1_000_000L;
    private static final StartLimits ONE = new StartLimits(1, 0);

    private UdpRehearsal() {}

    /** Returns after a third of a second at most. */
    public static void play(final List<PlannedSession> plan) throws IOException {
        try (DatagramChannel echo = DatagramChannel.open()) {
            echo.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            echo.configureBlocking(false);
            final long originNs = System.nanoTime();
            final LongSupplier clock = () -> System.nanoTime() - originNs;
            final List<PlannedSession> some = some(plan, target(echo));
            try (UdpAgent agent =
                    new UdpAgent(some, Double.POSITIVE_INFINITY, ONE, TIMEOUT_NS, ByteLimit.NONE, clock)) {
                final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
                while (!agent.done() && clock.getAsLong() < BUDGET_NS) {
                    agent.work(0);
                    final SocketAddress from = echo.receive(buffer.clear());
                    if (from != null) {
                        echo.send(buffer.flip(), from);
                    }
                }
            }
        }
    }

    private static Endpoint target(final DatagramChannel echo) throws IOException {
        final InetSocketAddress address = (InetSocketAddress) echo.getLocalAddress();
        return new Endpoint(IpAddress.parse(address.getAddress().getHostAddress()), address.getPort());
    }

    private static List<PlannedSession> some(final List<PlannedSession> plan, final Endpoint target) {
        final List<PlannedSession> some = new ArrayList<>();
        for (int i = 0; i < CONVERSATIONS; i++) {
            some.add(new PlannedSession(i, plan.get(i % plan.size()).script(), 0, null, target, 0, -1));
        }
        return some;
    }
}
