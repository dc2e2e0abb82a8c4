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

    /** What a flow takes of the heap before it has payload, and what its logs take before there is anything in them. */
    private static final int EMBRYO_BYTES = 520;

    private static final int LOG_BYTES = 240;

    private static final int HAS_LESSER = 1;
    private static final int HAS_GREATER = 2;
    private static final int HAS_CLIENT = 4;
    private static final int HAS_EXCHANGES = 8;
    private static final int HAS_ANSWERS = 16;
    private static final int HAS_CLOSING = 32;

    /** As many of the first bytes as tell the protocol. */
    static final int BEGINNING_BYTES = 64 << 10;

    private final long id;
    private final long lesserHigh;
    private final long lesserLow;
    private final long greaterHigh;
    private final long greaterLow;
    private final int ports;
    private final int captureId;
    private final FlowMemory memory;
    private final FlowAssembler.AssemblerOptions options;
    private final HandshakeLog handshake = new HandshakeLog();
    private long startNs;
    private long endNs;
    private long tunnel;
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

    private long footprint;
    private boolean touched;
    /** Where the flow was frozen last, and how large a place that is. */
    private long place;

    private int placeSize;

    FlowBuilder(
            final long id,
            final int captureId,
            final FlowKey key,
            final FlowMemory memory,
            final FlowAssembler.AssemblerOptions options) {
        this.id = id;
        this.captureId = captureId;
        this.memory = memory;
        this.options = options;
        lesserHigh = key.lesserHigh;
        lesserLow = key.lesserLow;
        greaterHigh = key.greaterHigh;
        greaterLow = key.greaterLow;
        ports = key.ports;
        final int order = Integer.compare(lesserPort(), greaterPort());
        clientIsLesser = order == 0 ? key.sentByLesser : order > 0;
    }

    /** @param inTunnel what the flow's first packet came in */
    void begin(final long inTunnel, final long timeNs) {
        tunnel = inTunnel;
        startNs = timeNs;
        endNs = timeNs;
        grew(EMBRYO_BYTES);
    }

    long id() {
        return id;
    }

    /** The capture that its first segment came from. */
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

    void onSegment(final PacketView view, final FlowKey key, final long timeNs, final FlowCounters counters) {
        final HeldPool pool = memory.pool();
        touched = true;
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
            countConflicts(view, client, log);
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

    private void countConflicts(final PacketView view, final StreamAssembler client, final ClientLog log) {
        final long first = client.startPosition();
        client.countConflicts(view, log.tail(), log.tailLength(), first + log.spilledLength());
        final long from = Math.max(0, client.position(view) - first);
        if (from < log.spilledLength()) {
            final int length = (int) Math.min(view.payloadCaplen(), log.spilledLength() - from);
            client.countConflicts(view, log.spilled(from, length, memory.spill()), length, first + from);
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
        grew(-logFootprint());
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

    /** Hands over all that is left, and brings it all to memory; nothing may come after. */
    void finish() {
        final HeldPool pool = memory.pool();
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
        if (clientLog != null) {
            clientLog.gather(memory.spill());
        }
        if (exchanges != null) {
            exchanges.gather(memory.spill());
        }
    }

    /** For {@link ClientLog}: a DATA row came in stream order. */
    void onDataRow(final int row, final long gate) {
        if (answers != null) {
            answers.onDataRow(row, gate);
        } else {
            grew(exchanges().onDataRow(row, gate));
        }
    }

    /** For {@link ClientLog}: whether the rows of this flow are too many to be looked at together when it ends. */
    boolean hasTooManyRows(final long rowBytes) {
        return memory.isTooMuchForOne(rowBytes + (exchanges == null ? 0 : exchanges.asideBytes()));
    }

    /** For {@link ClientLog}: there is no room for more. Nothing of the stream is kept then: half of it is of no use. */
    void onFull() {
        final ClientLog log = clientLog();
        final byte[] beginning = log.beginning(BEGINNING_BYTES, memory.spill());
        log.drop(AppDetector.detect(beginning, beginning.length, answers == null ? new byte[0] : answers.greeting()));
        if (exchanges != null) {
            grew(-exchanges.footprint());
            exchanges = null;
        }
        if (answers != null) {
            answers.forget(exchanges());
        }
    }

    /** The flow takes so many bytes of memory more, or less. */
    void grew(final int bytes) {
        footprint += bytes;
        memory.grew(bytes);
    }

    long footprint() {
        return footprint;
    }

    /** Whether there was a segment since this was asked last. */
    boolean wasTouched() {
        final boolean was = touched;
        touched = false;
        return was;
    }

    /** Where the flow lay frozen. */
    void livesAt(final long at, final int size) {
        place = at;
        placeSize = size;
    }

    long place() {
        return place;
    }

    /** 0 when it never was frozen. */
    int placeSize() {
        return placeSize;
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
            grew(LOG_BYTES);
        }
        return clientLog;
    }

    private ExchangeLog exchanges() {
        if (exchanges == null) {
            exchanges = new ExchangeLog();
            grew(LOG_BYTES);
        }
        return exchanges;
    }

    private AnswerLog answers() {
        if (answers == null) {
            answers = new AnswerLog(this, exchanges());
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

    private int logFootprint() {
        return (clientLog == null ? 0 : LOG_BYTES + clientLog.footprint())
                + (exchanges == null ? 0 : LOG_BYTES + exchanges.footprint());
    }

    /** SHA-256 digests that have begun keep the flow in memory. */
    boolean canFreeze() {
        return answers == null || answers.canFreeze();
    }

    /** Writes down all that makes the flow; it must not be used afterwards. */
    void freeze(final StateBuffer state, final FlowMemory to) {
        state.putLong(id);
        state.putInt(captureId);
        state.putLong(lesserHigh);
        state.putLong(lesserLow);
        state.putLong(greaterHigh);
        state.putLong(greaterLow);
        state.putInt(ports);
        state.putLong(startNs);
        state.putLong(endNs);
        state.putLong(tunnel);
        state.putBoolean(clientIsLesser);
        state.putByte(clientBy);
        state.putLong(serverFinNs);
        state.putLong(ackAdvancedNs);
        state.putLong(lastAckStep);
        state.putLong(answerLimit);
        state.putBoolean(torn);
        handshake.freeze(state);
        freezeParts(state, to);
    }

    private void freezeParts(final StateBuffer state, final FlowMemory to) {
        state.putByte((fromLesser == null ? 0 : HAS_LESSER)
                | (fromGreater == null ? 0 : HAS_GREATER)
                | (clientLog == null ? 0 : HAS_CLIENT)
                | (exchanges == null ? 0 : HAS_EXCHANGES)
                | (answers == null ? 0 : HAS_ANSWERS)
                | (closing == null ? 0 : HAS_CLOSING));
        if (fromLesser != null) {
            fromLesser.freeze(state, to.pool());
        }
        if (fromGreater != null) {
            fromGreater.freeze(state, to.pool());
        }
        if (clientLog != null) {
            clientLog.freeze(state, to.spill());
        }
        if (exchanges != null) {
            exchanges.freeze(answers == null ? 0 : answers.openExchange(), state, to.spill());
        }
        if (answers != null) {
            answers.freeze(state);
        }
        if (closing != null) {
            closing.freeze(state);
        }
    }

    static FlowBuilder thaw(
            final StateBuffer state, final FlowMemory memory, final FlowAssembler.AssemblerOptions options) {
        final long id = state.getLong();
        final int captureId = state.getInt();
        final FlowKey key = new FlowKey();
        key.lesserHigh = state.getLong();
        key.lesserLow = state.getLong();
        key.greaterHigh = state.getLong();
        key.greaterLow = state.getLong();
        key.ports = state.getInt();
        final FlowBuilder flow = new FlowBuilder(id, captureId, key, memory, options);
        flow.startNs = state.getLong();
        flow.endNs = state.getLong();
        flow.tunnel = state.getLong();
        flow.clientIsLesser = state.getBoolean();
        flow.clientBy = (byte) state.getByte();
        flow.serverFinNs = state.getLong();
        flow.ackAdvancedNs = state.getLong();
        flow.lastAckStep = state.getLong();
        flow.answerLimit = state.getLong();
        flow.torn = state.getBoolean();
        flow.handshake.thaw(state);
        flow.thawParts(state);
        flow.footprint = (long) EMBRYO_BYTES + flow.logFootprint();
        return flow;
    }

    private void thawParts(final StateBuffer state) {
        final int parts = state.getByte();
        fromLesser = (parts & HAS_LESSER) == 0 ? null : StreamAssembler.thaw(state, memory.pool());
        fromGreater = (parts & HAS_GREATER) == 0 ? null : StreamAssembler.thaw(state, memory.pool());
        clientLog = (parts & HAS_CLIENT) == 0 ? null : ClientLog.thaw(this, state);
        exchanges = (parts & HAS_EXCHANGES) == 0 ? null : ExchangeLog.thaw(state);
        answers = (parts & HAS_ANSWERS) == 0 ? null : AnswerLog.thaw(this, exchanges(), state);
        closing = (parts & HAS_CLOSING) == 0 ? null : ClosingLog.thaw(state);
    }
}
