package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import org.jspecify.annotations.Nullable;

/** One open flow: two directions, who of them is the client, and the logs of both. */
final class FlowBuilder {
    /** Who is the client was told by: the lower port, the server's SYN+ACK, the client's SYN. */
    private static final byte BY_PORT = 0;

    private static final byte BY_SYN_ACK = 1;
    private static final byte BY_SYN = 2;

    private final long id;
    private final long lesserHigh;
    private final long lesserLow;
    private final long greaterHigh;
    private final long greaterLow;
    private final int ports;
    private final long startNs;
    private final long tunnel;
    private final FlowAssembler.AssemblerOptions options;
    private final HandshakeLog handshake = new HandshakeLog();
    private int captureId;
    private long endNs;
    private @Nullable StreamAssembler fromLesser;
    private @Nullable StreamAssembler fromGreater;
    private boolean clientIsLesser;
    private byte clientBy = BY_PORT;
    private @Nullable ClientLog clientLog;
    private @Nullable ExchangeLog exchanges;
    private @Nullable AnswerLog answers;
    private @Nullable ClosingLog closing;
    private long serverFinNs = ClientLog.NO_TIME;
    private long ackAdvancedNs = ClientLog.NO_TIME;
    private long lastAckStep;
    private long answerLimit = Long.MIN_VALUE;
    /** Bytes had been delivered when it turned out that the server is the client. */
    private boolean torn;

    /** @param tunnel what the flow's first packet came in */
    FlowBuilder(
            final long id,
            final FlowKey key,
            final long tunnel,
            final long startNs,
            final FlowAssembler.AssemblerOptions options) {
        this.id = id;
        lesserHigh = key.lesserHigh;
        lesserLow = key.lesserLow;
        greaterHigh = key.greaterHigh;
        greaterLow = key.greaterLow;
        ports = key.ports;
        this.tunnel = tunnel;
        this.startNs = startNs;
        this.options = options;
        endNs = startNs;
        final int order = Integer.compare(lesserPort(), greaterPort());
        clientIsLesser = order == 0 ? key.sentByLesser : order > 0;
    }

    long id() {
        return id;
    }

    /** Names the capture that its first segment came from. */
    void beginsIn(final int capture) {
        captureId = capture;
    }

    int captureId() {
        return captureId;
    }

    boolean hasKey(final FlowKey key) {
        return ports == key.ports
                && lesserLow == key.lesserLow
                && greaterLow == key.greaterLow
                && lesserHigh == key.lesserHigh
                && greaterHigh == key.greaterHigh;
    }

    /** Whether a segment of this flow's tuple opens the next connection: a SYN with another ISN. */
    boolean isEndedBy(final PacketView view, final FlowKey key) {
        if (!view.hasFlag(TcpFlags.SYN) || view.hasFlag(TcpFlags.ACK)) {
            return false;
        }
        final StreamAssembler sender = key.sentByLesser ? fromLesser : fromGreater;
        return sender != null && sender.base() != view.segSeq();
    }

    void onSegment(
            final PacketView view,
            final FlowKey key,
            final long timeNs,
            final HeldPool pool,
            final FlowCounters counters) {
        endNs = Math.max(endNs, timeNs);
        decideClient(view, key.sentByLesser);
        final StreamAssembler sender = sender(view, key.sentByLesser);
        final StreamAssembler receiver = receiver(view, key.sentByLesser);
        if (key.sentByLesser != clientIsLesser) {
            handshake.onServerSegment(view, timeNs);
            sender.onSegment(view, timeNs, receiver, pool, counters);
            if (view.hasFlag(TcpFlags.FIN) && serverFinNs == ClientLog.NO_TIME) {
                serverFinNs = timeNs;
            }
        } else {
            handshake.onClientSegment(view, timeNs);
            onClientSegment(view, timeNs, sender, receiver, pool, counters);
        }
        deliver(pool);
    }

    private void onClientSegment(
            final PacketView view,
            final long timeNs,
            final StreamAssembler client,
            final @Nullable StreamAssembler server,
            final HeldPool pool,
            final FlowCounters counters) {
        final ClientLog log = clientLog;
        if (log != null && log.isContiguous() && !torn && view.payloadCaplen() > 0 && !view.hasFlag(TcpFlags.RST)) {
            client.countConflicts(view, log.bytes(), log.length(), client.startPosition());
        }
        final long ack = server == null ? StreamAssembler.NO_ACK : client.ackPosition(view, server);
        final long ackBefore = client.ackPosition();
        client.onSegment(view, timeNs, server, pool, counters);
        if (client.ackPosition() > ackBefore) {
            ackAdvancedNs = timeNs;
            lastAckStep = client.ackPosition() - ackBefore;
        }
        if (view.hasFlag(TcpFlags.FIN) || view.hasFlag(TcpFlags.RST)) {
            if (closing == null) {
                closing = new ClosingLog();
            }
            closing.onSegment(view, timeNs, ack, serverTimeUnder(ack));
        }
    }

    private StreamAssembler sender(final PacketView view, final boolean sentByLesser) {
        StreamAssembler sender = sentByLesser ? fromLesser : fromGreater;
        if (sender == null) {
            // As tshark: without a SYN the number before the first one seen stands for the ISN.
            sender = new StreamAssembler(view.hasFlag(TcpFlags.SYN) ? view.segSeq() : view.segSeq() - 1);
            setStream(sentByLesser, sender);
        }
        return sender;
    }

    private @Nullable StreamAssembler receiver(final PacketView view, final boolean sentByLesser) {
        StreamAssembler receiver = sentByLesser ? fromGreater : fromLesser;
        if (receiver == null && view.hasFlag(TcpFlags.ACK)) {
            receiver = new StreamAssembler(view.segAck() - 1);
            setStream(!sentByLesser, receiver);
        }
        return receiver;
    }

    private void setStream(final boolean ofLesser, final StreamAssembler stream) {
        if (ofLesser) {
            fromLesser = stream;
        } else {
            fromGreater = stream;
        }
    }

    private void decideClient(final PacketView view, final boolean sentByLesser) {
        if (!view.hasFlag(TcpFlags.SYN)) {
            return;
        }
        if (!view.hasFlag(TcpFlags.ACK)) {
            if (clientBy != BY_SYN) {
                clientBy = BY_SYN;
                setClient(sentByLesser);
            }
        } else if (clientBy == BY_PORT) {
            clientBy = BY_SYN_ACK;
            setClient(!sentByLesser);
        }
    }

    private void setClient(final boolean isLesser) {
        if (isLesser == clientIsLesser) {
            return;
        }
        clientIsLesser = isLesser;
        torn |= clientLog != null || answers != null;
        clientLog = null;
        exchanges = null;
        answers = null;
        closing = null;
        serverFinNs = ClientLog.NO_TIME;
    }

    /**
     * Moves on what is in order. Of the server's bytes only what the client has acknowledged: a later request could
     * otherwise have its gate among bytes that went by already. While client bytes are missing nothing moves, because
     * they may bring a gate below the acknowledgements seen since.
     */
    private void deliver(final HeldPool pool) {
        final StreamAssembler client = client();
        final StreamAssembler server = server();
        final long acked = server == null ? StreamAssembler.NO_ACK : server.ackPosition();
        if (client != null && !client.holdsNothing()) {
            client.deliver(clientLog(), Long.MAX_VALUE, acked, pool);
        }
        final boolean isReset = (client != null && client.hasReset()) || (server != null && server.hasReset());
        if (client == null || client.packets() == 0 || isReset) {
            // Nobody is there to ask for more; what is held would be held to the end of the capture.
            answerLimit = Long.MAX_VALUE;
        } else if (client.holdsNothing()) {
            answerLimit = client.ackPosition();
        } else if (answerLimit == Long.MAX_VALUE) {
            answerLimit = StreamAssembler.NO_ACK;
        }
        if (server != null && !server.holdsNothing()) {
            server.deliver(
                    answers(), answerLimit, client == null ? StreamAssembler.NO_ACK : client.ackPosition(), pool);
        }
    }

    /** Hands over all that is left; nothing may come after. */
    void finish(final HeldPool pool) {
        final StreamAssembler client = client();
        final StreamAssembler server = server();
        if (client != null && client.packets() > 0) {
            client.deliverAll(clientLog(), pool);
        }
        if (server != null && server.packets() > 0) {
            server.deliverAll(answers(), pool);
            final long end = server.endPosition();
            answers().onUnseen(end, end + server.unseenBytes(client));
            answers().finish();
        }
    }

    /** For {@link ClientLog}: a DATA row came in stream order. */
    void onDataRow(final int row, final long gate) {
        if (answers != null) {
            answers.onDataRow(row, gate);
        } else {
            exchanges().onDataRow(row, gate);
        }
    }

    /**
     * Capture time of the last first-copy server byte under a gate, or {@link ClientLog#NO_TIME}. In a capture of the
     * client's side alone the first acknowledgement of those bytes stands for it.
     */
    long serverTimeUnder(final long gate) {
        final StreamAssembler server = server();
        if (server == null || gate == StreamAssembler.NO_ACK) {
            return ClientLog.NO_TIME;
        }
        if (server.packets() == 0) {
            return ackAdvancedNs;
        }
        final long delivered = answers == null ? ClientLog.NO_TIME : answers.latestNs();
        final long latest = server.latestHeldBefore(gate, delivered);
        return server.hasFin() && gate > server.finPosition() ? Math.max(latest, serverFinNs) : latest;
    }

    /**
     * For a capture of the client's side alone: how far the server's bytes reached, as the client's ACKs tell. Where the
     * last one moved on by a single number, that was the server's FIN.
     */
    long acknowledgedEnd() {
        final StreamAssembler client = client();
        if (client == null || client.ackPosition() == StreamAssembler.NO_ACK) {
            return StreamAssembler.NO_ACK;
        }
        return client.ackPosition() - (lastAckStep == 1 ? 1 : 0);
    }

    private ClientLog clientLog() {
        if (clientLog == null) {
            clientLog = new ClientLog(this);
        }
        return clientLog;
    }

    private ExchangeLog exchanges() {
        if (exchanges == null) {
            exchanges = new ExchangeLog();
        }
        return exchanges;
    }

    private AnswerLog answers() {
        if (answers == null) {
            answers = new AnswerLog(exchanges(), options);
        }
        return answers;
    }

    @Nullable
    StreamAssembler client() {
        return clientIsLesser ? fromLesser : fromGreater;
    }

    @Nullable
    StreamAssembler server() {
        return clientIsLesser ? fromGreater : fromLesser;
    }

    boolean clientIsLesser() {
        return clientIsLesser;
    }

    long lesserHigh() {
        return lesserHigh;
    }

    long lesserLow() {
        return lesserLow;
    }

    int lesserPort() {
        return ports >>> 16;
    }

    long greaterHigh() {
        return greaterHigh;
    }

    long greaterLow() {
        return greaterLow;
    }

    int greaterPort() {
        return ports & 0xffff;
    }

    long tunnel() {
        return tunnel;
    }

    long startNs() {
        return startNs;
    }

    long endNs() {
        return endNs;
    }

    HandshakeLog handshake() {
        return handshake;
    }

    @Nullable
    ClientLog clientLogOrNull() {
        return clientLog;
    }

    @Nullable
    ExchangeLog exchangesOrNull() {
        return exchanges;
    }

    @Nullable
    AnswerLog answersOrNull() {
        return answers;
    }

    @Nullable
    ClosingLog closingOrNull() {
        return closing;
    }

    boolean isTorn() {
        return torn;
    }

    FlowAssembler.AssemblerOptions options() {
        return options;
    }
}
