package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import org.jspecify.annotations.Nullable;

/** One open flow: two directions, who of them is the client, and the logs of both. */
final class FlowBuilder extends TupleEntry {
    /** Who is the client was told by: the lower port, the server's SYN+ACK, the client's SYN. */
    private static final byte BY_PORT = 0;

    private static final byte BY_SYN_ACK = 1;
    private static final byte BY_SYN = 2;

    /** What a flow takes of the heap before it has payload. */
    private static final int EMBRYO_BYTES = 580;

    /** As many of the first bytes as tell the protocol. */
    static final int BEGINNING_BYTES = 64 << 10;

    private final long id;
    private final int captureId;
    private final FlowMemory memory;
    private final FlowAssembler.AssemblerOptions options;
    private final HandshakeLog handshake = new HandshakeLog();
    private final FlowLogs logs = new FlowLogs(this);
    private long startNs;
    private long endNs;
    private long tunnel;
    private @Nullable StreamAssembler fromLesser;
    private @Nullable StreamAssembler fromGreater;
    private boolean clientIsLesser;
    private byte clientBy = BY_PORT;
    private long serverFinNs = ClientLog.NO_TIME;
    private long ackAdvancedNs = ClientLog.NO_TIME;
    private long lastAckStep;
    private boolean ackedEnd;
    private long answerLimit = Long.MIN_VALUE;
    /** Bytes had been delivered when it turned out that the server is the client. */
    private boolean torn;

    private long footprint;
    private boolean touched;
    /** Whether {@link FlowEnds} waits for it to be quiet; not frozen with it, so that it may be asked to twice. */
    private boolean closing;
    /** Where the flow was frozen last, and how large a place that is. */
    private long place;

    private int placeSize;

    FlowBuilder(
            final long id,
            final int captureId,
            final FlowKey key,
            final FlowMemory memory,
            final FlowAssembler.AssemblerOptions options) {
        super(key);
        this.id = id;
        this.captureId = captureId;
        this.memory = memory;
        this.options = options;
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
        final ClientLog log = logs.clientOrNull();
        if (log != null && log.isContiguous() && !torn && view.payloadCaplen() > 0 && !view.hasFlag(TcpFlags.RST)) {
            countConflicts(view, client, log);
        }
        final long ack = server == null ? StreamAssembler.NO_ACK : client.ackPosition(view, server);
        final long ackBefore = client.ackPosition();
        final boolean wasFinished = client.hasFin();
        client.onSegment(view, timeNs, server, pool, counters);
        if (client.ackPosition() > ackBefore) {
            ackAdvancedNs = timeNs;
            lastAckStep = client.ackPosition() - ackBefore;
            ackedEnd = wasFinished && lastAckStep == 1;
        }
        if (view.hasFlag(TcpFlags.FIN) || view.hasFlag(TcpFlags.RST)) {
            logs.closing().onSegment(view, timeNs, ack, serverTimeUnder(ack));
        }
        if (options.acks() && ack != StreamAssembler.NO_ACK && !view.isCopy() && !view.hasFlag(TcpFlags.RST)) {
            final long serverNs = serverTimeUnder(ack);
            final long delayNs = serverNs == ClientLog.NO_TIME ? 0 : timeNs - serverNs;
            logs.onAck(ack, delayNs, (long) view.segWnd() << handshake.clientWindowShift());
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
        torn |= logs.forget();
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
            client.deliver(logs.client(), Long.MAX_VALUE, acked, pool);
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
                    logs.answers(), answerLimit, client == null ? StreamAssembler.NO_ACK : client.ackPosition(), pool);
        }
    }

    /** Hands over all that is left; nothing may come after. */
    void finish() {
        final HeldPool pool = memory.pool();
        final StreamAssembler client = client();
        final StreamAssembler server = server();
        if (client != null && client.packets() > 0) {
            client.deliverAll(logs.client(), pool);
        }
        if (server != null && server.packets() > 0) {
            server.deliverAll(logs.answers(), pool);
            final long end = server.endPosition();
            logs.answers().onUnseen(end, end + server.unseenBytes(client));
            logs.answers().finish();
        }
    }

    /** Brings everything to memory; after {@link #finish}. */
    void gather() {
        logs.gather(memory.spill());
    }

    /** For {@link ClientLog}: a DATA row came in stream order. */
    void onDataRow(final int row, final long gate) {
        logs.onDataRow(row, gate);
    }

    /** For {@link ClientLog}: whether the rows of this flow are too many to be looked at together when it ends. */
    boolean hasTooManyRows(final long rowBytes) {
        return memory.isTooMuchForOne(rowBytes + logs.exchangeBytesAside());
    }

    /** For {@link ClientLog}: there is no room for more. */
    void onFull() {
        logs.onFull(memory.spill());
    }

    /** The flow takes so many bytes of memory more, or less. */
    void grew(final int bytes) {
        footprint += bytes;
        memory.grew(bytes);
    }

    long footprint() {
        return footprint;
    }

    /** Gives back what the flow took of memory; it is not used any more. */
    void release() {
        memory.grew(-footprint);
        if (fromLesser != null) {
            fromLesser.forget(memory.pool());
        }
        if (fromGreater != null) {
            fromGreater.forget(memory.pool());
        }
    }

    /** Whether there was a segment since this was asked last. */
    boolean wasTouched() {
        final boolean was = touched;
        touched = false;
        return was;
    }

    boolean isClosing() {
        return closing;
    }

    void closing(final boolean now) {
        closing = now;
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
        final AnswerLog answers = logs.answersOrNull();
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

    /** Whether the client's last acknowledgement, behind its own FIN, went on by one: by the server's FIN, seen or not. */
    boolean ackedEnd() {
        return ackedEnd;
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

    Endpoint lesser() {
        return new Endpoint(new IpAddress(lesserHigh, lesserLow), lesserPort());
    }

    Endpoint greater() {
        return new Endpoint(new IpAddress(greaterHigh, greaterLow), greaterPort());
    }

    private int lesserPort() {
        return ports >>> 16;
    }

    private int greaterPort() {
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

    FlowLogs logs() {
        return logs;
    }

    boolean isTorn() {
        return torn;
    }

    StreamDigests digests() {
        return memory.digests();
    }

    FlowAssembler.AssemblerOptions options() {
        return options;
    }

    /** SHA-256 digests that have begun keep the flow in memory. */
    boolean canFreeze() {
        return logs.canFreeze();
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
        state.putBoolean(ackedEnd);
        state.putLong(answerLimit);
        state.putBoolean(torn);
        handshake.freeze(state);
        freeze(fromLesser, state, to);
        freeze(fromGreater, state, to);
        logs.freeze(state, to.spill());
    }

    private static void freeze(final @Nullable StreamAssembler stream, final StateBuffer state, final FlowMemory to) {
        state.putBoolean(stream != null);
        if (stream != null) {
            stream.freeze(state, to.pool());
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
        flow.ackedEnd = state.getBoolean();
        flow.answerLimit = state.getLong();
        flow.torn = state.getBoolean();
        flow.handshake.thaw(state);
        flow.fromLesser = state.getBoolean() ? StreamAssembler.thaw(state, memory.pool()) : null;
        flow.fromGreater = state.getBoolean() ? StreamAssembler.thaw(state, memory.pool()) : null;
        flow.logs.thaw(state);
        flow.footprint = EMBRYO_BYTES + (long) flow.logs.footprint();
        return flow;
    }
}
