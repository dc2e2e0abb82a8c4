package io.tcpreplayj.replay.sim;

import io.tcpreplayj.packet.PacketView;

/**
 * A server's TCP, small and on its own: it shares nothing with the engine under test but the layout of packets, and is
 * written from RFC 9293, 7323, 2018 and 5961. It never gives up, and never forgets a connection unless told to.
 */
final class ServerTcp {
    /** Takes what the server sends. */
    interface Output {
        void send(int seq, int ack, int flags, int window, ServerOptions options, long from, int length);
    }

    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;
    static final long NEVER = Long.MAX_VALUE;
    private static final long SECOND_NS = 1_000_000_000L;

    private enum State {
        LISTEN,
        SYN_RECEIVED,
        OPEN,
        /** Reset: whoever speaks of the connection is told so. */
        GONE
    }

    private final ServerHabits habits;
    private final Faults faults;
    private final ServerApp app;
    private final Output output;
    private final ServerReceiver receiver;
    private final ServerSender sender;
    private final ServerOptions options;

    private State state = State.LISTEN;
    private boolean resetSeen;
    private int clientShift;
    private int unackedSegments;
    private long ackAtNs = NEVER;
    private long lastAcked = 1;
    private long probeAtNs = NEVER;
    private long synRtoNs = SECOND_NS;
    private long synAtNs = NEVER;

    ServerTcp(
            final ServerHabits habits,
            final Faults faults,
            final Conversation conversation,
            final ServerApp app,
            final Output output) {
        this.habits = habits;
        this.faults = faults;
        this.app = app;
        this.output = output;
        receiver = new ServerReceiver(faults, habits, conversation);
        sender = new ServerSender(habits);
        options = new ServerOptions(habits);
    }

    void onSegment(final PacketView s, final long nowNs) {
        options.parse(s.buffer(), s.optionsOffset(), s.optionsLength());
        final int flags = s.segFlags();
        switch (state) {
            case LISTEN -> listen(s, flags, nowNs);
            case GONE -> {
                if ((flags & RST) == 0) {
                    output.send(s.segAck(), 0, RST, 0, ServerOptions.NONE, 0, 0);
                }
            }
            default -> synchronised(s, flags, nowNs);
        }
    }

    private void listen(final PacketView s, final int flags, final long nowNs) {
        if ((flags & RST) != 0) {
            return;
        }
        if ((flags & ACK) != 0) {
            output.send(s.segAck(), 0, RST, 0, ServerOptions.NONE, 0, 0);
            return;
        }
        if ((flags & SYN) == 0) {
            return;
        }
        receiver.onSyn(s.segSeq());
        receiver.openWindow(0, nowNs);
        options.negotiate(nowNs);
        sender.setWindow(s.segSeq(), s.segAck(), s.segWnd());
        sender.segments(options.segmentBytes());
        state = State.SYN_RECEIVED;
        sendSynAck(nowNs);
        app.onReadable(0, false, nowNs);
    }

    private void sendSynAck(final long nowNs) {
        output.send(sender.seq(0), receiver.rcvNxt(), SYN | ACK, receiver.window(0), options.syn(nowNs), 0, 0);
        sender.onSent(0, 1, nowNs);
        // With cookies nobody remembers that there is something to be sent again.
        synAtNs = habits.cookies ? NEVER : nowNs + synRtoNs;
    }

    private void synchronised(final PacketView s, final int flags, final long nowNs) {
        final long from = receiver.position(s.segSeq());
        final boolean rst = (flags & RST) != 0;
        if ((flags & SYN) != 0 && !rst && state == State.SYN_RECEIVED && from == 0) {
            options.recent(nowNs);
            sendSynAck(nowNs);
            return;
        }
        if ((!rst && options.isOld()) || !receiver.acceptable(from, s.segLen())) {
            if (!rst && state == State.OPEN) {
                sendAck(nowNs);
            }
            return;
        }
        if (rst) {
            if (from == receiver.nxt()) {
                resetSeen = true;
                state = State.GONE;
            } else {
                sendAck(nowNs);
            }
            return;
        }
        if ((flags & SYN) != 0) {
            sendAck(nowNs);
            return;
        }
        if ((flags & ACK) != 0 && acknowledged(s, nowNs)) {
            text(s, from, flags, nowNs);
            pump(nowNs);
        }
    }

    private boolean acknowledged(final PacketView s, final long nowNs) {
        final long position = sender.position(s.segAck());
        if (position > sender.max() || position < 0) {
            sendAck(nowNs);
            return false;
        }
        if (state == State.SYN_RECEIVED) {
            if (position < 1) {
                return false;
            }
            state = State.OPEN;
            synAtNs = NEVER;
            clientShift = options.clientShift();
            sender.setWindow(s.segSeq(), s.segAck(), (long) s.segWnd() << clientShift);
            scheduleProbe(nowNs);
        }
        if (s.segSeq() - (receiver.irs() + (int) lastAcked) <= 0) {
            options.recent(nowNs);
        }
        final long window = (long) s.segWnd() << clientShift;
        final boolean again = sender.onAck(position, s.segLen() == 0 && window == sender.wnd(), nowNs);
        if (position == sender.una()) {
            sender.updateWindow(s.segSeq(), s.segAck(), window);
        }
        if (again) {
            resendFirst(nowNs);
        }
        return true;
    }

    private void text(final PacketView s, final long from, final int flags, final long nowNs) {
        if (s.segLen() == 0) {
            return;
        }
        final long before = receiver.nxt();
        final long won = receiver.take(from, s.payloadLength(), (flags & FIN) != 0, s.buffer(), s.payloadOffset());
        if (receiver.early().count() > 0 && faults.strikes(FaultKind.RENEGING, 20, nowNs)) {
            receiver.renege();
        }
        if (won > 0) {
            app.onReadable(receiver.streamBytes(), receiver.closed(), nowNs);
            receiver.openWindow(app.readBytes(), nowNs);
            acknowledgeWon(before, won, s.payloadLength(), nowNs);
        } else {
            sendAck(nowNs);
        }
    }

    private void acknowledgeWon(final long before, final long won, final int segment, final long nowNs) {
        unackedSegments++;
        if (won > 1 && faults.strikes(FaultKind.ACK_DIVISION, 50, nowNs)) {
            final int pieces =
                    (int) Math.min(won, faults.of(FaultKind.ACK_DIVISION).between(2, 5));
            for (int piece = 1; piece < pieces; piece++) {
                sendAckUpTo(before + won * piece / pieces, nowNs);
            }
            sendAck(nowNs);
        } else if (unackedSegments >= habits.ackEverySegments || won > segment || receiver.closed()) {
            sendAck(nowNs);
        } else if (ackAtNs == NEVER) {
            if (faults.has(FaultKind.ACK_STRETCH)) {
                faults.strike(FaultKind.ACK_STRETCH);
            }
            ackAtNs = nowNs + habits.delayedAckNs;
        }
    }

    /** Sends what the application wrote and the client's window takes. */
    private void pump(final long nowNs) {
        if (state != State.OPEN) {
            return;
        }
        sender.written(app.writtenBytes(), app.closed());
        for (int length = sender.nextLength(); length > 0; length = sender.nextLength()) {
            sendData(sender.nxt(), length, nowNs);
        }
    }

    private void resendFirst(final long nowNs) {
        final int length = sender.firstLength();
        if (length > 0) {
            sendData(sender.una(), length, nowNs);
        }
    }

    /** @param length FIN counted */
    private void sendData(final long from, final int length, final long nowNs) {
        final boolean fin = sender.finIn(from, length);
        int flags = ACK | (fin ? FIN : 0);
        if (sender.endsWrite(from, length)) {
            flags |= PSH;
        }
        emit(sender.seq(from), flags, from, length - (fin ? 1 : 0), nowNs);
        sender.onSent(from, length, nowNs);
    }

    private void sendAck(final long nowNs) {
        emit(sender.seq(sender.nxt()), ACK, 0, 0, nowNs);
    }

    private void emit(final int seq, final int flags, final long from, final int length, final long nowNs) {
        receiver.openWindow(app.readBytes(), nowNs);
        final ServerOptions sent = options.segment(receiver, length == 0, nowNs);
        output.send(seq, receiver.rcvNxt(), flags, receiver.window(options.ownShift()), sent, from, length);
        lastAcked = receiver.nxt();
        unackedSegments = 0;
        ackAtNs = NEVER;
    }

    private void sendAckUpTo(final long position, final long nowNs) {
        final int ack = receiver.irs() + (int) position;
        final ServerOptions sent = options.segment(receiver, false, nowNs);
        output.send(sender.seq(sender.nxt()), ack, ACK, receiver.window(options.ownShift()), sent, 0, 0);
    }

    void onTimer(final long nowNs) {
        if (state == State.GONE || state == State.LISTEN) {
            return;
        }
        if (app.readDue(nowNs)) {
            app.onReadable(receiver.streamBytes(), receiver.closed(), nowNs);
            if (state == State.OPEN && receiver.openWindow(app.readBytes(), nowNs)) {
                sendAck(nowNs);
            }
        }
        if (app.writeDue(nowNs)) {
            app.write(nowNs);
        }
        if (state == State.SYN_RECEIVED) {
            if (nowNs >= synAtNs) {
                synRtoNs = Math.min(8 * SECOND_NS, 2 * synRtoNs);
                sendSynAck(nowNs);
            }
            return;
        }
        pump(nowNs);
        if (nowNs >= sender.rtoAtNs()) {
            if (sender.onTimeout(nowNs)) {
                resendFirst(nowNs);
            }
            pump(nowNs);
        }
        if (nowNs >= ackAtNs) {
            sendAck(nowNs);
        }
        if (nowNs >= probeAtNs) {
            probe(nowNs);
        }
    }

    private void scheduleProbe(final long nowNs) {
        if (faults.has(FaultKind.KEEP_ALIVE) && !faults.calm(nowNs)) {
            probeAtNs = nowNs + faults.of(FaultKind.KEEP_ALIVE).spanNs(SECOND_NS / 20, SECOND_NS);
        } else {
            probeAtNs = NEVER;
        }
    }

    /** RFC 9293 3.8.4: a segment of no use, to which a living client answers. */
    private void probe(final long nowNs) {
        if (sender.allAcked()) {
            faults.strike(FaultKind.KEEP_ALIVE);
            emit(sender.seq(sender.nxt() - 1), ACK, 0, 0, nowNs);
        }
        scheduleProbe(nowNs);
    }

    long deadlineNs() {
        if (state == State.GONE || state == State.LISTEN) {
            return NEVER;
        }
        if (state == State.SYN_RECEIVED) {
            return Math.min(app.deadlineNs(), synAtNs);
        }
        return Math.min(Math.min(app.deadlineNs(), sender.rtoAtNs()), Math.min(ackAtNs, probeAtNs));
    }

    /** The machine was switched off and on. */
    void forget() {
        state = State.LISTEN;
    }

    /** The process ends without having read all (RFC 9293 3.10.5). */
    void abort() {
        if (state == State.OPEN) {
            output.send(sender.seq(sender.max()), receiver.rcvNxt(), RST | ACK, 0, ServerOptions.NONE, 0, 0);
            state = State.GONE;
        }
    }

    ServerReceiver receiver() {
        return receiver;
    }

    ServerSender sender() {
        return sender;
    }

    boolean resetSeen() {
        return resetSeen;
    }

    boolean open() {
        return state == State.OPEN;
    }

    /** The shift of the windows it offers. */
    int ownShift() {
        return options.ownShift();
    }

    boolean timestampsOn() {
        return options.timestampsOn();
    }

    boolean sackOn() {
        return options.sackOn();
    }
}
