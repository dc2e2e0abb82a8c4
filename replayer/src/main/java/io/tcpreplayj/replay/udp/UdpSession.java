package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.Turns;
import io.tcpreplayj.replay.script.Script;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/**
 * One conversation, from a port of its own. A datagram leaves its think time after the one before, or, where the captured client
 * had seen more of the server by then, after as many datagrams (answers, of DNS) have come; for those it waits no longer than the
 * timeout.
 */
final class UdpSession {
    private final Script script;
    private final ClientEvents events;
    private final Endpoint target;
    private final UdpLedger ledger;
    private final Turns turns;
    private final int index;
    private final AnswerGate gate = new AnswerGate();
    private final UdpJudge judge;
    private final double speed;
    private final long timeoutNs;
    private @Nullable DatagramChannel channel;
    private int row;
    private int at;
    private @Nullable Endpoint local;
    private String state = "";
    private long sentBytes;
    private long received;
    private long receivedBytes;
    /** What the next datagram's think time counts from. */
    private long sinceNs;

    private long lastReceivedNs;
    private long lastSentNs;
    private boolean over;

    /** @param speed 0 for no think times at all */
    UdpSession(
            final PlannedSession planned,
            final UdpLedger ledger,
            final Turns turns,
            final double speed,
            final long timeoutNs) {
        index = planned.index();
        this.turns = turns;
        script = planned.script();
        events = script.flow().events();
        target = planned.target();
        this.ledger = ledger;
        this.speed = speed;
        this.timeoutNs = timeoutNs;
        judge = new UdpJudge(script, ledger, timeoutNs, gate);
    }

    /** @throws IOException when this process has no socket to spare */
    void open(final Selector selector, final long dueNs, final long nowNs) throws IOException {
        sinceNs = dueNs;
        lastSentNs = nowNs;
        final DatagramChannel opened = DatagramChannel.open();
        channel = opened;
        try {
            local = UdpSockets.connect(opened, target, selector, index);
        } catch (final IOException e) {
            end("network");
        }
    }

    /** Does what is due; returns when to be asked again, or {@link Long#MAX_VALUE} when it is over or waits for its turn. */
    long advance(final long nowNs) {
        while (!over && row < events.size()) {
            final long dueNs = dueNs(nowNs);
            if (dueNs > nowNs) {
                return dueNs;
            }
            if (!turns.admits(index, nowNs)) {
                turns.waits(index);
                return Long.MAX_VALUE;
            }
            send(dueNs, nowNs);
        }
        if (over) {
            return Long.MAX_VALUE;
        }
        final long endNs = lastSentNs + timeoutNs;
        if (!judge.expectsMore() || nowNs >= endNs) {
            end("");
            return Long.MAX_VALUE;
        }
        return endNs;
    }

    /** When the next datagram leaves, as far as is known now. */
    private long dueNs(final long nowNs) {
        if (events.gate(row) == (row == 0 ? 0 : events.gate(row - 1))) {
            return sinceNs + thinkNs();
        }
        if (!gate.isOpen(judge.gate(row))) {
            final long lastNs = lastSentNs + timeoutNs;
            if (nowNs < lastNs) {
                return lastNs;
            }
            gate.forgive(judge.gate(row));
            ledger.onGateTimeout();
            sinceNs = nowNs;
            lastReceivedNs = nowNs;
            return nowNs;
        }
        return Math.max(sinceNs, lastReceivedNs) + thinkNs();
    }

    private long thinkNs() {
        return speed == 0 ? 0 : (long) (events.delayNs(row) / speed);
    }

    private void send(final long dueNs, final long nowNs) {
        final int length = events.length(row);
        try {
            // A socket's buffer that is full for a moment is tried again: to the others it looks like lag.
            if (channel().write(script.clientBytes().slice(at, length)) == 0 && length > 0) {
                sinceNs = nowNs + 1_000_000 - thinkNs();
                return;
            }
        } catch (final PortUnreachableException e) {
            end("refused");
            return;
        } catch (final IOException e) {
            end("network");
            return;
        }
        ledger.onSent(length);
        turns.limit().spentDatagram(length, target.address().isV4(), nowNs);
        judge.onSent(row, script.clientBytes(), at, length, dueNs, nowNs);
        at += length;
        sentBytes += length;
        row++;
        sinceNs = dueNs;
        lastSentNs = nowNs;
    }

    /** Takes all that came. */
    void onReadable(final ByteBuffer buffer, final long nowNs) {
        try {
            while (!over) {
                buffer.clear();
                if (channel().receive(buffer) == null) {
                    return;
                }
                received++;
                receivedBytes += buffer.position();
                lastReceivedNs = nowNs;
                ledger.onReceived(buffer.position());
                judge.onReceived(buffer, buffer.position(), nowNs);
            }
        } catch (final PortUnreachableException e) {
            end("refused");
        } catch (final IOException e) {
            end("network");
        }
    }

    private DatagramChannel channel() {
        final DatagramChannel open = channel;
        if (open == null) {
            throw new IllegalStateException("not open");
        }
        return open;
    }

    /** @param failure why it ended early, or empty */
    void end(final String failure) {
        if (over) {
            return;
        }
        over = true;
        judge.finish(!failure.isEmpty());
        final String failed = failure.isEmpty() && judge.isLost() ? "unanswered" : failure;
        ledger.onEnd(failed);
        state = failed.isEmpty() ? "completed" : failed;
        final DatagramChannel open = channel;
        if (open != null) {
            try {
                open.close();
            } catch (final IOException e) {
                // Nothing of it is used any more.
                channel = null;
            }
        }
    }

    /** Once it is over. */
    UdpOutcome outcome() {
        return new UdpOutcome(state, local, row, sentBytes, received, receivedBytes, judge.queries(), judge.answered());
    }

    boolean isOver() {
        return over;
    }

    /** Whether an answer was due by now, if the target is as the captured server. */
    boolean isOwed() {
        return judge.isOwed();
    }

    /** Whether it waits for what the captured server had sent by now. */
    boolean isWaiting() {
        return !over && judge.isOwed() && judge.expectsMore();
    }

    /** Datagrams, and a refusal. What this host's kernel says of its own accord, as of a network, is none of the target's words. */
    long timesHeard() {
        return received + (state.equals("refused") ? 1 : 0);
    }
}
