package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.socket.SocketAgent;
import io.tcpreplayj.replay.socket.SocketTimeouts;
import io.tcpreplayj.replay.tcp.TcpConfig;
import io.tcpreplayj.replay.udp.LiveUdpMoment;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.agrona.LangUtil;
import org.jspecify.annotations.Nullable;

/**
 * Replays flows while they are being captured: each request as soon as it is there and the target has answered what the
 * captured client had seen. A thread of its own; the capture is never held up, see {@link LiveQueue}.
 *
 * <p>{@link #start} before the first packet, {@link #observer} to the assembler; when the capture is over and the assembler has
 * finished, {@link #finish} waits for what is open and tells what became of it all.
 */
public final class LiveReplay implements AutoCloseable {
    /** Nobody wonders before why it does not end. */
    private static final long WORTH_A_WORD_NS = 2_000_000_000L;
    /** So often the books are read for whoever asks meanwhile: that takes the time of many packets. */
    private static final long LOOK_NS = 1_000_000_000L;
    /** So often, in ms, whoever waits for the end may do something else. */
    private static final long MEANWHILE_MS = 100;
    /** Behind a session's own wait for an answer: what it does next must be able to show that it gets on. */
    private static final long CLOSING_GRACE_NS = 5_000_000_000L;

    private final LiveRules rules;
    private final TransportChoice choice;
    private final @Nullable RawTransport transport;
    private final ByteLimit limit;
    private final LiveUdp udp;
    private final LiveQueue queue;
    private final LiveBook book;
    private final LiveSessions sessions;
    private final Agent agent;
    private final CircuitBreaker breaker;
    private final LongSupplier clock;
    private final RunControl control = new RunControl();
    private final Thread thread;
    private final Replay.Progress progress;
    private volatile LiveMoment moment;
    private volatile long open;
    private boolean stopTold;
    private @Nullable ReplayRun run;
    private ReplayRun.@Nullable End end;
    private long endedNs;
    private @Nullable Throwable failure;

    private LiveReplay(
            final LiveOptions options,
            final TransportChoice choice,
            final @Nullable RawTransport transport,
            final Replay.Progress progress)
            throws IOException {
        this.choice = choice;
        this.transport = transport;
        clock = ReplayClock.real();
        rules = new LiveRules(options, SteadyClock.nowNs() - clock.getAsLong());
        limit = ByteLimit.of(options.rails().bitsPerSecond());
        udp = new LiveUdp(rules, control, limit, clock);
        queue = new LiveQueue(options.memoryBytes() / 2, rules::skipReason, udp.observer());
        final int capacity = LiveSessions.capacity(options.maxOpen());
        book = new LiveBook(capacity);
        sessions = new LiveSessions(queue, rules, book, transport == null ? null : transport.endpoints(), capacity);
        breaker = new CircuitBreaker(book, options.rails().breaker(), sessions.sessions());
        // A row is not due before its time in the capture, which has think times in it; to think again would only fall
        // further behind.
        final Pace pace = new Pace(Double.POSITIVE_INFINITY, options.responseTimeoutNs());
        final LocalEndpoints none = client -> {
            throw new IllegalStateException("a flow that is being captured has one connection");
        };
        final ReconnectPlan reconnects =
                new ReconnectPlan(sessions.sessions(), ReplayRules.DEFAULT, pace, none, breaker);
        agent = transport == null
                ? new SocketAgent(sessions, reconnects, SocketTimeouts.defaults(), breaker, limit, clock)
                : new RawAgent(
                        sessions,
                        transport,
                        reconnects,
                        TcpConfig.defaults(transport.wire().mtu()),
                        breaker,
                        limit,
                        clock);
        breaker.guardsCapture(agent::drain);
        this.progress = progress;
        moment = look();
        thread = new Thread(this::run, "replay");
        thread.setDaemon(true);
    }

    /**
     * Opens the way to the targets and begins to wait for flows.
     *
     * @throws UserException when nothing could be sent: no privilege, no way to the target, …
     */
    public static LiveReplay start(final LiveOptions options, final Replay.Progress progress) throws IOException {
        final List<Endpoint> targets = options.endpoints();
        final TransportChoice choice = TransportChoice.make(options.transport(), targets, options.interception());
        final RawTransport transport = choice.kind() == TransportChoice.Kind.SOCKET
                ? null
                : RawTransports.open(
                        choice,
                        TransportNeeds.unplanned(targets),
                        ThreadLocalRandom.current().nextInt(),
                        options.interception());
        try {
            final LiveReplay replay = new LiveReplay(options, choice, transport, progress);
            progress.onStart("flows go to " + targets + " as they are captured, by "
                    + choice.kind().label() + " ("
                    + (transport == null ? "kernel sockets" : transport.description()) + ") because "
                    + choice.reason() + (transport == null ? "" : "; UDP over the kernel's sockets, from this host"));
            replay.udp.start();
            replay.thread.start();
            return replay;
        } catch (final IOException | RuntimeException e) {
            if (transport != null) {
                transport.close();
            }
            throw e;
        }
    }

    /** How far the connections are, or were a second ago, or what came of them; from any thread. */
    public LiveMoment moment() {
        return moment;
    }

    private LiveMoment look() {
        return new LiveMoment(
                dropped(),
                reasons(sessions::lost),
                book.ledger().requests(),
                book.latency().behind());
    }

    /** What the capture's side dropped may be a moment old meanwhile. */
    private Map<String, Long> dropped() {
        final int copies = rules.options().copies();
        return reasons(reason -> sessions.dropped(reason) + queue.flows().dropped(reason) * copies);
    }

    /** How far the UDP conversations are, or what came of them; from any thread. */
    public LiveUdpMoment udp() {
        return udp.moment();
    }

    /** What the assembler of the captured flows is to tell; on its thread. */
    public FlowObserver observer() {
        return queue;
    }

    private void run() {
        try {
            final LiveOptions options = rules.options();
            final ReplayRun.Facts facts = new ReplayRun.Facts(
                    options.endpoints(),
                    1,
                    options.copies(),
                    0,
                    ReplayRun.NO_PLAN,
                    0,
                    options.rails().giveUpNs(),
                    options.interception());
            final ReplayRun all = new ReplayRun(facts, choice, book, control, clock);
            run = all;
            final ReplayRun.End how = all.toEnd(agent, breaker, limit, new Watched(), ReplayRun.Afterwards.NOTHING);
            end = how;
            endedNs = clock.getAsLong();
            moment = look();
            tellStopped(how.trouble());
        } catch (final IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            queue.close();
        }
    }

    /** A replay that stops while its capture goes on is seen by nobody: the summary may be days away. */
    private void tellStopped(final @Nullable Trouble trouble) {
        if (trouble != null && !stopTold && control.closingPatienceNs() == GuardRails.NEVER) {
            stopTold = true;
            progress.onNews(trouble.found() + "; the capture goes on");
        }
    }

    /** On the replay's thread. */
    private final class Watched implements Replay.Progress {
        private long lookedNs;

        @Override
        public void onStart(final String banner) {
            progress.onStart(banner);
        }

        @Override
        public void onTick(final Replay.Snapshot now) {
            open = now.openFlows();
            final long nowNs = clock.getAsLong();
            if (nowNs - lookedNs >= LOOK_NS) {
                lookedNs = nowNs;
                moment = look();
            }
            if (!stopTold) {
                tellStopped(breaker.told(rules.options().endpoints().get(0)));
            }
            progress.onTick(now);
        }
    }

    /**
     * The capture is over, and its assembler has finished: waits until what is open has ended too, as long as any of it gets on.
     * On the thread that assembled, or after it.
     *
     * @param meanwhile is run now and then while that is waited for
     * @throws UserException when the environment let nothing through
     */
    public LiveResult finish(final Runnable meanwhile) throws IOException, InterruptedException {
        control.close(rules.options().responseTimeoutNs() + CLOSING_GRACE_NS);
        queue.finish();
        udp.captureEnds();
        awaitEnd(meanwhile);
        sessions.drainRest();
        book.close();
        if (failure != null) {
            LangUtil.rethrowUnchecked(failure);
        }
        final ReplayRun over = run;
        final ReplayRun.End how = end;
        if (over == null || how == null) {
            throw new IllegalStateException("the replay did not run");
        }
        moment = look();
        progress.onTick(over.snapshot(agent, 0));
        final int copies = rules.options().copies();
        for (final FlowRecord.SkipReason reason : FlowRecord.SkipReason.values()) {
            book.ledger().skipped(reason, queue.flows().skipped(reason) * copies);
        }
        final Ledger ledger = book.ledger();
        ledger.check();
        // Only now: a run that ended before its capture left sessions behind whose flows went on.
        final LiveResult connections = new LiveResult(
                over.result(how),
                queue.flows().seen() * copies,
                dropped(),
                reasons(sessions::lost),
                sessions.captured(),
                book.latency().behind());
        return udp.finish(connections, book.latency(), endedNs).check();
    }

    private void awaitEnd(final Runnable meanwhile) throws InterruptedException {
        long tellNs = clock.getAsLong() + WORTH_A_WORD_NS;
        for (thread.join(MEANWHILE_MS); !isOver(); thread.join(MEANWHILE_MS)) {
            if (open > 0 && clock.getAsLong() >= tellNs) {
                tellNs = Long.MAX_VALUE;
                progress.onNews("the capture is over, and " + Diagnosis.counted(open, "connection", "is", "are")
                        + " still open: waited for as long as any of them gets on, and "
                        + control.closingPatienceNs() / 1_000_000_000L + " s more");
            }
            meanwhile.run();
        }
    }

    static Map<String, Long> reasons(final ToLongFunction<LiveDrop> counts) {
        final Map<String, Long> named = new LinkedHashMap<>();
        for (final LiveDrop reason : LiveDrop.values()) {
            if (counts.applyAsLong(reason) > 0) {
                named.put(reason.label(), counts.applyAsLong(reason));
            }
        }
        return named;
    }

    /** Whether nothing is replayed any more, be the capture over or not. */
    boolean isOver() {
        return !thread.isAlive();
    }

    /** Starts no more sessions and drains (first call), or stops now (second call); from any thread. */
    public void interrupt(final int signal) {
        control.interrupt(signal);
    }

    /** Gives back what was opened; stops a replay that was not finished. */
    @Override
    public void close() throws IOException {
        control.interrupt(0);
        control.interrupt(0);
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        udp.close();
        agent.close();
        if (transport != null) {
            transport.close();
        }
    }
}
