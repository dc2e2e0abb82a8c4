package io.tcpreplayj.replay.socket;

import io.tcpreplayj.linux.TransparentSocket;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.Turns;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.ScriptNeeds;
import io.tcpreplayj.replay.tcp.Outcome;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One session over a kernel socket. The kernel does TCP; this writes what the script released, reads what came, and
 * closes as captured: half-close by shutdown, reset by a close without lingering.
 *
 * <p>The target cannot be asked whether more is under way: {@link PathLosses} judges its silence.
 */
final class SocketSession {
    private static final long NEVER = Long.MAX_VALUE;
    /** How long after the end of the script the server may take to close its side. */
    private static final long CLOSE_GRACE_NS = 1_000_000_000L;
    /** A server that closed without taking the last bytes answers them with RST within this time. */
    private static final long RESET_GRACE_NS = 50_000_000L;
    /** Then one look of the selector tells. */
    private static final long PROBE_NS = 2_000_000L;

    private final PlannedSession plan;
    private final ScriptCursor cursor;
    private final SocketTimeouts timeouts;
    private final PathLosses losses;
    private final Turns turns;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final ClientStream requests;
    private final ServerStream answers;

    private final long startDueNs;
    private final long startedNs;
    private boolean established;
    private long handshakeNs;
    private boolean connectedTold;
    private @Nullable Endpoint local;
    private int signsOfLife;
    /** The target has sent nothing since the last client bytes left. */
    private boolean unanswered;

    private boolean probing;
    private boolean finSent;
    private long activeNs;
    private @Nullable Outcome outcome;

    /**
     * @param startDueNs when the SYN was due
     * @throws IOException when there is no socket to be had (too many open files)
     */
    SocketSession(
            final PlannedSession plan,
            final ScriptCursor cursor,
            final SessionStreams streams,
            final SocketTimeouts timeouts,
            final KernelSide kernel,
            final long startDueNs,
            final long nowNs)
            throws IOException {
        this.plan = plan;
        this.cursor = cursor;
        this.timeouts = timeouts;
        this.losses = kernel.losses();
        this.turns = kernel.turns();
        this.startDueNs = startDueNs;
        this.startedNs = nowNs;
        this.activeNs = nowNs;
        cursor.askBeforeBelieving();
        this.channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.key = channel.register(kernel.selector(), SelectionKey.OP_CONNECT, this);
        this.requests = new ClientStream(plan, channel, turns);
        this.answers = new ServerStream(plan, channel, streams, kernel);
    }

    PlannedSession plan() {
        return plan;
    }

    ScriptCursor cursor() {
        return cursor;
    }

    @Nullable
    Outcome outcome() {
        return outcome;
    }

    /** Whether the target has taken the connection since this was asked last. */
    boolean newlyConnected() {
        final boolean isNew = established && !connectedTold;
        connectedTold = established;
        return isNew;
    }

    /** From the SYN to the kernel's word that it was answered. */
    long handshakeNs() {
        return handshakeNs;
    }

    /** Whether the target is to say something: take the connection, make room for what is sent, or answer. */
    boolean isOwed(final long nowNs) {
        return outcome == null && (!established || requests.isFull() || cursor.awaitsServer(nowNs));
    }

    /**
     * How often the target showed that it is there since this was asked last: by a connection taken, refused or reset, bytes,
     * a FIN, or room for more. What this host's kernel says of its own accord (no neighbour, no route, timed out) is none.
     */
    int newSignsOfLife() {
        final int signs = signsOfLife;
        signsOfLife = 0;
        return signs;
    }

    long sentBytes() {
        return requests.sent();
    }

    long receivedBytes() {
        return answers.received();
    }

    /** What of the script may still be looked at. */
    void needs(final ScriptNeeds needs) {
        requests.forgetSent();
        cursor.needs(requests.sent(), needs);
    }

    @Nullable
    Endpoint local() {
        return local;
    }

    /**
     * Sends the SYN.
     *
     * @throws BindException when this host has no port left for the target; nothing was sent, and the session is no more
     */
    void connect(final long nowNs) throws BindException {
        final Endpoint target = plan.target();
        try {
            bindToOwn();
            if (channel.connect(new InetSocketAddress(target.address().toInetAddress(), target.port()))) {
                onConnected(nowNs);
            }
            turns.spent(WireBytes.ofPackets(1, isV4()), nowNs);
        } catch (final ConnectException e) {
            onRefused(nowNs);
        } catch (final BindException e) {
            // The JDK's word for EADDRNOTAVAIL, and for EACCES too (handleSocketError in sun.nio.ch.Net).
            if (!String.valueOf(e.getMessage()).contains("denied")) {
                closeChannel();
                throw e;
            }
            end(Outcome.UNREACHABLE, nowNs);
        } catch (final IOException e) {
            end(Outcome.UNREACHABLE, nowNs);
        }
    }

    /** Only where the plan has a place for it; else the kernel chooses. */
    private void bindToOwn() throws IOException {
        final Endpoint own = plan.local();
        if (own != null) {
            // What is left of an earlier run's connection must not keep us from the port.
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            TransparentSocket.bind(channel, new InetSocketAddress(own.address().toInetAddress(), own.port()));
        }
    }

    /** The selector says that something can be done. */
    void onReady(final ByteBuffer readBuffer, final long nowNs) {
        if (outcome != null) {
            return;
        }
        if (!established) {
            finishConnect(nowNs);
        } else if (key.isConnectable()) {
            // Of a connected channel, "connectable" says that an error is pending (SelectionKey.OP_CONNECT). It is
            // asked for only just after bytes left, long before the kernel's own patience ends: this is the target's
            // RST.
            onReset(nowNs);
        } else {
            try {
                if (key.isReadable()) {
                    read(readBuffer, nowNs);
                }
            } catch (final IOException e) {
                onBroken(e, nowNs);
            }
        }
        proceed(nowNs);
    }

    /** {@link #nextDeadlineNs()} passed; harmless at any other time. */
    void onTimer(final long nowNs) {
        if (outcome != null) {
            return;
        }
        if (!established) {
            if (nowNs - startedNs >= timeouts.connectNs()) {
                end(Outcome.SYN_TIMEOUT, nowNs);
            }
            return;
        }
        cursor.advance(nowNs);
        if (cursor.nextQuestionNs() <= nowNs) {
            cursor.onAsked(nowNs);
            if (losses.believes(local, plan.target(), cursor.answerBytes(), nowNs - activeNs, nowNs)) {
                cursor.onNothingUnderWay(nowNs);
            } else {
                cursor.onSomethingUnderWay();
            }
        }
        proceed(nowNs);
    }

    /** It is this session's turn to send. */
    void onTurn(final long nowNs) {
        proceed(nowNs);
    }

    /** The script has grown. */
    void onGrown(final long nowNs) {
        if (outcome == null) {
            cursor.onGrown(nowNs);
            proceed(nowNs);
        }
    }

    /** The process stood still: what came meanwhile is read now, and was no silence. */
    void onStall(final long fromNs, final long toNs) {
        cursor.onStall(fromNs, toNs);
    }

    long nextDeadlineNs() {
        if (outcome != null) {
            return NEVER;
        }
        if (!established) {
            return startedNs + timeouts.connectNs();
        }
        return Math.min(Math.min(cursor.nextDeadlineNs(), cursor.nextQuestionNs()), closingDeadlineNs());
    }

    /** Ends the session now, with a RST. */
    void abort(final long nowNs) {
        if (outcome == null) {
            reset(Outcome.INTERRUPTED, nowNs);
        }
    }

    private void finishConnect(final long nowNs) {
        try {
            if (channel.finishConnect()) {
                onConnected(nowNs);
            }
        } catch (final ConnectException e) {
            // ETIMEDOUT comes as a ConnectException too, and only the text tells.
            if (isTimeout(e)) {
                end(Outcome.SYN_TIMEOUT, nowNs);
            } else {
                onRefused(nowNs);
            }
        } catch (final IOException e) {
            end(Outcome.UNREACHABLE, nowNs);
        }
    }

    private static boolean isTimeout(final IOException e) {
        return String.valueOf(e.getMessage()).contains("timed out");
    }

    private void onRefused(final long nowNs) {
        signsOfLife++;
        end(Outcome.REFUSED, nowNs);
    }

    private void onConnected(final long nowNs) throws IOException {
        established = true;
        signsOfLife++;
        activeNs = nowNs;
        if (channel.getLocalAddress() instanceof InetSocketAddress address) {
            local = new Endpoint(IpAddress.of(address.getAddress()), address.getPort());
        }
        key.interestOps(SelectionKey.OP_READ);
        handshakeNs = nowNs - startedNs;
        turns.spentUnasked(WireBytes.ofPackets(1, isV4()), nowNs);
        cursor.onRoundTrip(handshakeNs);
        // The handshake's length is the target's; only a SYN that left late makes the first request late.
        cursor.onEstablished(startDueNs + handshakeNs, nowNs);
    }

    private void read(final ByteBuffer buffer, final long nowNs) throws IOException {
        final long before = answers.received();
        try {
            answers.read(buffer, cursor, local, nowNs);
        } finally {
            if (answers.received() > before || answers.ended()) {
                signsOfLife++;
                activeNs = nowNs;
                unanswered &= answers.received() == before;
            }
        }
        if (answers.ended()) {
            key.interestOpsAnd(~SelectionKey.OP_READ);
            if (timeouts.endsAtEarlyFin() && cursor.cutShortByFin()) {
                reset(Outcome.ABORTED_EARLY_FIN, nowNs);
            }
        }
    }

    /** Does what may be done by now: bytes, FIN, RST, end. */
    private void proceed(final long nowNs) {
        if (outcome != null || !established) {
            return;
        }
        try {
            write(nowNs);
            if (cursor.resetReleased() && requests.sent() == cursor.releasedBytes()) {
                reset(completed(), nowNs);
                return;
            }
            if (!finSent && finDueNs() <= nowNs) {
                close(nowNs);
            }
        } catch (final IOException e) {
            onBroken(e, nowNs);
            return;
        }
        if (finSent && answers.ended()) {
            end(completed(), nowNs);
        } else if (closingDeadlineNs() <= nowNs) {
            end(finSent ? completed() : Outcome.TIMEOUT, nowNs);
        }
    }

    private void write(final long nowNs) throws IOException {
        final long before = requests.sent();
        final boolean wasFull = requests.isFull();
        try {
            requests.write(cursor, nowNs);
        } finally {
            if (requests.sent() > before) {
                activeNs = nowNs;
                unanswered = true;
                signsOfLife += wasFull ? 1 : 0;
            }
        }
        if (requests.isFull()) {
            key.interestOpsOr(SelectionKey.OP_WRITE);
        } else if ((key.interestOps() & SelectionKey.OP_WRITE) != 0) {
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
        }
    }

    private boolean isV4() {
        return plan.target().address().isV4();
    }

    /**
     * Sends the FIN; when the server closed without an answer to the last bytes, only once the selector was asked whether a RST came: a
     * shutdown does not tell (the JDK takes ENOTCONN for success), nor does a read behind the end.
     */
    private void close(final long nowNs) throws IOException {
        activeNs = nowNs;
        if (answers.ended() && unanswered && !probing) {
            probing = true;
            key.interestOps(SelectionKey.OP_CONNECT);
            return;
        }
        if (probing) {
            key.interestOps(0);
        }
        channel.shutdownOutput();
        // The FIN, and the ACK of the target's.
        turns.spentUnasked(WireBytes.ofPackets(2, isV4()), nowNs);
        finSent = true;
    }

    private long finDueNs() {
        if (!cursor.finReleased() || requests.sent() < cursor.releasedBytes()) {
            return NEVER;
        }
        if (!answers.ended() || !unanswered) {
            return 0;
        }
        return activeNs + (probing ? PROBE_NS : RESET_GRACE_NS);
    }

    /** When patience with the target ends, for what the script does not time itself. */
    private long closingDeadlineNs() {
        if (requests.sent() < cursor.releasedBytes()) {
            return activeNs + timeouts.userNs();
        }
        if (finSent) {
            return cursor.over() ? activeNs + CLOSE_GRACE_NS : NEVER;
        }
        return finDueNs();
    }

    private Outcome completed() {
        return cursor.diverged() ? Outcome.COMPLETED_DIVERGED : Outcome.COMPLETED;
    }

    private void onBroken(final IOException e, final long nowNs) {
        // ETIMEDOUT, or the error that the network had sent before (tcp_write_err): the target has not said a word.
        if (isTimeout(e) || isPathError(e)) {
            end(Outcome.TIMEOUT, nowNs);
        } else {
            onReset(nowNs);
        }
    }

    private static boolean isPathError(final IOException e) {
        final String text = String.valueOf(e.getMessage());
        return text.contains("No route to host") || text.contains("unreachable");
    }

    /** The target's RST, noticed by the kernel (ECONNRESET, EPIPE, or ENOTCONN at the shutdown). */
    private void onReset(final long nowNs) {
        signsOfLife++;
        if (answers.ended()) {
            end(
                    unanswered || requests.sent() < plan.script().clientLength()
                            ? Outcome.ABORTED_EARLY_FIN
                            : completed(),
                    nowNs);
        } else {
            end(finSent && cursor.over() ? completed() : Outcome.RESET_BY_TARGET, nowNs);
        }
    }

    private void reset(final Outcome how, final long nowNs) {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (final IOException e) {
            // The connection is gone already; closing it is all that is left.
            end(how, nowNs);
            return;
        }
        end(how, nowNs);
    }

    private void end(final Outcome how, final long nowNs) {
        outcome = how;
        cursor.onEnd(nowNs);
        closeChannel();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (final IOException e) {
            // Nothing can be done about a close that fails, and the session's outcome stands.
            return;
        }
    }
}
