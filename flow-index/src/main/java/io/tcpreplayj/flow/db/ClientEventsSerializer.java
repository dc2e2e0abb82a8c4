package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.ClientEvents;

/**
 * Rows as differences from the row before.
 *
 * <pre>
 *    7   6   5   4   3   2   1   0
 *  +---+---+---+---+---+---+---+---+
 *  | M | L | D | G |URG|PSH| kind  |   then, unless the bit says so: length, gate, delay
 *  +---+---+---+---+---+---+---+---+
 *  M bytes are missing before the row, so many (0 before version 4)
 *  L length of the last DATA row (of another kind of row: 0)    G gate of the row before
 *  D delay = time since the row before
 * </pre>
 */
final class ClientEventsSerializer extends Serializer<ClientEvents> {
    private static final int KIND = 0x03;
    private static final int FLAGS_SHIFT = 2;
    private static final int SAME_GATE = 0x10;
    private static final int DELAY_SINCE_ROW = 0x20;
    private static final int SAME_LENGTH = 0x40;
    private static final int MISSING = 0x80;
    private static final int HEAD_END = 0x100;
    /** The head and the time. */
    private static final int MIN_ROW_BYTES = 2;

    private final boolean withMissing;
    /** The heads that the version knows are below. */
    private final int headEnd;

    /** @param version of the database whose records are read or written */
    ClientEventsSerializer(final int version) {
        super(false, true);
        withMissing = version >= FlowDbFormat.VERSION_WITH_MISSING;
        headEnd = withMissing ? HEAD_END : MISSING;
    }

    @Override
    public void write(final Kryo kryo, final Output output, final ClientEvents events) {
        final int size = events.size();
        output.writeVarInt(size, true);
        long gate = 0;
        long sentNs = 0;
        int dataLength = 0;
        for (int row = 0; row < size; row++) {
            final int kind = events.kind(row);
            final int flags = events.flags(row);
            if ((kind & ~KIND) != 0 || kind == KIND || (flags & ~(ClientEvents.PSH | ClientEvents.URG)) != 0) {
                throw new KryoException("client event of kind " + kind + " with flags " + flags);
            }
            final long sinceRowNs = events.sentNs(row) - sentNs;
            final boolean sameLength = events.length(row) == (kind == ClientEvents.DATA ? dataLength : 0);
            final boolean sameGate = events.gate(row) == gate;
            final boolean delaySinceRow = events.delayNs(row) == sinceRowNs;
            final long missing = withMissing ? events.missingBefore(row) : 0;
            output.writeByte(kind
                    | flags << FLAGS_SHIFT
                    | (sameGate ? SAME_GATE : 0)
                    | (delaySinceRow ? DELAY_SINCE_ROW : 0)
                    | (sameLength ? SAME_LENGTH : 0)
                    | (missing > 0 ? MISSING : 0));
            if (!sameLength) {
                output.writeVarInt(events.length(row), true);
            }
            if ((flags & ClientEvents.URG) != 0) {
                output.writeVarInt(events.urgent(row), true);
            }
            if (!sameGate) {
                output.writeVarLong(events.gate(row) - gate, false);
            }
            output.writeVarLong(sinceRowNs, false);
            if (!delaySinceRow) {
                output.writeVarLong(events.delayNs(row), true);
            }
            if (missing > 0) {
                output.writeVarLong(missing, true);
            }
            gate = events.gate(row);
            sentNs = events.sentNs(row);
            dataLength = kind == ClientEvents.DATA ? events.length(row) : dataLength;
        }
    }

    @Override
    public ClientEvents read(final Kryo kryo, final Input input, final Class<? extends ClientEvents> type) {
        final int size = BoundedReads.count(input, MIN_ROW_BYTES);
        final byte[] kinds = new byte[size];
        final byte[] flags = new byte[size];
        final int[] lengths = new int[size];
        final int[] urgents = new int[size];
        final long[] gates = new long[size];
        final long[] delaysNs = new long[size];
        final long[] sentNs = new long[size];
        long[] missing = ClientEvents.NOTHING_MISSING;
        long gate = 0;
        long sent = 0;
        int dataLength = 0;
        for (int row = 0; row < size; row++) {
            final int head = BoundedReads.below(input, headEnd, "client event");
            kinds[row] = (byte) (head & KIND);
            if (kinds[row] == KIND) {
                throw new KryoException("client event of kind " + KIND);
            }
            flags[row] = (byte) (head >>> FLAGS_SHIFT & (ClientEvents.PSH | ClientEvents.URG));
            final boolean data = kinds[row] == ClientEvents.DATA;
            lengths[row] = (head & SAME_LENGTH) == 0 ? input.readVarInt(true) : data ? dataLength : 0;
            urgents[row] = (flags[row] & ClientEvents.URG) != 0 ? input.readVarInt(true) : 0;
            gate += (head & SAME_GATE) == 0 ? input.readVarLong(false) : 0;
            final long sinceRowNs = input.readVarLong(false);
            sent += sinceRowNs;
            delaysNs[row] = (head & DELAY_SINCE_ROW) == 0 ? input.readVarLong(true) : sinceRowNs;
            if ((head & MISSING) != 0) {
                missing = missing.length == 0 ? new long[size] : missing;
                missing[row] = readMissing(input);
            }
            gates[row] = gate;
            sentNs[row] = sent;
            dataLength = data ? lengths[row] : dataLength;
        }
        return new ClientEvents(kinds, flags, lengths, urgents, gates, delaysNs, sentNs, missing);
    }

    private static long readMissing(final Input input) {
        final long missing = input.readVarLong(true);
        if (missing <= 0) {
            throw new KryoException(missing + " bytes missing");
        }
        return missing;
    }

    /** Moves over all rows; their numbers are not looked at. */
    void skip(final Input input) {
        final int size = BoundedReads.count(input, MIN_ROW_BYTES);
        for (int row = 0; row < size; row++) {
            final int head = BoundedReads.below(input, headEnd, "client event");
            int numbers = 1;
            numbers += (head & SAME_LENGTH) == 0 ? 1 : 0;
            numbers += (head >>> FLAGS_SHIFT & ClientEvents.URG) != 0 ? 1 : 0;
            numbers += (head & SAME_GATE) == 0 ? 1 : 0;
            numbers += (head & DELAY_SINCE_ROW) == 0 ? 1 : 0;
            numbers += (head & MISSING) != 0 ? 1 : 0;
            for (; numbers > 0; numbers--) {
                input.readVarLong(true);
            }
        }
    }
}
