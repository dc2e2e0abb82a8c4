package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.Exchanges;

/** Exchanges as differences from the one before. */
final class ExchangesSerializer extends Serializer<Exchanges> {
    /** Begins where the one before ended, has one row and one request. */
    private static final int REGULAR = 1;

    private static final int HAS_DIGEST = 2;
    /** The times of the answer follow; without: -1, -1. */
    private static final int HAS_TIMES = 4;

    private static final int FLAGS_END = 8;
    /** Flags, response bytes, length of the head. */
    private static final int MIN_EXCHANGE_BYTES = 3;

    ExchangesSerializer() {
        super(false, true);
    }

    @Override
    public void write(final Kryo kryo, final Output output, final Exchanges exchanges) {
        final int size = exchanges.size();
        output.writeVarInt(size, true);
        int nextEvent = 0;
        long lastNs = 0;
        for (int i = 0; i < size; i++) {
            final int firstEvent = exchanges.firstEvent(i);
            final boolean regular =
                    firstEvent == nextEvent && exchanges.eventCount(i) == 1 && exchanges.requests(i) == 1;
            final boolean hasTimes = (exchanges.firstResponseNs(i) & exchanges.lastResponseNs(i)) != -1;
            final boolean hasDigest = exchanges.digest(i) >= 0;
            output.writeByte((regular ? REGULAR : 0) | (hasDigest ? HAS_DIGEST : 0) | (hasTimes ? HAS_TIMES : 0));
            if (!regular) {
                output.writeVarInt(firstEvent - nextEvent, false);
                output.writeVarInt(exchanges.eventCount(i), true);
                output.writeVarInt(exchanges.requests(i), true);
            }
            output.writeVarLong(exchanges.responseBytes(i), true);
            if (hasTimes) {
                output.writeVarLong(exchanges.firstResponseNs(i) - lastNs, false);
                output.writeVarLong(exchanges.lastResponseNs(i) - exchanges.firstResponseNs(i), false);
                lastNs = exchanges.lastResponseNs(i);
            }
            if (hasDigest) {
                output.writeInt((int) exchanges.digest(i));
            }
            final byte[] head = exchanges.head(i);
            output.writeVarInt(head.length, true);
            output.writeBytes(head, 0, head.length);
            nextEvent = firstEvent + exchanges.eventCount(i);
        }
    }

    @Override
    public Exchanges read(final Kryo kryo, final Input input, final Class<? extends Exchanges> type) {
        final int size = readSize(input);
        final int[] firstEvents = new int[size];
        final int[] eventCounts = new int[size];
        final int[] requests = new int[size];
        final long[] responseBytes = new long[size];
        final long[] firstResponseNs = new long[size];
        final long[] lastResponseNs = new long[size];
        final long[] digests = new long[size];
        final byte[][] heads = new byte[size][];
        int nextEvent = 0;
        long lastNs = 0;
        for (int i = 0; i < size; i++) {
            final int flags = BoundedReads.below(input, FLAGS_END, "exchange flags");
            final boolean regular = (flags & REGULAR) != 0;
            firstEvents[i] = nextEvent + (regular ? 0 : input.readVarInt(false));
            eventCounts[i] = regular ? 1 : input.readVarInt(true);
            requests[i] = regular ? 1 : input.readVarInt(true);
            responseBytes[i] = input.readVarLong(true);
            firstResponseNs[i] = -1;
            lastResponseNs[i] = -1;
            if ((flags & HAS_TIMES) != 0) {
                firstResponseNs[i] = lastNs + input.readVarLong(false);
                lastNs = firstResponseNs[i] + input.readVarLong(false);
                lastResponseNs[i] = lastNs;
            }
            digests[i] = (flags & HAS_DIGEST) != 0 ? input.readInt() & 0xffff_ffffL : -1;
            heads[i] = new byte[BoundedReads.count(input, 1)];
            input.readBytes(heads[i]);
            nextEvent = firstEvents[i] + eventCounts[i];
        }
        return new Exchanges(
                firstEvents, eventCounts, requests, responseBytes, firstResponseNs, lastResponseNs, digests, heads);
    }

    /** How many there are; they themselves come behind it. */
    int readSize(final Input input) {
        return BoundedReads.count(input, MIN_EXCHANGE_BYTES);
    }
}
