package io.tcpreplayj.faultlab;

import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A bridge between a client's wire and a server's that does to each TCP flow what the plan for its server port says, and
 * leaves all else alone: neighbour discovery, ICMP, ports without a plan. One thread in a namespace of its own.
 */
public final class FaultBridge implements AutoCloseable {
    static final int LONGEST_FRAME = 2048;
    private static final int BATCH = 256;
    private static final long LONGEST_WAIT_NS = 20_000_000L;

    /** A client's endpoint and the server's port. */
    private record Key(long high, long low, int clientPort, int serverPort) {}

    private record Planned(FaultPlan plan, long[] flows, Traffic[] traffic) {
        Planned(final FaultPlan plan) {
            this(plan, new long[1], new Traffic[] {new Traffic(), new Traffic()});
        }
    }

    private final Map<Integer, Planned> plans = new ConcurrentHashMap<>();
    private final Map<Key, FlowOnTheLine> flows = new HashMap<>();
    private final PacketDecoder decoder = new PacketDecoder();
    private final Passing passing = new Passing();
    private final byte[] asItCame = new byte[LONGEST_FRAME];
    private final Line[] lines = new Line[2];
    private final CompletableFuture<Boolean> open = new CompletableFuture<>();
    private final @Nullable DecisionLog log;
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable Exception failure;
    private final LongAdder forwarded = new LongAdder();
    private volatile long overruns;

    private FaultBridge(
            final String netns, final String clientSide, final String serverSide, final @Nullable DecisionLog log) {
        this.log = log;
        thread = new Thread(() -> run(netns, clientSide, serverSide), "fault-bridge");
        thread.setDaemon(true);
    }

    /**
     * Begins to forward; returns when it does.
     *
     * @param netns name of a namespace with the two interfaces, without addresses and forwarding of its own
     * @param logFile where every frame and its fate go, or null
     */
    public static FaultBridge start(
            final String netns, final String clientSide, final String serverSide, final @Nullable Path logFile)
            throws IOException {
        final FaultBridge bridge =
                new FaultBridge(netns, clientSide, serverSide, logFile == null ? null : new DecisionLog(logFile));
        bridge.thread.start();
        bridge.open.join();
        return bridge;
    }

    /** What goes wrong with the flows to this port from now on; flows that are under way are taken for new ones. */
    public void plan(final int serverPort, final FaultPlan plan) {
        plans.put(serverPort, new Planned(plan));
    }

    /** What came from one side for this port since its latest {@link #plan}, lost or not. */
    public Traffic traffic(final int serverPort, final Way way) {
        final Planned planned = plans.get(serverPort);
        return planned == null ? new Traffic() : planned.traffic()[way.ordinal()];
    }

    private void run(final String netns, final String clientSide, final String serverSide) {
        try {
            NetworkNamespace.enter(netns);
            try (Line fromClient = Line.open(clientSide, serverSide);
                    Line fromServer = Line.open(serverSide, clientSide)) {
                lines[0] = fromClient;
                lines[1] = fromServer;
                final Poller poller =
                        new Poller(fromClient.in().fd(), fromServer.in().fd());
                open.complete(true);
                while (!closing) {
                    forward(poller);
                }
                overruns = fromClient.overruns() + fromServer.overruns();
            }
        } catch (final IOException | RuntimeException e) {
            failure = e;
            open.completeExceptionally(e);
        }
    }

    private void forward(final Poller poller) throws IOException {
        int count = lines[0].in().poll(this::fromClient, BATCH);
        count += lines[1].in().poll(this::fromServer, BATCH);
        final long nowNs = System.nanoTime();
        lines[0].flush(nowNs);
        lines[1].flush(nowNs);
        forwarded.add(count);
        if (count == 0) {
            poller.await(lines[1].untilNextNs(nowNs, lines[0].untilNextNs(nowNs, LONGEST_WAIT_NS)));
        }
    }

    private void fromClient(
            final ByteBuffer buffer, final int at, final int caplen, final int origlen, final long ns, final int type) {
        onFrame(Way.FROM_CLIENT, buffer, at, Math.min(caplen, LONGEST_FRAME), ns);
    }

    private void fromServer(
            final ByteBuffer buffer, final int at, final int caplen, final int origlen, final long ns, final int type) {
        onFrame(Way.FROM_SERVER, buffer, at, Math.min(caplen, LONGEST_FRAME), ns);
    }

    private void onFrame(final Way way, final ByteBuffer buffer, final int at, final int length, final long ns) {
        final Line line = lines[way.ordinal()];
        final long nowNs = System.nanoTime();
        try {
            passing.load(buffer, at, length);
            final boolean tcp = decoder.decode(passing.buffer(), 0, length, length, Linktype.ETHERNET, passing.view())
                    == Verdict.TCP;
            final Planned planned = tcp ? plans.get(serverPort(way, passing.view())) : null;
            if (planned == null) {
                line.send(passing.buffer(), length, 0, nowNs);
                return;
            }
            decide(way, planned, length, nowNs, ns);
            for (final Passing.Injected each : passing.injected()) {
                lines[each.way().ordinal()].send(ByteBuffer.wrap(each.frame()), each.frame().length, 0, nowNs);
            }
            for (int copy = 0; copy < passing.copies(); copy++) {
                line.send(passing.buffer(), passing.length(), passing.delayNs(), nowNs);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void decide(final Way way, final Planned planned, final int length, final long nowNs, final long ns)
            throws IOException {
        final FlowOnTheLine.Side side = flow(way, planned).side(way);
        side.packets++;
        if ((passing.view().segFlags() & TcpFlags.SYN) != 0) {
            side.isn = passing.view().segSeq();
            side.hasIsn = true;
        }
        passing.begin(way, side, nowNs);
        planned.traffic()[way.ordinal()].count(passing.view(), side);
        if (log != null) {
            passing.buffer().get(0, asItCame, 0, length);
        }
        for (final Fault fault : side.faults) {
            fault.on(passing);
            if (passing.lost()) {
                break;
            }
        }
        if (log != null) {
            log.frame(way, ns, asItCame, length, passing.fate());
            for (final Passing.Injected each : passing.injected()) {
                log.frame(each.way(), ns, each.frame(), each.frame().length, "injected");
            }
        }
    }

    private FlowOnTheLine flow(final Way way, final Planned planned) {
        final PacketView view = passing.view();
        final boolean client = way == Way.FROM_CLIENT;
        final Key key = new Key(
                client ? view.sourceHigh() : view.destinationHigh(),
                client ? view.sourceLow() : view.destinationLow(),
                client ? view.sourcePort() : view.destinationPort(),
                serverPort(way, view));
        final FlowOnTheLine known = flows.get(key);
        final boolean again = known != null && startsAnew(known, way, view);
        if (known != null && known.isOf(planned.plan()) && !again) {
            return known;
        }
        final FlowOnTheLine fresh = new FlowOnTheLine(planned.plan(), planned.flows()[0]++);
        flows.put(key, fresh);
        return fresh;
    }

    /** A SYN with another ISN is another connection of the same tuple. */
    private static boolean startsAnew(final FlowOnTheLine known, final Way way, final PacketView view) {
        final FlowOnTheLine.Side side = known.side(way);
        return way == Way.FROM_CLIENT
                && (view.segFlags() & TcpFlags.SYN) != 0
                && side.hasIsn
                && side.isn != view.segSeq();
    }

    private static int serverPort(final Way way, final PacketView view) {
        return way == Way.FROM_CLIENT ? view.destinationPort() : view.sourcePort();
    }

    /** Frames that came to the bridge so far. */
    public long forwarded() {
        return forwarded.sum();
    }

    /** Frames that were lost without a plan: rings or queues overflowed. Known once it is closed. */
    public long overruns() {
        return overruns;
    }

    @Override
    public void close() throws IOException {
        closing = true;
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (log != null) {
            log.close();
        }
        if (failure != null) {
            throw new IOException("the bridge stopped", failure);
        }
    }
}
