package io.tcpreplayj.replay.socket;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.Turns;
import io.tcpreplayj.replay.protocol.ResponseFraming;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.ScriptNeeds;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
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
 * <p>A kernel socket shows no PSH. Having read all there was stands for it: an answer of the recorded length opens its
 * gate at once; one that goes on within the think time, or whose framing is known, is waited for all the same. Nor can the
 * target be asked whether more is under way: {@link PathLosses} judges its silence.
 */
final class SocketSession {
    private static final long NEVER = Long.MAX_VALUE;
    private static final int READS_PER_TURN = 16;
    /** How long after the end of the script the server may take to close its side. */
    private static final long CLOSE_GRACE_NS = 1_000_000_000L;
    /** A server that closed without taking the last bytes answers them with RST within this time. */
    private static final long RESET_GRACE_NS = 50_000_000L;
    /** Then one look of the selector tells. */
    private static final long PROBE_NS = 2_000_000L;

    private final PlannedSession plan;
    private final ScriptCursor cursor;
    private final @Nullable ResponseFraming framing;
    private final @Nullable ResponseBytes responseBytes;
    private final SocketTimeouts timeouts;
    private final PathLosses losses;
    private final Turns turns;
    private ByteBuffer clientBytes;
    /** Where in the client's stream they begin. */
    private long bytesStart;

    private final UrgentBytes urgent;
    private final SocketChannel channel;
    private final SelectionKey key;

    private final long startDueNs;
    private final long startedNs;
    private boolean established;
    private long handshakeNs;
    private boolean connectedTold;
    private @Nullable Endpoint local;
    private long sent;
    private long received;
    private boolean serverFin;
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
        this.framing = streams.framing();
        this.responseBytes = streams.judge();
        this.timeouts = timeouts;
        this.losses = kernel.losses();
        this.turns = kernel.turns();
        this.clientBytes = plan.script().clientBytes().duplicate();
        this.bytesStart = plan.script().clientStart();
        this.urgent = new UrgentBytes(plan.script().flow().events());
        this.startDueNs = startDueNs;
        this.startedNs = nowNs;
        this.activeNs = nowNs;
        cursor.askBeforeBelieving();
        this.channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.key = channel.register(kernel.selector(), SelectionKey.OP_CONNECT, this);
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

    /** Whether the target is to say something. */
    boolean isOwed(final long nowNs) {
        return outcome == null && (!established || cursor.awaitsServer(nowNs));
    }

    /** Whether the target answered at all: took the connection or refused it. */
    boolean heard() {
        return established || outcome == Outcome.REFUSED;
    }

    long sentBytes() {
        return sent;
    }

    long receivedBytes() {
        return received;
    }

    /** What of the script may still be looked at. */
    void needs(final ScriptNeeds needs) {
        urgent.from(sent);
        cursor.needs(sent, needs);
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
            end(Outcome.REFUSED, nowNs);
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
            channel.bind(new InetSocketAddress(own.address().toInetAddress(), own.port()));
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
            // Of a connected channel, "connectable" says that an error is pending (SelectionKey.OP_CONNECT).
            onBroken(nowNs);
        } else {
            try {
                if (key.isReadable()) {
                    read(readBuffer, nowNs);
                }
            } catch (final IOException e) {
                onBroken(nowNs);
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
            final String text = String.valueOf(e.getMessage());
            end(text.contains("timed out") ? Outcome.SYN_TIMEOUT : Outcome.REFUSED, nowNs);
        } catch (final IOException e) {
            end(Outcome.UNREACHABLE, nowNs);
        }
    }

    private void onConnected(final long nowNs) throws IOException {
        established = true;
        activeNs = nowNs;
        if (channel.getLocalAddress() instanceof InetSocketAddress address) {
            local = new Endpoint(IpAddress.of(address.getAddress()), address.getPort());
        }
        key.interestOps(SelectionKey.OP_READ);
        handshakeNs = nowNs - startedNs;
        turns.spent(WireBytes.ofPackets(1, isV4()), nowNs);
        cursor.onRoundTrip(handshakeNs);
        // The handshake's length is the target's; only a SYN that left late makes the first request late.
        cursor.onEstablished(startDueNs + handshakeNs, nowNs);
    }

    private void read(final ByteBuffer buffer, final long nowNs) throws IOException {
        losses.sample(local, plan.target(), nowNs);
        for (int i = 0; i < READS_PER_TURN; i++) {
            buffer.clear();
            final int n = channel.read(buffer);
            if (n > 0) {
                received += n;
                turns.spent(WireBytes.ofAcks(n, isV4()), nowNs);
                unanswered = false;
                activeNs = nowNs;
                if (framing != null) {
                    framing.onResponseBytes(buffer, 0, n, n, nowNs);
                }
                if (responseBytes != null) {
                    responseBytes.onResponseBytes(buffer, 0, n, n, nowNs);
                }
            }
            final boolean drained = n < buffer.capacity();
            if (n > 0) {
                cursor.onServerBytes(received, drained, nowNs);
            }
            if (n < 0) {
                serverFin = true;
                activeNs = nowNs;
                key.interestOpsAnd(~SelectionKey.OP_READ);
                cursor.onServerFin(nowNs);
                if (timeouts.endsAtEarlyFin() && cursor.cutShortByFin()) {
                    reset(Outcome.ABORTED_EARLY_FIN, nowNs);
                    return;
                }
            }
            if (drained) {
                return;
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
            if (cursor.resetReleased() && sent == cursor.releasedBytes()) {
                reset(completed(), nowNs);
                return;
            }
            if (!finSent && finDueNs() <= nowNs) {
                close(nowNs);
            }
        } catch (final IOException e) {
            onBroken(nowNs);
            return;
        }
        if (finSent && serverFin) {
            end(completed(), nowNs);
        } else if (closingDeadlineNs() <= nowNs) {
            end(finSent ? completed() : Outcome.TIMEOUT, nowNs);
        }
    }

    private void write(final long nowNs) throws IOException {
        while (sent < cursor.releasedBytes()) {
            if (!turns.admits(plan.index(), nowNs)) {
                turns.waits(plan.index());
                break;
            }
            final long urgentAt = urgent.from(sent);
            final long end = Math.min(cursor.releasedBytes(), sent + WireBytes.atOnce(turns.limit()));
            final int n = urgentAt == sent ? writeUrgent() : writeUpTo(Math.min(urgentAt, end));
            if (n == 0) {
                key.interestOpsOr(SelectionKey.OP_WRITE);
                return;
            }
            sent += n;
            turns.spent(WireBytes.ofPayload(n, isV4()), nowNs);
            activeNs = nowNs;
            unanswered = true;
            cursor.onClientBytesSent(sent, nowNs);
        }
        if ((key.interestOps() & SelectionKey.OP_WRITE) != 0) {
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
        }
    }

    private boolean isV4() {
        return plan.target().address().isV4();
    }

    private int writeUpTo(final long end) throws IOException {
        final long start = plan.script().clientStart();
        if (start != bytesStart || end - start > clientBytes.capacity()) {
            // The script has let go of what left, or has grown out of its buffer.
            bytesStart = start;
            clientBytes = plan.script().clientBytes().duplicate();
        }
        clientBytes.limit((int) (end - start)).position((int) (sent - start));
        return channel.write(clientBytes);
    }

    private int writeUrgent() throws IOException {
        try {
            channel.socket().sendUrgentData(plan.script().clientBytes().get((int)
                    (sent - plan.script().clientStart())));
            return 1;
        } catch (final IOException e) {
            // The JDK's own words for EAGAIN, in no other language (SocketAdaptor.sendUrgentData).
            if ("Socket buffer full".equals(e.getMessage())) {
                return 0;
            }
            throw e;
        }
    }

    /**
     * Sends the FIN; when the server closed without an answer to the last bytes, only once the selector was asked whether a RST came: a
     * shutdown does not tell (the JDK takes ENOTCONN for success), nor does a read behind the end.
     */
    private void close(final long nowNs) throws IOException {
        activeNs = nowNs;
        if (serverFin && unanswered && !probing) {
            probing = true;
            key.interestOps(SelectionKey.OP_CONNECT);
            return;
        }
        if (probing) {
            key.interestOps(0);
        }
        channel.shutdownOutput();
        // The FIN, and the ACK of the target's.
        turns.spent(WireBytes.ofPackets(2, isV4()), nowNs);
        finSent = true;
    }

    private long finDueNs() {
        if (!cursor.finReleased() || sent < cursor.releasedBytes()) {
            return NEVER;
        }
        if (!serverFin || !unanswered) {
            return 0;
        }
        return activeNs + (probing ? PROBE_NS : RESET_GRACE_NS);
    }

    /** When patience with the target ends, for what the script does not time itself. */
    private long closingDeadlineNs() {
        if (sent < cursor.releasedBytes()) {
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

    /** The target's RST, noticed by the kernel (ECONNRESET, EPIPE, or ENOTCONN at the shutdown). */
    private void onBroken(final long nowNs) {
        if (serverFin) {
            end(unanswered || sent < plan.script().clientLength() ? Outcome.ABORTED_EARLY_FIN : completed(), nowNs);
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
