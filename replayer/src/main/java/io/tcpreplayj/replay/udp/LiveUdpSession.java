package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.Turns;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One copy of a conversation that is being captured, from a port of its own. A datagram is due when it was captured, some
 * milliseconds later, and when as many answers have come as the captured client had seen; for those it waits no longer than the
 * timeout. DNS gives its port back once nothing is waited for, and takes another when the client asks again: a resolver's next
 * question comes from another port anyway, and a conversation is over only after 30 s of quiet.
 */
final class LiveUdpSession {
    /** In place of a time: a datagram is due, and there is no socket. */
    static final long NEEDS_SOCKET = -1;

    private static final long REST_NS = 1_000_000_000L;
    private static final long RETRY_NS = 1_000_000L;

    /**
     * What waits to be sent.
     *
     * @param bytes index 0 to limit; shared by all copies, absolute access only
     * @param capturedNs by the replay clock
     * @param gate datagrams of the server (of DNS, answers) that were captured before, from the client's first one on
     * @param query its number, or {@link DnsQueries#NONE}
     */
    record Datagram(ByteBuffer bytes, long capturedNs, long dueNs, int gate, int query) {}

    private final LiveConversation conversation;
    private final WaitingBytes waiting;
    private final UdpLedger ledger;
    private final AnswerGate gate = new AnswerGate();
    private final LiveUdpJudge judge;
    private final long timeoutNs;
    private final ArrayDeque<Datagram> unsent = new ArrayDeque<>();
    private @Nullable DatagramChannel channel;
    private @Nullable Endpoint local;
    private long received;
    private long receivedWhenForgiven = -1;
    private long lastSentNs;
    private long lastHeardNs;
    private boolean isStarted;
    private boolean isEnded;
    private boolean isOver;
    private String failure = "";

    LiveUdpSession(
            final LiveConversation conversation,
            final WaitingBytes waiting,
            final UdpLedger ledger,
            final long timeoutNs) {
        this.conversation = conversation;
        this.waiting = waiting;
        this.ledger = ledger;
        this.timeoutNs = timeoutNs;
        judge = new LiveUdpJudge(conversation.isDns(), ledger, timeoutNs, gate, waiting);
    }

    LiveConversation conversation() {
        return conversation;
    }

    LiveUdpJudge judge() {
        return judge;
    }

    /** The captured client sent it. */
    void onCaptured(final Datagram datagram) {
        ledger.onPlanned(1);
        if (!isOver) {
            judge.onPlanned(datagram.query());
            unsent.add(datagram);
            waiting.add(datagram.bytes().limit());
        } else if (datagram.query() != DnsQueries.NONE) {
            ledger.onQueryNotSent();
        }
    }

    /** The captured conversation is over: nothing more comes to be sent. */
    void onCaptureEnd() {
        isEnded = true;
    }

    /** @throws IOException when this process has no socket to spare */
    void open(final Selector selector, final int index, final Endpoint target, final long nowNs) throws IOException {
        final DatagramChannel opened = DatagramChannel.open();
        channel = opened;
        lastHeardNs = nowNs;
        lastSentNs = isStarted ? lastSentNs : nowNs;
        isStarted = true;
        try {
            local = UdpSockets.connect(opened, target, selector, index);
        } catch (final IOException e) {
            end("network");
        }
    }

    /**
     * Does what is due; returns when to be asked again, {@link #NEEDS_SOCKET}, or {@link Long#MAX_VALUE} for not at all, or not
     * before its turn.
     *
     * @param index its own, now
     */
    long advance(final int index, final Turns turns, final long nowNs) {
        while (!isOver && !unsent.isEmpty()) {
            final Datagram next = unsent.element();
            final long dueNs = dueNs(next, nowNs);
            if (dueNs > nowNs) {
                return dueNs;
            }
            final DatagramChannel open = channel;
            if (open == null) {
                return NEEDS_SOCKET;
            }
            if (!turns.admits(index, nowNs)) {
                turns.waits(index);
                return Long.MAX_VALUE;
            }
            if (isSent(open, next, nowNs)) {
                final int length = next.bytes().limit();
                turns.limit()
                        .spentDatagram(length, conversation.target().address().isV4(), nowNs);
            } else if (!isOver) {
                return nowNs + RETRY_NS;
            }
        }
        return isOver ? Long.MAX_VALUE : rest(nowNs);
    }

    /** Everything was sent that was captured. */
    private long rest(final long nowNs) {
        final long expiryNs = lastSentNs + timeoutNs;
        if (judge.expectsMore() && nowNs < expiryNs) {
            return expiryNs;
        }
        if (isEnded) {
            end("");
            return Long.MAX_VALUE;
        }
        if (!conversation.isDns() || channel == null) {
            return Long.MAX_VALUE;
        }
        final long restNs = Math.max(lastSentNs, lastHeardNs) + REST_NS;
        if (nowNs < restNs) {
            return restNs;
        }
        closeChannel();
        return Long.MAX_VALUE;
    }

    private long dueNs(final Datagram next, final long nowNs) {
        if (gate.isOpen(next.gate()) || next.dueNs() > nowNs) {
            return next.dueNs();
        }
        final long lastNs = Math.max(lastSentNs, next.dueNs()) + timeoutNs;
        // One that fell silent is waited for once, or a long conversation would outlast its capture by hours.
        final boolean isSilent = received == receivedWhenForgiven;
        if (nowNs < lastNs && !isSilent) {
            return lastNs;
        }
        gate.forgive(next.gate());
        receivedWhenForgiven = received;
        ledger.onGateTimeout();
        return nowNs;
    }

    /** False when the socket's buffer is full for a moment, or the session is over. */
    private boolean isSent(final DatagramChannel open, final Datagram next, final long nowNs) {
        final int length = next.bytes().limit();
        try {
            if (open.write(next.bytes().duplicate()) == 0 && length > 0) {
                return false;
            }
        } catch (final PortUnreachableException e) {
            end("refused");
            return false;
        } catch (final IOException e) {
            end("network");
            return false;
        }
        unsent.remove();
        waiting.remove(length);
        ledger.onSent(length);
        ledger.latency.onReplayed(next.capturedNs(), nowNs);
        judge.onSent(next.query(), next.bytes(), next.dueNs(), nowNs);
        lastSentNs = nowNs;
        return true;
    }

    /** Takes all that came. */
    void onReadable(final ByteBuffer buffer, final long nowNs) {
        final DatagramChannel open = channel;
        if (open == null) {
            return;
        }
        try {
            while (!isOver && open.receive(buffer.clear()) != null) {
                received++;
                lastHeardNs = nowNs;
                ledger.onReceived(buffer.position());
                judge.onReceived(buffer, buffer.position(), nowNs);
            }
        } catch (final PortUnreachableException e) {
            end("refused");
        } catch (final IOException e) {
            end("network");
        }
    }

    /** @param why it ended early, or empty */
    void end(final String why) {
        if (isOver) {
            return;
        }
        finish(!why.isEmpty());
        failure = why.isEmpty() && judge.isLost() ? "unanswered" : why;
        ledger.onEnd(failure);
    }

    /** It never began, and is counted elsewhere. */
    void cancel() {
        finish(true);
    }

    private void finish(final boolean early) {
        isOver = true;
        judge.finish(early);
        unsent.forEach(datagram -> waiting.remove(datagram.bytes().limit()));
        unsent.clear();
        closeChannel();
    }

    private void closeChannel() {
        final DatagramChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (final IOException e) {
                // Nothing of it is used any more.
            }
        }
    }

    boolean isOpen() {
        return channel != null;
    }

    boolean isStarted() {
        return isStarted;
    }

    boolean isOver() {
        return isOver;
    }

    /** Whether an answer was due by now, if the target is as the captured server. */
    boolean isOwed() {
        return isStarted && judge.isOwed();
    }

    /** Whether it waits for what the captured server had sent by now. */
    boolean isWaiting() {
        return !isOver && isOwed() && judge.expectsMore();
    }

    /** Why it failed; empty when it did not, or has not yet. */
    String failure() {
        return failure;
    }

    long received() {
        return received;
    }

    /** As {@link UdpSession#timesHeard}. */
    long timesHeard() {
        return received + (failure.equals("refused") ? 1 : 0);
    }

    /** Where its socket is, or was last. */
    @Nullable
    Endpoint local() {
        return local;
    }
}
